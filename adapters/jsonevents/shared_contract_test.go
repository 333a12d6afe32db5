package jsonevents_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/eventstoretest"
)

// crowd is several processes on one directory that a caller cannot tell from one: each
// call goes to the next of them, which first catches up with the others.
type crowd struct {
	stores []*jsonevents.Store
	calls  atomic.Int64
}

func (c *crowd) next() *jsonevents.Store {
	s := c.stores[c.calls.Add(1)%int64(len(c.stores))]
	_, _ = s.CatchUp(context.Background()) // the call itself returns the error
	return s
}

func (c *crowd) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	return c.next().Append(ctx, commits)
}

func (c *crowd) Stream(
	ctx context.Context, id event.StreamID, from event.Version, order ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) { c.next().Stream(ctx, id, from, order)(yield) }
}

func (c *crowd) CommitByKey(ctx context.Context, key string) (ports.Recorded, bool, error) {
	return c.next().CommitByKey(ctx, key)
}

func (c *crowd) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) { c.next().Commits(ctx, after)(yield) }
}

func (c *crowd) CommitByID(ctx context.Context, id string, after event.Position) (ports.Recorded, bool, error) {
	return c.next().CommitByID(ctx, id, after)
}

// CatchUp names no other writer: all of them are this crowd's.
func (c *crowd) CatchUp(ctx context.Context) (event.Position, error) {
	_, err := c.next().CatchUp(ctx)
	return 0, err
}

func (c *crowd) CloseTimestamp(ctx context.Context, t time.Time) error {
	return c.next().CloseTimestamp(ctx, t)
}

func (c *crowd) Grown(after event.Position) <-chan struct{} { return c.next().Grown(after) }
func (c *crowd) Head() ports.Head                           { return c.next().Head() }

func (c *crowd) Properties() ports.Properties { return c.next().Properties() }

func (c *crowd) Status(ctx context.Context) (ports.StoreStatus, error) { return c.next().Status(ctx) }

func (c *crowd) Close() error {
	var err error
	for _, s := range c.stores {
		err = errors.Join(err, s.Close())
	}
	return err
}

func crowdSubject(t *testing.T, disk durablefile.Disk, dir string) eventstoretest.Subject {
	open := func() *crowd {
		c := &crowd{}
		for range 3 {
			store, err := jsonevents.Open(dir, jsonevents.Options{
				Disk: disk, KeyTTL: eventstoretest.KeyTTL, SegmentBytes: 8 << 10, Shared: true, FollowEvery: time.Millisecond,
			})
			require.NoError(t, err)
			c.stores = append(c.stores, store)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	now := open()
	return eventstoretest.Subject{
		Store: now,
		Reopen: func() eventstoretest.Store {
			require.NoError(t, now.Close())
			now = open()
			return now
		},
		Leaks: func() string {
			require.NoError(t, now.Close())
			if sim, ok := disk.(*simdisk.Disk); ok && sim.OpenFiles() > 0 {
				return fmt.Sprintf("%d open files", sim.OpenFiles())
			}
			return ""
		},
	}
}

func TestContractOfSeveralProcessesThatActAsOne(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		eventstoretest.Run(t, func(t *testing.T) eventstoretest.Subject { return crowdSubject(t, simdisk.New(), "/data") })
	})
	t.Run("on real files", func(t *testing.T) {
		eventstoretest.Run(t,
			func(t *testing.T) eventstoretest.Subject { return crowdSubject(t, durablefile.OS{}, t.TempDir()) })
	})
}
