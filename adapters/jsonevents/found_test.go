package jsonevents_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func TestDamageThatAReadFindsStopsWrites(t *testing.T) {
	s := newSite(t)
	store := s.open()
	put(t, store, entry("a", 1), entry("b", 1))
	content := s.read(segment(1))
	f, err := s.disk.OpenRW(segment(1))
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("X"), int64(strings.Index(content, `"id":"a1"`)+6))
	require.NoError(t, err)
	require.NoError(t, f.Close())

	require.False(t, condition(t, store).Failed, "no read has found it yet")
	_, _, err = store.CommitByKey(context.Background(), "a1")
	require.ErrorAs(t, err, new(*ports.CorruptError))
	require.ErrorIs(t, attempt(store, entry("c", 1)), ports.ErrUnavailable)
	require.True(t, condition(t, store).Failed)
	require.Contains(t, condition(t, store).Detail, segment(1))
	_, found, err := store.CommitByKey(context.Background(), "b1")
	require.NoError(t, err, "what is sound can be read")
	require.True(t, found)
	_, _, err = store.CommitByKey(context.Background(), "a1")
	require.Error(t, err)
	require.Equal(t, 1, s.reports("the log is damaged"), "told once")
}
