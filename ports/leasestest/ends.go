package leasestest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func testMany(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	streams := names(700)
	rand.Shuffle(len(streams), func(i, j int) { streams[i], streams[j] = streams[j], streams[i] })
	lease := acquire(t, one, streams...)
	for i, e := range lease.Tokens() {
		require.Equal(t, streams[i], e.Stream)
		require.Positive(t, e.Token)
	}
	p.Alive(one, two)
	require.NoError(t, lease.Valid())
	held(t, two, streams[350], streams[350])
	release(t, lease)
	release(t, acquire(t, two, streams...))
}

func testNothing(t *testing.T, p Place) {
	one := p.Open(t)
	lease := acquire(t, one)
	require.Empty(t, lease.Tokens())
	p.Alive(one)
	require.NoError(t, lease.Valid())
	release(t, lease)
}

func testClose(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	lease := acquire(t, one, names(5)...)
	require.NoError(t, one.Close())
	require.NoError(t, one.Close())
	<-lease.Lost()
	require.ErrorIs(t, lease.Valid(), ports.ErrLeaseLost)
	release(t, acquire(t, two, names(5)...))
	_, err := one.Acquire(context.Background(), names(1), 0)
	require.ErrorIs(t, err, ports.ErrUnavailable)
}

func testReleasedLate(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	before := acquire(t, one, "stock/S1/A", "stock/S1/B")
	p.Alive(two)
	lease := acquire(t, two, "stock/S1/A")
	require.ErrorIs(t, before.Release(), ports.ErrLeaseLost)
	require.NoError(t, lease.Valid())
	held(t, one, "stock/S1/A", "stock/S1/A")
	release(t, acquire(t, two, "stock/S1/B"))
	release(t, lease)
}

func testReleasedTwice(t *testing.T, p Place) {
	one := p.Open(t)
	lease := acquire(t, one, "stock/S1/A")
	release(t, lease)
	require.ErrorIs(t, lease.Valid(), ports.ErrLeaseLost)
	next := acquire(t, one, "stock/S1/A")
	release(t, lease)
	require.NoError(t, next.Valid())
	held(t, one, "stock/S1/A", "stock/S1/A")
	release(t, next)
}

func testDistinct(t *testing.T, p Place) {
	one := p.Open(t)
	given := map[event.StreamID]map[int64]bool{}
	for range 5 {
		lease := acquire(t, one, names(100)...)
		for _, e := range lease.Tokens() {
			if given[e.Stream] == nil {
				given[e.Stream] = map[int64]bool{}
			}
			require.False(t, given[e.Stream][e.Token], "a token of %s came twice", e.Stream)
			given[e.Stream][e.Token] = true
		}
		release(t, lease)
	}
}

func testConcurrent(t *testing.T, p Place) {
	const processes, workers, rounds = 3, 4, 60
	all := newHolders(8)
	var done sync.WaitGroup
	for range processes {
		from := p.Open(t)
		for range workers {
			done.Go(func() {
				for range rounds {
					all.round(t, from)
				}
			})
		}
	}
	done.Wait()
}

// holders checks that each stream has one holder at a time.
type holders struct {
	streams []event.StreamID
	held    []chan struct{} // has a token while the stream is held
}

func newHolders(n int) *holders {
	h := &holders{streams: names(n)}
	for range n {
		h.held = append(h.held, make(chan struct{}, 1))
	}
	return h
}

// round takes the leases of some streams, if they are free, and releases them.
func (h *holders) round(t *testing.T, from ports.Leases) {
	pick := rand.Perm(len(h.streams))[:1+rand.IntN(3)]
	wanted := []event.StreamID{}
	for _, i := range pick {
		wanted = append(wanted, h.streams[i])
	}
	lease, err := from.Acquire(context.Background(), wanted, 0)
	if _, taken := errors.AsType[*ports.LeaseHeldError](err); taken {
		return
	}
	if err != nil {
		t.Errorf("acquire: %v", err)
		return
	}
	for _, i := range pick {
		select {
		case h.held[i] <- struct{}{}:
		default:
			t.Errorf("%s has two holders", h.streams[i])
		}
	}
	for _, i := range pick {
		select {
		case <-h.held[i]:
		default:
		}
	}
	if err := lease.Release(); err != nil {
		t.Errorf("release: %v", err)
	}
}
