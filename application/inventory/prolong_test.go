package inventory

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// prolonged is a state with an item whose hold another process is about to prolong: the item has no
// event of that, and no version.
type prolonged struct {
	*State
	t     *testing.T
	key   stock.Key
	cart  reservation.Reservation
	until time.Time
}

func aboutToBeProlonged(t *testing.T) *prolonged {
	s := &prolonged{
		State: NewState(nil), t: t, key: stock.Key{Store: "S1", SKU: "a"}, cart: reservation.Reservation{ID: "cart"},
		until: began.Add(time.Hour),
	}
	item := stock.Item{Key: s.key}
	hold := stock.Hold{ReservationID: "cart", Quantity: 2, ExpiresAt: began.Add(time.Minute)}
	adjusted, err := item.Adjust(10, stock.Note{}, began)
	require.NoError(t, err)
	item.Apply(adjusted[0])
	reserved, err := item.Reserve(hold, nil, began)
	require.NoError(t, err)
	placed, err := s.cart.Place(reservation.Terms{
		Lines: []stock.Part{{Key: s.key, Quantity: 2}}, ExpiresAt: hold.ExpiresAt,
	}, began)
	require.NoError(t, err)
	s.cart.Apply(placed[0])
	s.fold(1, s.ofItem(1, adjusted[0]), s.ofItem(2, reserved[0]), s.ofCart(1, placed[0]))
	return s
}

func (s *prolonged) ofItem(version event.Version, e stock.Event) ports.Event {
	return ports.Event{
		Stream: s.key.Stream(), Version: version, Type: e.Change.Type(), Time: e.At, Data: e.AppendJSON(nil),
	}
}

func (s *prolonged) ofCart(version event.Version, e reservation.Event) ports.Event {
	return ports.Event{
		Stream: reservation.Stream("cart"), Version: version, Type: e.Type(), Time: e.At, Data: e.AppendJSON(nil),
	}
}

func (s *prolonged) fold(at event.Position, events ...ports.Event) {
	require.NoError(s.t, s.Fold(&ports.Recorded{Position: at, Commit: ports.Commit{Events: events}}))
}

// extend folds the commit of the other process.
func (s *prolonged) extend(at event.Position) {
	events, err := s.cart.Extend(s.until, began)
	require.NoError(s.t, err)
	s.fold(at, s.ofCart(2, events[0]))
}

// adjust decides on the item as readers see it, and returns what publishes that.
func (s *prolonged) adjust() (publish func(at event.Position) (asDecided bool)) {
	from := s.Item(s.key)
	events, err := from.Adjust(1, stock.Note{}, began)
	require.NoError(s.t, err)
	item := *from
	item.Apply(events[0])
	commit := ports.Commit{Events: []ports.Event{s.ofItem(item.Version, events[0])}}
	return func(at event.Position) bool {
		p := s.Publish(at)
		asDecided := p.Item(&item, from)
		if !asDecided {
			require.NoError(s.t, p.Fold(commit.Events))
		}
		p.End(&commit)
		return asDecided
	}
}

func (s *prolonged) requireHold(item *stock.Item, onHand int64) {
	s.t.Helper()
	require.Equal(s.t, onHand, item.OnHand)
	require.Equal(s.t, []stock.Hold{{ReservationID: "cart", Quantity: 2, ExpiresAt: s.until}},
		slices.Collect(item.Holds()))
}

// TestAnExtensionChangesHoldsWithoutAVersionOfTheirItems: once, however often the commit is folded.
func TestAnExtensionChangesHoldsWithoutAVersionOfTheirItems(t *testing.T) {
	s := aboutToBeProlonged(t)
	s.extend(2)
	s.requireHold(s.Item(s.key), 10)
	require.EqualValues(t, 2, s.Item(s.key).Version)
	require.Equal(t, s.until, s.Reservations().InMemory("cart").ExpiresAt)

	s.until = began.Add(time.Minute) // the deadline that it had before the extension
	events, err := s.Reservations().InMemory("cart").Extend(s.until, began)
	require.NoError(t, err)
	s.fold(3, s.ofCart(3, events[0]))
	s.until = began.Add(time.Hour)
	s.extend(2)
	s.until = began.Add(time.Minute)
	s.requireHold(s.Item(s.key), 10)
}

// TestAnExtensionByAnotherProcessIsNotLost: given a decision on an item, when another process's
// extension of a hold on it is written before it, then the item has both, whichever is published first.
func TestAnExtensionByAnotherProcessIsNotLost(t *testing.T) {
	t.Run("the extension is published first", func(t *testing.T) {
		s := aboutToBeProlonged(t)
		publish := s.adjust()
		s.extend(2)
		require.False(t, publish(3), "readers see another item than the decision did")
		s.requireHold(s.Item(s.key), 11)
	})
	t.Run("it is published last", func(t *testing.T) {
		s := aboutToBeProlonged(t)
		require.True(t, s.adjust()(3))
		s.extend(2)
		s.requireHold(s.Item(s.key), 11)
	})
}

// TestASnapshotHasAnExtensionThatIsPublishedAfterLaterCommits: the item is put aside for the snapshot
// by a commit after the cut, before an extension that is part of it is published.
func TestASnapshotHasAnExtensionThatIsPublishedAfterLaterCommits(t *testing.T) {
	s := aboutToBeProlonged(t)
	other := s.Publish(3) // so that position 2 belongs to the snapshot
	other.End(&ports.Commit{})
	cut, _, err := s.cut()
	require.NoError(t, err)
	require.EqualValues(t, 3, cut)
	require.True(t, s.adjust()(4))
	s.extend(2)
	snapshot := &Snapshot{state: s.State, position: cut}
	defer snapshot.Release()
	for item := range snapshot.Items() {
		s.requireHold(item, 10)
	}
	s.requireHold(s.Item(s.key), 11)
}
