package jsonevents_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/ports/eventstoretest"
)

// subject opens a store whose segments are short, so that every test crosses
// several.
func subject(
	t *testing.T, disk durablefile.Disk, dir string, change ...func(*jsonevents.Options),
) eventstoretest.Subject {
	opts := jsonevents.Options{Disk: disk, KeyTTL: eventstoretest.KeyTTL, SegmentBytes: 8 << 10}
	for _, c := range change {
		c(&opts)
	}
	open := func() *jsonevents.Store {
		store, err := jsonevents.Open(dir, opts)
		require.NoError(t, err)
		t.Cleanup(func() { _ = store.Close() })
		return store
	}
	store := open()
	return eventstoretest.Subject{
		Store: store,
		Reopen: func() eventstoretest.Store {
			require.NoError(t, store.Close())
			store = open()
			return store
		},
		Another: func() (eventstoretest.Store, error) { return jsonevents.Open(dir, opts) },
		Leaks: func() string {
			require.NoError(t, store.Close())
			if sim, ok := disk.(*simdisk.Disk); ok && sim.OpenFiles() > 0 {
				return fmt.Sprintf("%d open files", sim.OpenFiles())
			}
			return ""
		},
	}
}

func TestContractOnRealFiles(t *testing.T) {
	eventstoretest.Run(t, func(t *testing.T) eventstoretest.Subject {
		return subject(t, durablefile.OS{}, t.TempDir())
	})
}

func TestContractThroughBreakers(t *testing.T) {
	eventstoretest.Run(t, func(t *testing.T) eventstoretest.Subject {
		return subject(t, simdisk.New(), "/data", func(o *jsonevents.Options) {
			o.Writes, o.Reads = newBreaker(t, "writes", time.Second), newBreaker(t, "reads", time.Second)
			o.ReadPermits = bulkhead.New(bulkhead.Options{Name: "reads", Permits: 2, Queue: 1000})
		})
	})
}

func TestContractOfOneOfSeveralProcesses(t *testing.T) {
	shared := func(o *jsonevents.Options) { o.Shared, o.FollowEvery = true, time.Millisecond }
	t.Run("in memory", func(t *testing.T) {
		eventstoretest.Run(t, func(t *testing.T) eventstoretest.Subject { return subject(t, simdisk.New(), "/data", shared) })
	})
	t.Run("on real files", func(t *testing.T) {
		eventstoretest.Run(t,
			func(t *testing.T) eventstoretest.Subject { return subject(t, durablefile.OS{}, t.TempDir(), shared) })
	})
}

func TestContractInMemory(t *testing.T) {
	eventstoretest.Run(t, func(t *testing.T) eventstoretest.Subject {
		return subject(t, simdisk.New(), "/data")
	})
}
