package subscriptionstoretest

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
	put(t, s, subscription("a"))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Put(context.Background(), subscription("b")), ports.ErrUnavailable)
	require.ErrorIs(t, s.Remove(context.Background(), "a"), ports.ErrUnavailable)
	_, err := s.List(context.Background())
	require.ErrorIs(t, err, ports.ErrUnavailable)
	expect(t, p.Must(t), subscription("a"))
}

func testTwo(t *testing.T, p Place) {
	one := p.Must(t)
	put(t, one, subscription("a"))
	if p.Exclusive {
		for range 2 {
			_, err := p.Open(t)
			require.ErrorIs(t, err, ports.ErrInUse)
		}
		put(t, one, subscription("b"))
		expect(t, p.Reopen(t, one), subscription("a"), subscription("b"))
		return
	}
	two := p.Must(t)
	expect(t, two, subscription("a"))
	put(t, two, subscription("b"))
	changed := subscription("a")
	changed.URL, changed.Secrets = "https://other.example", []ports.Secret{{Key: []byte("rotated")}}
	put(t, two, changed)
	for _, s := range []ports.SubscriptionStore{one, two} {
		expect(t, s, changed, subscription("b"))
	}
	require.NoError(t, one.Remove(context.Background(), "b"))
	require.NoError(t, two.Remove(context.Background(), "b"), "it is gone already")
	for _, s := range []ports.SubscriptionStore{one, two} {
		expect(t, s, changed)
	}
	require.NoError(t, one.Close())
	put(t, two, subscription("c"))
	expect(t, two, changed, subscription("c"))
}

func testTwoAtTheLimit(t *testing.T, p Place) {
	if p.Exclusive {
		t.Skip("there are never two")
	}
	instances := []ports.SubscriptionStore{p.Must(t), p.Must(t)}
	var done sync.WaitGroup
	for n, s := range instances {
		done.Go(func() {
			for i := range Limit {
				err := s.Put(context.Background(), subscription(fmt.Sprintf("%d of %d", i, n)))
				if _, full := errors.AsType[*ports.LimitError](err); err != nil && !full {
					t.Errorf("put: %v", err)
				}
			}
		})
	}
	done.Wait()
	for _, s := range instances {
		all, err := s.List(context.Background())
		require.NoError(t, err)
		require.Len(t, all, Limit)
		require.ErrorAs(t, s.Put(context.Background(), subscription("more")), new(*ports.LimitError))
	}
	all, err := instances[0].List(context.Background())
	require.NoError(t, err)
	put(t, instances[1], all[0])
	require.NoError(t, instances[0].Remove(context.Background(), all[0].ID))
	put(t, instances[1], subscription("more"))
}
