package keeper_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/keeper"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// hall is where several want to keep.
type hall struct {
	t    *testing.T
	disk *simdisk.Disk
}

func newHall(t *testing.T) *hall {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	return &hall{t: t, disk: disk}
}

// enter lets another process want to keep, with some duties. What it reports goes to told.
func (h *hall) enter(told *[]string, duties ...func(context.Context) error) (*keeper.Keeper, *simdisk.Process) {
	process := h.disk.Process()
	k := keeper.New(keeper.Options{Dir: "/d", Disk: process, Report: func(i ports.Incident) { *told = append(*told, i.Message) }})
	for _, duty := range duties {
		k.Duty(duty)
	}
	return k, process
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d) // in a bubble
	synctest.Wait()
}

func TestOneOfSeveralKeeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t)
		var told, begun []string
		duty := func(name string) func(context.Context) error {
			return func(context.Context) error {
				begun = append(begun, name)
				return nil
			}
		}
		first, process := h.enter(&told, duty("a1"), duty("a2"))
		second, _ := h.enter(&told, duty("b1"), duty("b2"))
		third, _ := h.enter(&told, duty("c"))
		for _, k := range []*keeper.Keeper{first, second, third} {
			require.NoError(t, k.Start(t.Context()))
		}
		pass(time.Minute)
		require.True(t, first.Keeps())
		require.False(t, second.Keeps() || third.Keeps())
		require.Equal(t, []string{"a1", "a2"}, begun)

		process.Kill()
		pass(2 * time.Second)
		require.NotEqual(t, second.Keeps(), third.Keeps())
		require.Len(t, told, 1)
		if second.Keeps() {
			require.Equal(t, []string{"a1", "a2", "b1", "b2"}, begun)
		}
		require.NoError(t, errors.Join(second.Stop(), third.Stop(), first.Stop()))
	})
}

func TestWhoStopsLetsAnotherKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t)
		var told []string
		first, _ := h.enter(&told)
		second, _ := h.enter(&told)
		require.NoError(t, errors.Join(first.Start(t.Context()), second.Start(t.Context())))
		require.NoError(t, first.Stop())
		require.False(t, first.Keeps())
		pass(2 * time.Second)
		require.True(t, second.Keeps())
		require.NoError(t, second.Stop())
	})
}

func TestThereIsNoFileWithoutWhichTwoWouldKeep(t *testing.T) {
	dir := t.TempDir()
	enter := func() *keeper.Keeper {
		k := keeper.New(keeper.Options{Dir: dir})
		require.NoError(t, k.Start(t.Context()))
		t.Cleanup(func() { require.NoError(t, k.Stop()) })
		return k
	}
	first := enter()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	for _, name := range files {
		require.NoError(t, os.Remove(name))
	}
	require.True(t, first.Keeps())
	require.False(t, enter().Keeps())
}

func TestADutyThatCannotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHall(t)
		var told []string
		broken := errors.New("broken")
		var mended atomic.Bool
		duty := func(context.Context) error {
			if mended.Load() {
				return nil
			}
			return broken
		}
		first, _ := h.enter(&told, duty)
		require.ErrorIs(t, first.Start(t.Context()), broken, "fails the start")
		second, _ := h.enter(&told, duty)
		require.NoError(t, second.Start(t.Context()))
		require.NoError(t, first.Stop())
		pass(time.Minute)
		require.False(t, second.Keeps(), "but is tried again where another process kept")
		require.Len(t, told, 1)
		mended.Store(true)
		pass(2 * time.Second)
		require.True(t, second.Keeps())
		require.NoError(t, second.Stop())
	})
}

func TestWhoIsAloneKeeps(t *testing.T) {
	k := keeper.Alone()
	begun := false
	k.Duty(func(context.Context) error { begun = true; return nil })
	require.NoError(t, k.Start(t.Context()))
	require.True(t, begun && k.Keeps())
	require.NoError(t, k.Stop())
}

func TestStoresThatOnlyTheKeeperHas(t *testing.T) {
	h := newHall(t)
	var told []string
	first, _ := h.enter(&told)
	require.NoError(t, first.Start(t.Context()))
	second, _ := h.enter(&told)
	kept := &memory.DeadLetterStore{}
	require.NoError(t, kept.Put(t.Context(), ports.DeadLetter{ID: "x", Projection: "p"}))
	letters := keeper.DeadLetters(second, func() (ports.DeadLetterStore, error) { return kept, nil })
	subscriptions := keeper.Subscriptions(second, func() (ports.SubscriptionStore, error) { return &memory.SubscriptionStore{}, nil })
	saved := &memory.CheckpointStore{}
	checkpoints := keeper.Checkpoints(saved, second)
	records := func(yield func([]byte, error) bool) { yield([]byte("{}"), nil) }

	require.ErrorIs(t, letters.Put(t.Context(), ports.DeadLetter{ID: "y"}), ports.ErrNotLeader)
	require.ErrorIs(t, letters.Remove(t.Context(), "x"), ports.ErrNotLeader)
	n, err := letters.Count(t.Context(), "")
	require.NoError(t, err)
	require.Zero(t, n)
	_, found, err := letters.Get(t.Context(), "x")
	require.NoError(t, err)
	require.False(t, found)
	require.ErrorIs(t, subscriptions.Put(t.Context(), ports.Subscription{ID: "s"}), ports.ErrNotLeader)
	require.ErrorIs(t, subscriptions.Remove(t.Context(), "s"), ports.ErrNotLeader)
	_, err = subscriptions.List(t.Context())
	require.ErrorIs(t, err, ports.ErrNotLeader)
	size, err := checkpoints.Save(t.Context(), "p", records, nil)
	require.NoError(t, errors.Join(err, checkpoints.Delete(t.Context(), "p")))
	require.Zero(t, size)

	require.NoError(t, first.Stop())
	require.NoError(t, second.Start(t.Context()))
	list, err := letters.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(list, func(l ports.DeadLetter) bool { return l.ID == "x" }))
	_, found, err = letters.Get(t.Context(), "x")
	require.NoError(t, err)
	require.True(t, found)
	n, err = letters.Count(t.Context(), "")
	require.NoError(t, errors.Join(err, letters.Put(t.Context(), ports.DeadLetter{ID: "y"}), letters.Remove(t.Context(), "y")))
	require.Equal(t, 1, n)
	require.NoError(t, subscriptions.Put(t.Context(), ports.Subscription{ID: "s"}))
	all, err := subscriptions.List(t.Context())
	require.NoError(t, errors.Join(err, subscriptions.Remove(t.Context(), "s")))
	require.Len(t, all, 1)
	size, err = checkpoints.Save(t.Context(), "p", records, nil)
	require.NoError(t, errors.Join(err, checkpoints.Delete(t.Context(), "p")))
	require.NotZero(t, size)
	require.NoError(t, second.Stop())
}
