package stock_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// holdAt is a hold with a deadline some time after noon.
func holdAt(id string, units int64, in time.Duration) stock.Hold {
	return stock.Hold{ReservationID: id, Quantity: units, ExpiresAt: noon.Add(in)}
}

func TestADeadlineIsExact(t *testing.T) {
	item := itemWith(stock.Levels{OnHand: 10, Version: 1}, hold("a", 4))
	for name, now := range map[string]time.Time{
		"long before it":             noon,
		"one microsecond before it":  deadline.Add(-time.Microsecond),
		"not even a microsecond ago": deadline.Add(-time.Nanosecond),
	} {
		t.Run(name+" a hold counts", func(t *testing.T) {
			require.Equal(t, item, item.At(now))
			require.Zero(t, item.Overdue(now))
			require.Empty(t, item.Expire(now, 9))
		})
	}
	for name, now := range map[string]time.Time{
		"at it":                    deadline,
		"one microsecond after it": deadline.Add(time.Microsecond),
		"a day after it":           deadline.Add(24 * time.Hour),
	} {
		t.Run(name+" it does not, and the event tells when that was", func(t *testing.T) {
			seen := item.At(now)
			after := stock.Levels{OnHand: 10, Version: 3}
			require.Equal(t, stock.Item{Key: key, Levels: after, UpdatedAt: deadline}, seen)
			require.Equal(t, 1, item.Overdue(now))
			require.Equal(t, []stock.Event{
				{At: deadline, Change: stock.Expired{ReservationID: "a", Quantity: 4}, After: after},
			}, item.Expire(now, 9))
			require.Equal(t, int64(4), item.Reserved, "asking changes nothing")
			require.Equal(t, 1, item.HoldCount())
		})
	}
}

func TestWithoutADeadlineAHoldNeverEnds(t *testing.T) {
	endless := stock.Hold{ReservationID: "a", Quantity: 4}
	item := itemWith(stock.Levels{OnHand: 10, Version: 1}, endless, holdAt("b", 1, time.Second))
	never := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	require.Equal(t, 1, item.Overdue(never))
	require.Equal(t, []stock.Hold{endless}, slices.Collect(item.At(never).Holds()))
	found, ok := item.Hold("a", time.Time{})
	require.True(t, ok)
	require.Equal(t, endless, found)
	_, ok = item.Hold("a", deadline)
	require.False(t, ok, "another deadline is another hold")
}

// overdueItem has five holds of which four are overdue a minute after noon, and
// is low until the second of them expires.
func overdueItem() stock.Item {
	return itemWith(
		stock.Levels{OnHand: 20, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 1},
		holdAt("d", 1, 3*time.Second), holdAt("b", 2, 2*time.Second), holdAt("a", 3, 2*time.Second),
		holdAt("c", 4, time.Second), holdAt("e", 9, time.Hour),
	)
}

func TestHoldsExpireInOrder(t *testing.T) {
	item, now := overdueItem(), noon.Add(time.Minute)
	require.True(t, item.IsLow(), "one is available")
	levels := func(reserved int64, version event.Version) stock.Levels {
		return stock.Levels{OnHand: 20, Reserved: reserved, Policy: item.Policy, Version: version}
	}
	expired := func(in time.Duration, id string, units int64, after stock.Levels) stock.Event {
		return stock.Event{At: noon.Add(in), Change: stock.Expired{ReservationID: id, Quantity: units}, After: after}
	}
	want := []stock.Event{
		expired(time.Second, "c", 4, levels(15, 7)),
		expired(2*time.Second, "a", 3, levels(12, 8)),
		{At: noon.Add(2 * time.Second), Change: stock.Restocked{Available: 8, Threshold: 5}, After: levels(12, 9)},
		expired(2*time.Second, "b", 2, levels(10, 10)),
		expired(3*time.Second, "d", 1, levels(9, 11)),
	}
	require.Equal(t, want, item.Expire(now, 1000), "by deadline, then by reservation")
	require.Equal(t, 4, item.Overdue(now))

	for limit, events := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 3, 3: 4, 4: 5, 5: 5} {
		require.Len(t, item.Expire(now, limit), events, "%d holds, and the news that they bring", limit)
	}
	require.Equal(t, want[:3], item.Expire(now, 2), "those that expired first first")
}

func TestTheViewAtATimeIsWhatTheEventsLeadTo(t *testing.T) {
	for in := time.Duration(0); in <= 4*time.Second; in += time.Second / 2 {
		item, now := overdueItem(), noon.Add(in)
		seen, folded := item.At(now), item
		for _, e := range item.Expire(now, 1000) {
			folded.Apply(e)
		}
		require.Equal(t, folded.Levels, seen.Levels, in)
		require.Equal(t, folded.UpdatedAt, seen.UpdatedAt, in)
		require.Equal(t, slices.Collect(folded.Holds()), slices.Collect(seen.Holds()), in)
		require.Zero(t, seen.Overdue(now))
		require.Equal(t, seen, seen.At(now), "once is enough")
	}
}

func TestTheViewAtAVersion(t *testing.T) {
	item, now := overdueItem(), noon.Add(time.Minute)
	require.Equal(t, event.Version(6), item.Version)
	for version, reserved := range map[event.Version]int64{6: 19, 7: 15, 8: 12, 9: 12, 10: 10, 11: 9} {
		seen, ok := item.AtVersion(version, now)
		require.True(t, ok, version)
		require.Equal(t, version, seen.Version)
		require.Equal(t, reserved, seen.Reserved, version)
		require.Equal(t, reserved, seen.HeldUnits(), version)
	}
	for _, version := range []event.Version{0, 5, 12, 1 << 40} {
		_, ok := item.AtVersion(version, now)
		require.False(t, ok, "%d was before or will not come of itself", version)
	}
	_, ok := item.AtVersion(7, noon)
	require.False(t, ok, "nothing is overdue yet")
	require.Equal(t, overdueItem(), item, "asking changes nothing")
}

func TestTheHoldsCanBeLookedThroughInPart(t *testing.T) {
	var ids []string
	for h := range overdueItem().Holds() {
		if ids = append(ids, h.ReservationID); len(ids) == 2 {
			break
		}
	}
	require.Equal(t, []string{"c", "a"}, ids)
}
