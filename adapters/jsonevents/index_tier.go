package jsonevents

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/ports"
)

// indexDir is the directory of the index: a slot for each process that shares the data directory.
func indexDir(dir string) string { return filepath.Join(dir, IndexName, "log") }

// indexCacheBytes has room for the filters of 80 million idempotency keys. It fills only as far as
// look-ups need it.
const indexCacheBytes = 128 << 20

// openIndex opens the store of the index. An index that cannot be opened must not keep the service
// from starting: then it is in memory.
func (o *Options) openIndex(dir string) orderedkv.Store {
	store, err := o.Index(dir)
	if err == nil {
		return store
	}
	o.reportNoIndex(err)
	return orderedkv.NewMemory()
}

func (o *Options) reportNoIndex(why error) {
	o.Report(ports.Incident{
		Component: component, Severe: true, Err: why,
		Message: "the index of the log cannot be written: this process reads the whole log and keeps the index in memory",
	})
}

// defaultIndex is on disk if the log is, in memory on any other disk.
func (o *Options) defaultIndex(dir string) (orderedkv.Store, error) {
	if _, onDisk := o.Disk.(durablefile.OS); !onDisk {
		return orderedkv.NewMemory(), nil
	}
	return orderedkv.OpenSlot(indexDir(dir), orderedkv.Options{MissesAreCommon: true, CacheBytes: indexCacheBytes})
}

// indexOptions are those of the index in memory.
func (o *Options) indexOptions() logindex.Options {
	return logindex.Options{
		KnowKeys: o.knowsKeysFor(), MaxKeys: o.Limits.Keys, MaxStreams: o.Limits.Keys, Tails: o.Limits.Tails,
	}
}

// removeSavedIndexes removes the files that earlier versions saved the index to. Nothing reads them,
// so a failure is left to the next start.
func removeSavedIndexes(disk durablefile.Disk, dir string) {
	snapshots := filepath.Join(dir, SnapshotsName)
	names, err := disk.List(snapshots)
	if err != nil {
		return
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".index") || strings.HasSuffix(name, ".index.tmp") {
			if err := disk.Remove(filepath.Join(snapshots, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return
			}
		}
	}
}
