package snapshotstoretest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// testTwo lets two instances save in turn, as one leader does after the other.
func testTwo(t *testing.T, open Opener) {
	one, two := open(t), open(t)
	for at := event.Position(1); at <= 8; at += 2 {
		save(t, one, at, 3)
		require.Equal(t, at, positions(t, two)[0])
		require.Equal(t, want(3, at), read(t, two, at))
		save(t, two, at+1, 2)
		require.Equal(t, positions(t, two), positions(t, one))
		require.Equal(t, want(2, at+1), read(t, one, at+1))
	}
	require.LessOrEqual(t, len(positions(t, one)), 4, "what one saved the other removes")
	require.ErrorIs(t, readFault(context.Background(), one, 1), ports.ErrNotStored)
	save(t, one, 5, 4)
	require.Equal(t, event.Position(5), positions(t, two)[0], "later ones are of another history")
	require.Equal(t, want(4, 5), read(t, two, 5))
}

func testReadsDuringSaves(t *testing.T, open Opener) {
	one, two := open(t), open(t)
	save(t, one, 1, 1)
	saved := make(chan error, 1)
	go func() {
		for at := event.Position(2); at <= 30; at++ {
			if _, err := one.Save(context.Background(), at, records(1000, at), nil); err != nil {
				saved <- err
				return
			}
		}
		saved <- nil
	}()
	for last := event.Position(0); last < 30; {
		at, err := readNewest(two)
		require.NoError(t, err)
		require.GreaterOrEqual(t, at, last, "the newest is never an older one again")
		last = at
	}
	require.NoError(t, <-saved)
}

// readNewest reads the newest snapshot whole; newer ones may take its place meanwhile.
func readNewest(s ports.SnapshotStore) (event.Position, error) {
	for {
		list, err := s.List(context.Background())
		if err != nil {
			return 0, err
		}
		at, n := list[0].At, 0
		for record, problem := range s.Records(context.Background(), at) {
			if err = problem; err == nil && string(record) != fmt.Sprintf(`["%d of %d"]`, n, at) {
				err = fmt.Errorf("record %d of %d is %s", n, at, record)
			}
			if err != nil {
				break
			}
			n++
		}
		if errors.Is(err, ports.ErrNotStored) {
			continue
		}
		if err == nil && n != 1000 && at > 1 {
			err = fmt.Errorf("snapshot %d has %d records", at, n)
		}
		return at, err
	}
}
