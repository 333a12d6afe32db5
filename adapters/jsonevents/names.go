package jsonevents

import (
	"path/filepath"

	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
)

// SnapshotsName is the directory, in the data directory, of saved indexes and other snapshots.
const SnapshotsName = "snapshots"

// Names returns the names that the store uses in its data directory.
func Names() []string {
	return []string{
		processlock.LockName, processlock.QueueName, headName, segment.LogName, segment.AsideName, SnapshotsName,
	}
}

// indexFiles returns the saved indexes of a data directory.
func (o *Options) indexFiles(dir string) snapfile.Series {
	return snapfile.Series{Disk: o.Disk, Dir: filepath.Join(dir, SnapshotsName), Kind: logindex.FileKind}
}
