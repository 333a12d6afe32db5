package snapshot

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/ports"
)

// Comparison checks that snapshots have the state that a log leads to, while a caller reads
// that log from its beginning.
type Comparison struct {
	snapshots ports.SnapshotStore
	state     *inventory.State
	ahead     []ports.SnapshotInfo // not compared yet, by ascending position
	compared  int
	skipped   []string
}

// maxEnding is how many closed entries the fold of a comparison has in memory at most, if there is
// an index.
const maxEnding = 10_000

// Compare begins a comparison. The caller puts into the index what the log closes, each commit before
// it is given to Next, and may do so later for entries that are in memory; nil is no index.
func Compare(ctx context.Context, snapshots ports.SnapshotStore, index ports.QueryIndex) (*Comparison, error) {
	list, err := snapshots.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	c := &Comparison{snapshots: snapshots, state: inventory.NewState(index)}
	c.ahead = slices.Clone(list)
	slices.Reverse(c.ahead)
	return c, nil
}

// Next takes the next commit of the log. *DifferenceError says that the snapshot
// at its position is not what the log leads to; other errors are the store's.
func (c *Comparison) Next(ctx context.Context, commit ports.Recorded) error {
	if len(c.ahead) == 0 {
		return nil // no snapshot needs the fold any more
	}
	if err := c.state.Fold(&commit); err != nil {
		return err
	}
	c.evict()
	next := c.ahead[0]
	if next.At != commit.Position {
		return nil
	}
	c.ahead = c.ahead[1:]
	c.compared++
	return c.compare(ctx, next, commit)
}

// End tells how many snapshots there are. A snapshot beyond the end of the log
// gives *DifferenceError.
func (c *Comparison) End() (int, error) {
	if len(c.ahead) > 0 {
		return 0, &DifferenceError{Snapshot: c.ahead[0], Problem: "the log ends before it"}
	}
	return c.compared, nil
}

// Skipped tells which snapshots could not be compared, and why: newer versions wrote them.
func (c *Comparison) Skipped() []string { return c.skipped }

// DifferenceError means that a snapshot is not what the log leads to.
type DifferenceError struct {
	Snapshot ports.SnapshotInfo
	Record   int // number, from 1; 0 if it is about the whole
	Problem  string
}

func (e *DifferenceError) Error() string {
	name := e.Snapshot.Name
	if name == "" {
		name = fmt.Sprintf("snapshot at position %d", e.Snapshot.At)
	}
	return fmt.Sprintf("%s: record %d: %s", name, e.Record, e.Problem)
}

// evict keeps the memory bounded, if there is an index.
func (c *Comparison) evict() {
	reservations, transfers := c.state.Reservations(), c.state.Transfers()
	if c.state.Index() == nil || reservations.Ending()+transfers.Ending() < maxEnding {
		return
	}
	indexed := c.state.Index().Mark().Position
	reservations.Evict(reservations.Closings(indexed))
	transfers.Evict(transfers.Closings(indexed))
}

func (c *Comparison) compare(ctx context.Context, of ports.SnapshotInfo, commit ports.Recorded) error {
	state, err := c.state.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", err)
	}
	defer state.Release()
	s := saved{of: of, state: c.state, records: c.snapshots.Records(ctx, commit.Position)}
	next, stop := iter.Pull2(s.withoutClosed(ctx))
	defer stop()
	for want, err := range records(state, commit.ID, func(open bool) bool { return open }) {
		if err != nil {
			return err
		}
		got, err, more := next()
		switch {
		case err != nil:
			return err
		case !more:
			s.number++
			return s.differ("is missing")
		case s.number == 1 && newer(got) != nil:
			c.compared--
			c.skipped = append(c.skipped, fmt.Sprintf("%s: %v", of.Name, newer(got)))
			return nil
		case s.number == 1 && !sameBeginning(got, want):
			return s.differ("it is of another commit")
		case s.number > 1 && !bytes.Equal(got, want):
			return s.differ(fmt.Sprintf("says %.200q, the log leads to %.200q", got, want))
		}
	}
	if _, err, more := next(); err != nil {
		return err
	} else if more {
		return s.differ("is too much")
	}
	return nil
}

// sameBeginning compares first records but for the number of items, which is only about right, and
// the index.
func sameBeginning(a, b []byte) bool {
	x, errX := decode(a)
	y, errY := decode(b)
	p, okX := x.(beginning)
	q, okY := y.(beginning)
	return errX == nil && errY == nil && okX && okY && p.position == q.position && p.commit == q.commit
}
