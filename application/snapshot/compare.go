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
}

// Compare begins a comparison.
func Compare(ctx context.Context, snapshots ports.SnapshotStore) (*Comparison, error) {
	list, err := snapshots.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	c := &Comparison{snapshots: snapshots, state: inventory.NewState(nil)}
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

func (c *Comparison) compare(ctx context.Context, of ports.SnapshotInfo, commit ports.Recorded) error {
	next, stop := iter.Pull2(c.snapshots.Records(ctx, commit.Position))
	defer stop()
	number := 0
	differ := func(problem string) error {
		return &DifferenceError{Snapshot: of, Record: number, Problem: problem}
	}
	state, err := c.state.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", err)
	}
	defer state.Release()
	for want, err := range Records(state, commit.ID) {
		if err != nil {
			return err
		}
		number++
		got, err, more := next()
		switch {
		case err != nil:
			return fmt.Errorf("read snapshot: %w", err)
		case !more:
			return differ("is missing")
		case number == 1 && !sameBeginning(got, want):
			return differ("it is of another commit")
		case number > 1 && !bytes.Equal(got, want):
			return differ(fmt.Sprintf("says %.200q, the log leads to %.200q", got, want))
		}
	}
	number++
	if _, err, more := next(); err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	} else if more {
		return differ("is too much")
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
