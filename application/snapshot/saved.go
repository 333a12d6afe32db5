package snapshot

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// saved is a snapshot that is compared with the state that the log leads to.
type saved struct {
	of      ports.SnapshotInfo
	state   *inventory.State
	records iter.Seq2[[]byte, error]
	number  int // of the record at hand, from 1
}

func (s *saved) differ(problem string) error {
	return &DifferenceError{Snapshot: s.of, Record: s.number, Problem: problem}
}

// noLog is a log that cannot be read: a comparison is made while the log is read from its beginning.
type noLog struct{ ports.EventStore }

// Stream implements ports.EventStore.
func (noLog) Stream(context.Context, event.StreamID, event.Version, ports.Order) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) { yield(ports.StreamEvent{}, ports.ErrUnavailable) }
}

// withoutClosed are the records of items and open entries. The records of closed entries are compared
// with the state: a snapshot has those that the index did not have, and each index has others.
func (s *saved) withoutClosed(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for record, err := range s.records {
			s.number++
			if err != nil {
				yield(nil, fmt.Errorf("read snapshot: %w", err))
				return
			}
			closed, err := s.closed(ctx, record)
			if err != nil {
				yield(nil, err)
				return
			}
			if !closed && !yield(record, nil) {
				return
			}
		}
	}
}

// closed reports whether a record is one of a closed entry, and compares it then.
func (s *saved) closed(ctx context.Context, text []byte) (bool, error) {
	r, err := decode(text)
	if err != nil {
		return false, nil //nolint:nilerr // such a record is not the expected one either
	}
	var want []byte
	switch r := r.(type) {
	case reservationRecord:
		if r.entry.Open() {
			return false, nil
		}
		found, err := s.state.Reservations().Find(ctx, noLog{}, r.entry.ID)
		if err != nil {
			return true, err
		}
		if found != nil {
			want = appendReservation(nil, found)
		}
	case transferRecord:
		if r.entry.Open() {
			return false, nil
		}
		found, err := s.state.Transfers().Find(ctx, noLog{}, r.entry.ID)
		if err != nil {
			return true, err
		}
		if found != nil {
			want = appendTransfer(nil, found)
		}
	default:
		return false, nil
	}
	if !bytes.Equal(text, want) {
		return true, s.differ(fmt.Sprintf("says %.200q, the log leads to %.200q", text, want))
	}
	return true, nil
}
