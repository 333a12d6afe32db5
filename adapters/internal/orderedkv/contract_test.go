package orderedkv_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
)

func TestStores(t *testing.T) {
	opened := map[string]func(*testing.T) orderedkv.Store{
		"in memory": func(*testing.T) orderedkv.Store { return orderedkv.NewMemory() },
		"on disk, with all filters": func(t *testing.T) orderedkv.Store {
			d, err := orderedkv.Open(t.TempDir(), orderedkv.Options{MissesAreCommon: true})
			require.NoError(t, err)
			return d
		},
		"on disk": func(t *testing.T) orderedkv.Store {
			d, err := orderedkv.Open(t.TempDir(), orderedkv.Options{})
			require.NoError(t, err)
			return d
		},
	}
	for name, open := range opened {
		t.Run(name, func(t *testing.T) {
			t.Run("a batch is written as a whole, its last change of a key counts", func(t *testing.T) { putAndGet(t, open(t)) })
			t.Run("a scan visits a range in both directions", func(t *testing.T) { scan(t, open(t)) })
			t.Run("a scan shows the pairs of its beginning", func(t *testing.T) { stableScan(t, open(t)) })
			t.Run("a store may be closed during a scan", func(t *testing.T) { closedDuringScan(t, open(t)) })
			t.Run("a closed store refuses calls", func(t *testing.T) { closed(t, open(t)) })
		})
	}
}

func putAndGet(t *testing.T, s orderedkv.Store) {
	t.Helper()
	defer func() { require.NoError(t, s.Close()) }()
	write(t, s, func(b *orderedkv.Batch) {
		b.Put([]byte("a"), []byte("1"))
		b.Put([]byte("a"), []byte("2"))
		b.Put([]byte("b"), nil)
		b.Put([]byte("c"), []byte("3"))
		b.Delete([]byte("c"))
		b.Put([]byte("d1"), []byte("4"))
		b.DeleteRange([]byte("d"), []byte("e"))
		b.Put([]byte("d2"), []byte("5"))
	})
	require.Equal(t, []string{"a=2", "b=", "d2=5"}, all(t, s, false))
	value, found, err := s.Get([]byte("b"))
	require.NoError(t, err)
	require.True(t, found)
	require.Empty(t, value)
	_, found, err = s.Get([]byte("c"))
	require.NoError(t, err)
	require.False(t, found)
}

func scan(t *testing.T, s orderedkv.Store) {
	t.Helper()
	defer func() { require.NoError(t, s.Close()) }()
	write(t, s, func(b *orderedkv.Batch) {
		for i := range 10 {
			b.Put(fmt.Append(nil, i), []byte("x"))
		}
	})
	require.Equal(t, []string{"3=x", "4=x"}, pairs(t, s, "3", "5", false))
	require.Equal(t, []string{"4=x", "3=x"}, pairs(t, s, "3", "5", true))
	require.Empty(t, pairs(t, s, "5", "5", false))
	for _, err := range s.Scan([]byte("0"), []byte("9"), true) {
		require.NoError(t, err)
		break
	}
}

func stableScan(t *testing.T, s orderedkv.Store) {
	t.Helper()
	defer func() { require.NoError(t, s.Close()) }()
	write(t, s, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
	var seen []string
	for p, err := range s.Scan([]byte("a"), []byte("z"), false) {
		require.NoError(t, err)
		seen = append(seen, string(p.Key))
		write(t, s, func(b *orderedkv.Batch) { b.Put([]byte("b"), []byte("2")) })
	}
	require.Equal(t, []string{"a"}, seen)
}

func closedDuringScan(t *testing.T, s orderedkv.Store) {
	t.Helper()
	write(t, s, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
	ended := make(chan error, 1)
	for p, err := range s.Scan([]byte("a"), []byte("b"), false) {
		require.NoError(t, err)
		go func() { ended <- s.Close() }()
		for err == nil { // until the store is closed, reads within the scan work
			_, _, err = s.Get([]byte("a"))
		}
		require.ErrorIs(t, err, orderedkv.ErrClosed)
		require.Equal(t, "1", string(p.Value))
	}
	require.NoError(t, <-ended)
}

func closed(t *testing.T, s orderedkv.Store) {
	t.Helper()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, _, err := s.Get([]byte("a"))
	require.ErrorIs(t, err, orderedkv.ErrClosed)
	require.ErrorIs(t, s.Write(&orderedkv.Batch{}), orderedkv.ErrClosed)
	for _, err := range s.Scan([]byte("a"), []byte("b"), false) {
		require.ErrorIs(t, err, orderedkv.ErrClosed)
	}
}

func TestBothStoresKeepTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := vfs.NewMem()
		disk, err := orderedkv.Open("index", orderedkv.Options{FS: fs})
		require.NoError(t, err)
		memory := orderedkv.NewMemory()
		key := rapid.SliceOfN(rapid.Byte(), 1, 2)
		for range rapid.IntRange(1, 20).Draw(t, "batches") {
			for _, b := range batches(t, key) {
				require.NoError(t, disk.Write(b))
				require.NoError(t, memory.Write(b))
			}
			if rapid.Bool().Draw(t, "reopened") {
				require.NoError(t, disk.Close())
				disk, err = orderedkv.Open("index", orderedkv.Options{FS: fs})
				require.NoError(t, err)
			}
			lower, upper := key.Draw(t, "lower"), key.Draw(t, "upper")
			reverse := rapid.Bool().Draw(t, "reverse")
			require.Equal(t, pairs(t, memory, string(lower), string(upper), reverse),
				pairs(t, disk, string(lower), string(upper), reverse))
		}
		require.NoError(t, disk.Close())
	})
}

// batches draws a batch.
func batches(t *rapid.T, key *rapid.Generator[[]byte]) []*orderedkv.Batch {
	b := &orderedkv.Batch{}
	for range rapid.IntRange(0, 5).Draw(t, "changes") {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			b.Delete(key.Draw(t, "deleted"))
		case 1:
			b.DeleteRange(key.Draw(t, "first"), key.Draw(t, "end"))
		default:
			b.Put(key.Draw(t, "key"), key.Draw(t, "value"))
		}
	}
	return []*orderedkv.Batch{b}
}

func TestEachProcessHasAnIndexOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	first, err := orderedkv.OpenSlot(dir, orderedkv.Options{})
	require.NoError(t, err)
	write(t, first, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
	second, err := orderedkv.OpenSlot(dir, orderedkv.Options{})
	require.NoError(t, err)
	require.Empty(t, all(t, second, false))
	_, err = orderedkv.Open(filepath.Join(dir, "2"), orderedkv.Options{})
	require.ErrorIs(t, err, orderedkv.ErrInUse)
	require.NoError(t, first.Close())
	again, err := orderedkv.OpenSlot(dir, orderedkv.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"a=1"}, all(t, again, false))
	require.NoError(t, again.Close())
	require.NoError(t, second.Close())
}

func write(t require.TestingT, s orderedkv.Store, fill func(*orderedkv.Batch)) {
	b := &orderedkv.Batch{}
	fill(b)
	require.NoError(t, s.Write(b))
}

func all(t require.TestingT, s orderedkv.Store, reverse bool) []string {
	return pairs(t, s, "\x00", "\xff", reverse)
}

func pairs(t require.TestingT, s orderedkv.Store, lower, upper string, reverse bool) []string {
	var list []string
	for p, err := range s.Scan([]byte(lower), []byte(upper), reverse) {
		require.NoError(t, err)
		list = append(list, fmt.Sprintf("%s=%s", p.Key, p.Value))
	}
	return list
}
