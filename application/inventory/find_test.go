package inventory

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// indexOf is an index of reservations, or the error that it gives.
type indexOf struct {
	ports.QueryIndex
	has map[string]*reservation.Reservation
	err error
}

func (i *indexOf) Find(_ context.Context, _ ports.EntryKind, id string) (ports.ClosedEntry, bool, error) {
	r, found := i.has[id]
	if i.err != nil || !found {
		return ports.ClosedEntry{}, false, i.err
	}
	return closed.FromReservation(r), true, nil
}

// created is the event that creates a reservation, and its state.
func created(id string) (ports.Event, *reservation.Reservation) {
	decided, err := reservation.Reservation{ID: id}.Place(reservation.Terms{
		Lines: []stock.Part{{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 2}},
	}, began)
	if err != nil {
		panic(err)
	}
	r := reservation.Reservation{ID: id}
	r.Apply(decided[0])
	return ports.Event{
		Stream: reservation.Stream(id), Version: 1, Type: decided[0].Change.Type(), Time: began, Data: decided[0].AppendJSON(nil),
	}, &r
}

// logOf is a log with one event.
type logOf struct {
	ports.EventStore
	event ports.Event
}

func (l logOf) Stream(
	_ context.Context, stream event.StreamID, _ event.Version, _ ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) {
		if stream == l.event.Stream {
			yield(ports.StreamEvent{Event: l.event}, nil)
		}
	}
}

func TestAnEntryIsFoundInMemoryThenInTheIndexThenInTheLog(t *testing.T) {
	e, inLog := created("r")
	indexed := version(3, 0)
	indexed.CreatedAt, indexed.UpdatedAt = began, began
	index := &indexOf{has: map[string]*reservation.Reservation{"r": indexed}}
	s := NewState(index)
	find := func(id string) *reservation.Reservation {
		found, err := s.Reservations().Find(t.Context(), logOf{event: e}, id)
		require.NoError(t, err)
		return found
	}
	require.Equal(t, indexed.Lines, find("r").Lines)
	require.Equal(t, indexed.Version, find("r").Version)
	require.Nil(t, find("none"))
	index.err = ports.ErrUnavailable
	require.Equal(t, inLog, find("r"), "decisions continue without the index")
	require.Nil(t, find("none"))
	s.Publish(1).Reservation(version(4, 2))
	require.Equal(t, version(4, 2), find("r"))
	index.err = errors.New("other")
	_, err := s.Reservations().Find(t.Context(), logOf{}, "none")
	require.ErrorIs(t, err, index.err)
}

func TestAFoldFollowsTheVersionInTheIndex(t *testing.T) {
	index := &indexOf{has: map[string]*reservation.Reservation{}}
	second, _ := created("r")
	second.Version = 2
	for _, test := range []struct {
		name    string
		indexed event.Version // 0: the index does not have it
		err     error
		refused bool
	}{
		{name: "a version that follows is folded", indexed: 1},
		{name: "an index that is ahead is no gap", indexed: 5},
		{name: "an index that cannot be read is no gap", err: ports.ErrUnavailable},
		{name: "an entry that is nowhere is a gap", refused: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			index.has, index.err = map[string]*reservation.Reservation{}, test.err
			if test.indexed > 0 {
				index.has["r"] = version(test.indexed, 0)
			}
			s := NewState(index)
			err := s.Fold(&ports.Recorded{Position: 1, Commit: ports.Commit{Events: []ports.Event{second}}})
			require.Equal(t, test.refused, err != nil, "%v", err)
			require.Equal(t, test.refused, s.Reservations().InMemory("r") == nil)
		})
	}
}
