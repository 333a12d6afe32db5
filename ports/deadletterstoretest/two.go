package deadletterstoretest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func testClose(t *testing.T, p Place) {
	s := p.Must(t)
	put(t, s, letter("a", "view"))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Put(context.Background(), letter("b", "view")), ports.ErrUnavailable)
	require.ErrorIs(t, s.Remove(context.Background(), "a"), ports.ErrUnavailable)
	_, _, err := s.Get(context.Background(), "a")
	require.ErrorIs(t, err, ports.ErrUnavailable)
	_, err = s.List(context.Background(), "", "", 10)
	require.ErrorIs(t, err, ports.ErrUnavailable)
	_, err = s.Count(context.Background(), "")
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.Equal(t, []string{"a"}, list(t, p.Must(t), "", "", 10))
}

func testTwo(t *testing.T, p Place) {
	one := p.Must(t)
	put(t, one, letter("a", "view"))
	if p.Exclusive {
		for range 2 {
			_, err := p.Open(t)
			require.ErrorIs(t, err, ports.ErrInUse)
		}
		put(t, one, letter("b", "view"))
		require.Equal(t, []string{"a", "b"}, list(t, p.Reopen(t, one), "", "", 10), "the first is not disturbed")
		return
	}
	two := p.Must(t)
	expect(t, two, letter("a", "view"))
	put(t, two, letter("b", "view"))
	changed := letter("a", "other")
	changed.Cause = "changed"
	put(t, two, changed)
	for _, s := range []ports.DeadLetterStore{one, two} {
		expect(t, s, changed)
		require.Equal(t, []string{"a", "b"}, list(t, s, "", "", 10))
		require.Equal(t, []string{"b"}, list(t, s, "view", "", 10))
		require.Equal(t, 1, count(t, s, "view"))
	}
	require.NoError(t, one.Remove(context.Background(), "b"))
	require.NoError(t, two.Remove(context.Background(), "b"), "it is gone already")
	for _, s := range []ports.DeadLetterStore{one, two} {
		_, found, err := s.Get(context.Background(), "b")
		require.NoError(t, err)
		require.False(t, found)
		require.Equal(t, []string{"a"}, list(t, s, "", "", 10))
	}
	require.NoError(t, one.Close())
	put(t, two, letter("c", "view"))
	require.Equal(t, []string{"a", "c"}, list(t, two, "", "", 10))
}

func testTwoAtTheLimit(t *testing.T, p Place) {
	if p.Exclusive {
		t.Skip("there are never two")
	}
	instances := []ports.DeadLetterStore{p.Must(t), p.Must(t)}
	var done sync.WaitGroup
	for n, s := range instances {
		done.Go(func() {
			for i := range Limit {
				err := s.Put(context.Background(), letter(fmt.Sprintf("%d of %d", i, n), "view"))
				if _, full := errors.AsType[*ports.LimitError](err); err != nil && !full {
					t.Errorf("put: %v", err)
				}
			}
		})
	}
	done.Wait()
	for _, s := range instances {
		require.Equal(t, Limit, count(t, s, ""))
		require.ErrorAs(t, s.Put(context.Background(), letter("more", "view")), new(*ports.LimitError))
	}
	kept := list(t, instances[0], "", "", 1)
	put(t, instances[1], letter(kept[0], "replaced"))
	require.NoError(t, instances[0].Remove(context.Background(), kept[0]))
	put(t, instances[1], letter("more", "view"))
}
