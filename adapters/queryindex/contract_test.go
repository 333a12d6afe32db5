package queryindex_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/queryindextest"
)

func TestOnDisk(t *testing.T) {
	queryindextest.Run(t, func(require.TestingT) queryindextest.Opener {
		fs := vfs.NewMem()
		var opened ports.QueryIndex
		return func(t require.TestingT) ports.QueryIndex {
			if opened != nil {
				require.NoError(t, opened.Close())
			}
			store, err := orderedkv.Open("index", orderedkv.Options{FS: fs})
			require.NoError(t, err)
			opened, err = queryindex.New(store)
			require.NoError(t, err)
			return opened
		}
	})
}

func TestInMemory(t *testing.T) {
	queryindextest.Run(t, func(require.TestingT) queryindextest.Opener {
		kept := &orderedkv.Batch{}
		var opened *orderedkv.Memory
		return func(t require.TestingT) ports.QueryIndex {
			if opened != nil {
				kept = everythingIn(t, opened)
				require.NoError(t, opened.Close())
			}
			opened = orderedkv.NewMemory()
			require.NoError(t, opened.Write(kept))
			x, err := queryindex.New(opened)
			require.NoError(t, err)
			return x
		}
	})
}

func everythingIn(t require.TestingT, store orderedkv.Store) *orderedkv.Batch {
	all := &orderedkv.Batch{}
	for p, err := range store.Scan([]byte{1}, []byte{0xff}, false) {
		require.NoError(t, err)
		all.Put(p.Key, p.Value)
	}
	return all
}
