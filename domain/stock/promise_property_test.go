package stock_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/stock"
)

// promises drives the holds of one item, beside a model that is a list of holds.
// Like its callers, it writes overdue holds before it decides.
type promises struct {
	item    stock.Item
	history []stock.Event
	holds   []stock.Hold // the model, overdue holds included
	now     time.Time
	names   int
}

func (p *promises) apply(events ...stock.Event) {
	for _, e := range events {
		p.item.Apply(e)
		p.history = append(p.history, e)
	}
}

func (p *promises) expire(limit int) {
	p.apply(p.item.Expire(p.now, limit)...)
	sortHolds(p.holds)
	for limit > 0 && len(p.holds) > 0 && overdue(p.holds[0], p.now) {
		p.holds = p.holds[1:]
		limit--
	}
}

func (p *promises) decide(t *rapid.T, want bool, decision func() ([]stock.Event, error)) bool {
	events, err := decision()
	require.Equal(t, want, err == nil, "%v on %+v", err, p.item)
	p.apply(events...)
	return want
}

func overdue(h stock.Hold, now time.Time) bool {
	return !h.ExpiresAt.IsZero() && !h.ExpiresAt.After(now)
}

func sortHolds(holds []stock.Hold) {
	slices.SortFunc(holds, func(a, b stock.Hold) int {
		switch never, other := a.ExpiresAt.IsZero(), b.ExpiresAt.IsZero(); {
		case never && !other:
			return 1
		case other && !never:
			return -1
		case !a.ExpiresAt.Equal(b.ExpiresAt):
			return a.ExpiresAt.Compare(b.ExpiresAt)
		}
		return strings.Compare(a.ReservationID, b.ReservationID)
	})
}

// drawHold is an index of a hold after overdue ones are written, -1 if there
// is none.
func (p *promises) drawHold(t *rapid.T) int {
	p.expire(1000)
	if len(p.holds) == 0 {
		return -1
	}
	return rapid.IntRange(0, len(p.holds)-1).Draw(t, "hold")
}

func (p *promises) drawDeadline(t *rapid.T) time.Time {
	in := rapid.IntRange(0, 5).Draw(t, "deadline")
	if in == 0 {
		return time.Time{}
	}
	return p.now.Add(time.Duration(in) * time.Second)
}

func (p *promises) reserve(t *rapid.T) {
	p.expire(1000)
	p.names++
	h := stock.Hold{
		ReservationID: fmt.Sprint("r", (p.names*7)%10, "-", p.names),
		Quantity:      rapid.Int64Range(1, 9).Draw(t, "units"), ExpiresAt: p.drawDeadline(t),
	}
	want := h.Quantity <= p.item.Available()+p.item.Policy.OversellLimit
	if p.decide(t, want, func() ([]stock.Event, error) { return p.item.Reserve(h, nil, p.now) }) {
		p.holds = append(p.holds, h)
	}
}

func (p *promises) replace(t *rapid.T) {
	at := p.drawHold(t)
	if at < 0 {
		return
	}
	old, h := p.holds[at], p.holds[at]
	h.Quantity, h.ExpiresAt = rapid.Int64Range(1, 9).Draw(t, "units"), p.drawDeadline(t)
	want := h.Quantity <= old.Quantity || h.Quantity-old.Quantity <= p.item.Available()+p.item.Policy.OversellLimit
	if p.decide(t, want, func() ([]stock.Event, error) { return p.item.Reserve(h, &old, p.now) }) {
		p.holds[at] = h
	}
}

func (p *promises) commit(t *rapid.T) {
	if at := p.drawHold(t); at >= 0 {
		units := rapid.Int64Range(1, p.holds[at].Quantity).Draw(t, "units")
		if p.decide(t, units <= p.item.Sellable(),
			func() ([]stock.Event, error) { return p.item.Commit(p.holds[at], units, p.now) }) {
			p.lessen(at, units)
		}
	}
}

func (p *promises) release(t *rapid.T) {
	if at := p.drawHold(t); at >= 0 {
		units := rapid.Int64Range(1, p.holds[at].Quantity).Draw(t, "units")
		p.apply(p.item.Release(p.holds[at], units, p.now)...)
		p.lessen(at, units)
	}
}

func (p *promises) lessen(at int, units int64) {
	if p.holds[at].Quantity -= units; p.holds[at].Quantity == 0 {
		p.holds = slices.Delete(p.holds, at, at+1)
	}
}

func (p *promises) extend(t *rapid.T) {
	if at := p.drawHold(t); at >= 0 {
		until := p.drawDeadline(t)
		prolonged, h := p.item, p.holds[at]
		require.True(t, prolonged.Prolong(h.ReservationID, h.ExpiresAt, until))
		require.Equal(t, p.item.Levels, prolonged.Levels, "no number changes")
		require.Equal(t, p.item.UpdatedAt, prolonged.UpdatedAt)
		require.False(t, prolonged.Prolong("another", h.ExpiresAt, until))
		p.apply(extended(p.item, h, until, p.now))
		require.Equal(t, slices.Collect(p.item.Holds()), slices.Collect(prolonged.Holds()), "as the event of an older log")
		p.holds[at].ExpiresAt = until
	}
}

func (p *promises) count(t *rapid.T) {
	p.decide(t, true, func() ([]stock.Event, error) {
		return p.item.Count(rapid.Int64Range(0, 30).Draw(t, "counted"), stock.Note{}, p.now)
	})
}

func (p *promises) setPolicy(t *rapid.T) {
	policy := stock.Policy{
		SafetyStock:   rapid.Int64Range(0, 3).Draw(t, "safetyStock"),
		OversellLimit: rapid.Int64Range(0, 3).Draw(t, "oversellLimit"),
	}
	if rapid.Bool().Draw(t, "threshold") {
		policy.LowStockThreshold = threshold(rapid.Int64Range(0, 20).Draw(t, "lowStockThreshold"))
	}
	p.decide(t, true, func() ([]stock.Event, error) { return p.item.SetPolicy(policy, p.now) })
}

func TestPromisesKeepTheirInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &promises{item: stock.Item{Key: key}, now: noon}
		p.apply(stock.Event{At: noon, Change: stock.Counted{OnHand: 20}, After: stock.Levels{OnHand: 20, Version: 1}})
		t.Repeat(map[string]func(*rapid.T){
			"reserve": p.reserve,
			"replace": p.replace,
			"commit":  p.commit,
			"release": p.release,
			"extend":  p.extend,
			"count":   p.count,
			"policy":  p.setPolicy,
			"sweep":   func(t *rapid.T) { p.expire(rapid.IntRange(0, 3).Draw(t, "limit")) },
			"time":    func(*rapid.T) { p.now = p.now.Add(time.Second) },
			"":        p.check,
		})
	})
}

func (p *promises) check(t *rapid.T) {
	require.NoError(t, p.item.Check())
	require.EqualValues(t, len(p.history), p.item.Version, "versions have no gaps")
	require.Equal(t, p.item, fold(t, stock.Item{Key: key}, p.history), "the fold is deterministic")
	require.Equal(t, p.item.Reserved, p.item.HeldUnits(), "reserved is the sum of the holds")
	sortHolds(p.holds)
	require.True(t, slices.Equal(p.holds, slices.Collect(p.item.Holds())), "%v", p.holds)

	live := slices.Clone(p.holds)
	live = slices.DeleteFunc(live, func(h stock.Hold) bool { return overdue(h, p.now) })
	seen, written := p.item.At(p.now), p.item
	require.True(t, slices.Equal(live, slices.Collect(seen.Holds())), "%v", live)
	require.Equal(t, seen.Reserved, seen.HeldUnits())
	for _, e := range p.item.Expire(p.now, 1000) {
		written.Apply(e)
		require.True(t, written.Equal(e.After))
		at, ok := p.item.AtVersion(written.Version, p.now)
		require.True(t, ok)
		require.Equal(t, written, at)
	}
	require.True(t, written.Equal(seen.Levels), "the view tells what the events will: %+v, %+v", seen, written)
	require.Equal(t, written.UpdatedAt, seen.UpdatedAt)
}
