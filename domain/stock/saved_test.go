package stock

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
)

// someItem draws an item's numbers for given reserved units.
func someItem(t *rapid.T, reserved int64) Item {
	units := rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64Range(0, MaxQuantity))
	i := Item{
		Key: Key{Store: rapid.StringMatching(`[A-Za-z0-9._-]{1,8}`).Draw(t, "store"), SKU: rapid.StringN(1, 12, -1).Draw(t, "SKU")},
		Levels: Levels{
			OnHand: units.Draw(t, "on hand"), Reserved: reserved, Damaged: units.Draw(t, "damaged"),
			QualityControl: units.Draw(t, "quality control"), Incoming: units.Draw(t, "incoming"),
			Policy:  Policy{SafetyStock: units.Draw(t, "safety stock"), OversellLimit: units.Draw(t, "oversell limit")},
			Version: event.Version(rapid.Int64Range(1, 1e15).Draw(t, "version")),
		},
		UpdatedAt: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "updated")).UTC(),
	}
	if rapid.Bool().Draw(t, "has a threshold") {
		threshold := units.Draw(t, "threshold")
		i.Policy.LowStockThreshold = &threshold
	}
	return i
}

// save returns the holds of an item as they are saved, and readBack reads them from
// that.
func save(i Item) (records [][]byte) {
	for h := range i.Holds() {
		records = append(records, h.AppendJSON(nil))
	}
	return records
}

func readBack(t require.TestingT, records [][]byte) (list []Hold) {
	for _, record := range records {
		c := event.NewCursor(record)
		list = append(list, ReadHold(&c))
		require.NoError(t, c.End(), "%s", record)
	}
	return list
}

func TestASavedItemIsTheSameWhenItIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tree *holds
		for n := range rapid.IntRange(0, 40).Draw(t, "holds") {
			h := someHold(t)
			h.ReservationID = fmt.Sprint(rapid.String().Draw(t, "name"), n)
			tree = tree.put(h)
		}
		saved := someItem(t, tree.total())
		saved.holds = tree

		back, err := ReadItem(saved.AppendJSON(nil))
		require.NoError(t, err)
		require.Zero(t, back.HoldCount(), "the holds are beside the numbers")
		list := readBack(t, save(saved))
		back, err = back.WithHolds(list)
		require.NoError(t, err)
		require.NoError(t, fault(back.holds), "the tree is in balance")
		requireSame(t, slices.Collect(saved.Holds()), back.holds)
		back.holds, saved.holds = nil, nil
		require.Equal(t, saved, back)

		again, err := back.WithHolds(list)
		require.NoError(t, err)
		require.Zero(t, back.HoldCount(), "the item before is as it was")
		require.Equal(t, len(list), again.HoldCount())
	})
}

func TestHoldsThatAreNotTheItemsAreRefused(t *testing.T) {
	at := func(second int64) time.Time { return time.Unix(second, 0).UTC() }
	inOrder := []Hold{
		{ReservationID: "b", Quantity: 2, ExpiresAt: at(5)},
		{ReservationID: "a", Quantity: 3, ExpiresAt: at(7)},
		{ReservationID: "c", Quantity: 4, ExpiresAt: at(7)},
		{ReservationID: "a", Quantity: 5},
	}
	item := Item{Key: Key{Store: "S1", SKU: "A"}, Levels: Levels{OnHand: 20, Reserved: 14, Version: 5}}
	back, err := item.WithHolds(inOrder)
	require.NoError(t, err)
	requireSame(t, inOrder, back.holds)
	for name, spoil := range map[string]func(list []Hold) []Hold{
		"two by deadline":              func(l []Hold) []Hold { l[0], l[1] = l[1], l[0]; return l },
		"two by reservation":           func(l []Hold) []Hold { l[1], l[2] = l[2], l[1]; return l },
		"no deadline before one":       func(l []Hold) []Hold { l[2], l[3] = l[3], l[2]; return l },
		"the same twice":               func(l []Hold) []Hold { l[2] = l[1]; return l },
		"one less":                     func(l []Hold) []Hold { return l[:3] },
		"none":                         func([]Hold) []Hold { return nil },
		"a unit more than is reserved": func(l []Hold) []Hold { l[3].Quantity++; return l },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := item.WithHolds(spoil(slices.Clone(inOrder)))
			require.ErrorAs(t, err, new(*InvariantError))
		})
	}
}

func TestAnItemSpelledInAnotherWayIsRead(t *testing.T) {
	want := Item{Key: Key{Store: "S1", SKU: "A"}, Levels: Levels{OnHand: 7, Version: 2}, UpdatedAt: time.Unix(1, 0).UTC()}
	got, err := ReadItem([]byte(`{ "sku":"A", "store":"S1", "onHand":7, "version":2, "updatedAt":"1970-01-01T00:00:01Z" }`))
	require.NoError(t, err)
	require.Equal(t, want, got)
	_, err = ReadItem([]byte(`{"store":"S1","sku":"A","onHand":"seven"}`))
	require.ErrorContains(t, err, "read item")
}

func TestAHoldThatDiffersFromItsEventIsRefused(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `{"reservation":"a"}`, `{"reservation":"a","quantity":-1}`, `{"reservation":"a","quantity":1`,
		`{"reservation":"a","quantity":1,"expiresAt":"soon"}`, `{"reservation":"a","quantity":1.5}`, `{"reservation":"a","quantity":1} `,
	} {
		c := event.NewCursor([]byte(text))
		ReadHold(&c)
		require.Error(t, c.End(), "%q", text)
	}
	c := event.NewCursor(Hold{ReservationID: "a\"\n€", Quantity: math.MaxInt32}.AppendJSON(nil))
	require.Equal(t, Hold{ReservationID: "a\"\n€", Quantity: math.MaxInt32}, ReadHold(&c))
	require.NoError(t, c.End())
}
