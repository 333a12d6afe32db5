package checkpointstoretest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func testRefused(t *testing.T, open Opener) {
	s := open(t)
	odd := errors.New("not this one")
	for i := range 3 {
		save(t, s, "view", 5, fmt.Sprint(i))
	}
	got, found, refused := load(t, s, "view", func(so []string) error {
		if len(so) > 2 && strings.Contains(so[0], "of 2") {
			return odd
		}
		return nil
	})
	require.Len(t, refused, 1)
	require.ErrorContains(t, refused[0], odd.Error())
	if found { // a spare is allowed, not promised
		require.Equal(t, want(5, "1"), got)
	}
	_, found, _ = load(t, s, "view", func([]string) error { return odd })
	require.False(t, found)
	found, err := s.Load(context.Background(), "view", func() ports.SnapshotReader {
		return ports.SnapshotReader{
			Decode: func([]byte) (any, error) { return nil, odd },
			Take:   func(any) error { return nil },
		}
	}, func(why error) { require.ErrorContains(t, why, odd.Error()) })
	require.NoError(t, err)
	require.False(t, found)
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
	_, err = s.Load(ctx, "view", func() ports.SnapshotReader { return ports.SnapshotReader{} }, func(error) {})
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
	save(t, s, "view", 2, "anew")
	expect(t, open(t), "view", 2, "anew")
}
