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

// sights lists the places of a walk, the slow way.
func sights(w Walk, all map[string]entryKey) (list []ports.EntryPlace) {
	for _, k := range all {
		updated := k.updated
		if k.deadline.id != "" && k.deadline.at <= w.Now.UnixMicro() {
			updated = k.deadline
		}
		place := PlaceOf(w.Sort, k.id, k.created.place().Time, updated.place().Time)
		if w.Sort == ports.ByID || w.Within.Contains(place.Time) {
			list = append(list, place)
		}
	}
	slices.SortFunc(list, func(a, b ports.EntryPlace) int {
		order := cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID))
		if w.Descending {
			return -order
		}
		return order
	})
	return list
}

// drawKey draws a key of an entry, or that of none.
func drawKey(t *rapid.T, id string) entryKey {
	if rapid.IntRange(0, 4).Draw(t, "goes") == 0 {
		return entryKey{}
	}
	k := entryKey{
		id: id, created: momentOf(id, at(rapid.IntRange(0, 9).Draw(t, "created"))),
		updated: momentOf(id, at(rapid.IntRange(0, 9).Draw(t, "updated"))),
	}
	if deadline := drawMoment(t, "deadline"); !deadline.IsZero() {
		k.deadline = momentOf(id, deadline)
	}
	return k
}

func TestAWalkVisitsEveryEntryInItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, all := newOrders(), map[string]entryKey{}
		for range rapid.IntRange(0, 60).Draw(t, "changes") {
			id := fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "id"))
			key := drawKey(t, id)
			o.replace(all[id], key)
			if all[id] = key; key.id == "" {
				delete(all, id)
			}
		}
		w := drawWalk(t)
		want := sights(w, all)
		for more := true; more; {
			n := rapid.IntRange(1, 9).Draw(t, "n")
			step := o.step(&w, n, &o.deadlines, func(id string) moment { return all[id].deadline })
			require.LessOrEqual(t, step.Examined, 2*n)
			for _, id := range step.Entries {
				require.NotEmpty(t, want)
				require.Equal(t, want[0].ID, id)
				require.True(t, !step.More || w.Compare(want[0], step.End) <= 0)
				want = want[1:]
			}
			if more = step.More; more {
				require.True(t, w.After.ID == "" || w.Compare(step.End, w.After) > 0, "every step comes further")
				w.After = step.End
			}
		}
		require.Empty(t, want)
		for _, key := range all {
			o.replace(key, entryKey{})
		}
		require.Zero(t, o.byID.count+o.byCreated.count+o.byUpdated.count+o.deadlines.count)
	})
}
