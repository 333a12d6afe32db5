package checkpointstoretest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func testGenerations(t *testing.T, open Opener) {
	s := open(t)
	for i := range 5 {
		save(t, s, "view", 5, fmt.Sprint(i))
	}
	list, err := s.List(context.Background(), "view")
	require.NoError(t, err)
	for back, info := range list { // spares are allowed, not promised
		require.Positive(t, info.Bytes)
		got, err := read(context.Background(), s, "view", info.Generation)
		require.NoError(t, err)
		require.Equal(t, want(5, fmt.Sprint(4-back)), got)
	}
	_, err = read(context.Background(), s, "view", list[0].Generation+1)
	require.ErrorIs(t, err, ports.ErrNotStored)
}

func testFailure(t *testing.T, open Opener) {
	s := open(t)
	save(t, s, "view", 5, "first")
	broken := errors.New("broken")
	_, err := s.Save(context.Background(), "view", func(yield func([]byte, error) bool) {
		for record, err := range records(50_000, "second") {
			if !yield(record, err) {
				return
			}
		}
		yield(nil, broken)
	}, nil)
	require.ErrorIs(t, err, broken)
	expect(t, s, "view", 5, "first")
	ctx, cancel := context.WithCancel(context.Background())
	_, err = s.Save(ctx, "view", func(yield func([]byte, error) bool) {
		cancel()
		records(50_000, "third")(yield)
	}, nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Save(ctx, "view", records(1, "fourth"), nil)
	require.ErrorIs(t, err, context.Canceled)
	list, err := s.List(context.Background(), "view")
	require.NoError(t, err)
	_, err = read(ctx, s, "view", list[0].Generation)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.List(ctx, "view")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Delete(ctx, "view"), context.Canceled)
	expect(t, s, "view", 5, "first")
	s = open(t)
	expect(t, s, "view", 5, "first")
	save(t, s, "view", 5, "fifth")
	expect(t, s, "view", 5, "fifth")
}

func testDelete(t *testing.T, open Opener) {
	s := open(t)
	for i := range 5 {
		save(t, s, "view", 2, fmt.Sprint(i))
	}
	save(t, s, "other", 2, "other")
	require.NoError(t, s.Delete(context.Background(), "view"))
	require.NoError(t, s.Delete(context.Background(), "view"), "again")
	for _, s := range []ports.CheckpointStore{s, open(t)} {
		expectNone(t, s, "view")
		expect(t, s, "other", 2, "other")
	}
	save(t, s, "view", 2, "again")
	expect(t, open(t), "view", 2, "again")
}
