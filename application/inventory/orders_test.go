package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/ports"
)

// at is a moment of the tests, a few seconds after the first one.
func at(seconds int) time.Time { return time.Date(2026, 3, 1, 12, 0, seconds, 0, time.UTC) }

// drawMoment draws one of a few moments, or the zero time.
func drawMoment(t *rapid.T, name string) time.Time {
	if n := rapid.IntRange(-1, 9).Draw(t, name); n >= 0 {
		return at(n)
	}
	return time.Time{}
}

func drawWalk(t *rapid.T) Walk {
	w := Walk{
		Sort:       rapid.SampledFrom([]ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated}).Draw(t, "sort"),
		Descending: rapid.Bool().Draw(t, "descending"),
		Within:     ports.TimeRange{Since: drawMoment(t, "since"), Until: drawMoment(t, "until")},
		Now:        at(rapid.IntRange(0, 9).Draw(t, "now")),
	}
	if w.Sort == ports.ByID {
		w.Within = ports.TimeRange{}
	}
	return w
}

// sight is an entry as a walk shows it.
type sight struct {
	place ports.EntryPlace
	entry *timed
}

// timed is an entry of the tests.
type timed struct {
	entryKey
	expires bool
}

// sights lists what a walk visits, the slow way.
func sights(w Walk, all map[string]*timed) (list []sight) {
	for _, e := range all {
		updated := e.updated
		if e.expires && !e.deadline.After(w.Now) {
			updated = e.deadline
		}
		place := PlaceOf(w.Sort, e.id, e.created, updated)
		if w.Sort == ports.ByID || w.Within.Contains(place.Time) {
			list = append(list, sight{place, e})
		}
	}
	slices.SortFunc(list, func(a, b sight) int {
		order := cmp.Or(a.place.Time.Compare(b.place.Time), strings.Compare(a.place.ID, b.place.ID))
		if w.Descending {
			return -order
		}
		return order
	})
	return list
}

func TestAWalkVisitsEveryEntryInItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, all := newOrders(
			func(e *timed) entryKey { return e.entryKey }, func(e *timed) bool { return e.expires },
		), map[string]*timed{}
		for range rapid.IntRange(0, 60).Draw(t, "changes") {
			id := fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "id"))
			if before := all[id]; before != nil {
				o.remove(before)
				delete(all, id)
			}
			if rapid.IntRange(0, 4).Draw(t, "stays") > 0 {
				deadline := drawMoment(t, "deadline")
				all[id] = &timed{entryKey{
					id: id, created: at(rapid.IntRange(0, 9).Draw(t, "created")),
					updated: at(rapid.IntRange(0, 9).Draw(t, "updated")), deadline: deadline,
				}, !deadline.IsZero() && rapid.Bool().Draw(t, "expires")}
				o.insert(all[id])
			}
		}
		w := drawWalk(t)
		want := sights(w, all)
		for more := true; more; {
			n := rapid.IntRange(1, 9).Draw(t, "n")
			step := o.step(&w, n)
			require.LessOrEqual(t, step.Examined, 2*n)
			for _, entry := range step.Entries {
				require.NotEmpty(t, want)
				require.Same(t, want[0].entry, entry)
				if step.More {
					require.LessOrEqual(t, w.Compare(want[0].place, step.End), 0)
				}
				want = want[1:]
			}
			if more = step.More; more {
				require.True(t, w.After.ID == "" || w.Compare(step.End, w.After) > 0, "every step comes further")
				w.After = step.End
			}
		}
		require.Empty(t, want)
		for _, entry := range all {
			o.remove(entry)
		}
		require.Zero(t, o.byID.count+o.byCreated.count+o.byUpdated.count+o.deadlines.count)
	})
}
