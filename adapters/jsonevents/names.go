package jsonevents

import (
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
)

// The directories, in the data directory, of snapshots, which belong to the application, and of
// indexes.
const (
	SnapshotsName = "snapshots"
	IndexName     = "index"
)

// Names returns the names that the store uses in its data directory.
func Names() []string {
	return []string{
		processlock.LockName, processlock.QueueName, headName, segment.LogName, segment.AsideName, SnapshotsName, IndexName,
	}
}
