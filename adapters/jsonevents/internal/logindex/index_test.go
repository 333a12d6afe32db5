package logindex

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/domain/event"
)

// watched calls the test in the middle of reads and writes.
type watched struct {
	*orderedkv.Memory
	afterGet func()
	onWrite  func() error
}

func (w *watched) Get(key []byte) ([]byte, bool, error) {
	value, found, err := w.Memory.Get(key)
	if then := w.afterGet; then != nil {
		w.afterGet = nil
		then()
	}
	return value, found, err
}

func (w *watched) Write(b *orderedkv.Batch) error {
	if w.onWrite != nil {
		if err := w.onWrite(); err != nil {
			return err
		}
	}
	return w.Memory.Write(b)
}

func (s *subject) version(id event.StreamID) event.Version {
	s.t.Helper()
	version, _, err := s.Stream(id)
	require.NoError(s.t, err)
	return version
}

func TestChangesLeaveMemoryOnlyOnceTheyAreDurable(t *testing.T) {
	const streams = 20
	store := &watched{Memory: orderedkv.NewMemory()}
	s := newSubject(t, store, Options{KnowKeys: time.Hour, MaxKeys: 1000, Tails: 1})
	name := func(n int) event.StreamID { return event.StreamID(fmt.Sprint("s", n)) }
	sees := func(version event.Version) {
		t.Helper()
		for n := range streams {
			require.Equal(t, version, s.version(name(n)))
			require.True(t, s.knows(fmt.Sprint(n, ".", version)))
		}
	}
	for version := event.Version(1); version <= 5; version++ {
		for n := range streams {
			require.NoError(t, s.commit(name(n), fmt.Sprint(n, ".", version), noon))
		}
		sees(version)
		store.onWrite = func() error { sees(version); return errors.New("no") }
		f, last := s.Cut(s.of)
		require.True(t, last)
		require.Error(t, f.Write())
		sees(version)
		require.Equal(t, 2*streams, s.Changes())
		again, last := s.Cut(s.of)
		require.False(t, last)
		require.Same(t, f, again, "it is tried again")
		store.onWrite = func() error { sees(version); return nil }
		require.NoError(t, again.Write())
		store.onWrite = nil
		require.Zero(t, s.Changes())
		require.LessOrEqual(t, len(s.tails.young)+len(s.tails.old), 2)
		sees(version)
	}
}

func TestALookupThatAFlushOvertakesIsCurrent(t *testing.T) {
	store := &watched{Memory: orderedkv.NewMemory()}
	s := newSubject(t, store, Options{KnowKeys: time.Hour, MaxKeys: 1000, Tails: 1})
	require.NoError(t, s.commit("a", "k1", noon))
	s.flush()
	for range 3 { // the cache loses the stream
		require.NoError(t, s.commit("b", "", noon))
		s.flush()
		require.NoError(t, s.commit("c", "", noon))
		s.flush()
	}
	change := func() {
		require.NoError(t, s.commit("a", "k2", noon))
		s.flush()
		require.NoError(t, s.commit("b", "", noon))
		s.flush()
		require.NoError(t, s.commit("c", "", noon))
		s.flush()
	}
	store.afterGet = change
	require.Equal(t, event.Version(2), s.version("a"), "the lookup has read version 1")
	require.NoError(t, s.commit("a", "k3", noon))
	store.afterGet = func() {
		require.NoError(t, s.commit("a", "k4", noon))
		s.flush()
	}
	require.True(t, s.knows("k4"), "the lookup has not found it")
}

func TestAnIndexIsTheSameAfterAStart(t *testing.T) {
	store := orderedkv.NewMemory()
	s := newSubject(t, store, Options{KnowKeys: time.Hour, MaxKeys: 1000, Tails: 5})
	for n := range 1000 { // far enough for skip pointers
		require.NoError(t, s.commit(event.StreamID(fmt.Sprint("s", n%3)), "", noon))
	}
	before := map[event.StreamID]tail{}
	for n := range 3 {
		id := event.StreamID(fmt.Sprint("s", n))
		before[id] = s.dirty.streams[id]
		require.NotNil(t, before[id].anchors)
	}
	s.flush()
	x, mark, err := Open(store, s.options)
	require.NoError(t, err)
	require.Equal(t, event.Position(1000), mark.Position)
	require.Equal(t, int64(1000), x.Events())
	for id, want := range before {
		got, err := x.tail(id, false)
		require.NoError(t, err)
		require.True(t, want.equal(got))
	}
}

func TestAValueOfAnotherFormIsAnError(t *testing.T) {
	for _, value := range [][]byte{nil, {0x80}, {2, 2, 2, 2}, {2, 2}} {
		_, err := decodeTail(value)
		require.Error(t, err)
		_, err = decodeKey(KeyHash{}, value)
		require.Error(t, err)
	}
	require.Nil(t, decodeMark([]byte(`{"Format":2}`)))
	require.Nil(t, decodeMark([]byte(`{"Format":1,"Buckets":[2,1]}`)))
}
