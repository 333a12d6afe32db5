package jsondocuments

import (
	"context"
	"iter"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// snapshotKind ends the names of the files.
const snapshotKind = "state"

// Snapshots is a ports.SnapshotStore in a directory.
type Snapshots struct{ files snapfile.Series }

var _ ports.SnapshotStore = (*Snapshots)(nil)

// NewSnapshots makes a store on a directory, which need not exist. A nil disk is the machine's
// file system.
func NewSnapshots(dir string, disk durablefile.Disk) *Snapshots {
	return &Snapshots{snapfile.Series{Disk: orOS(disk), Dir: dir, Kind: snapshotKind}}
}

// Save implements ports.SnapshotStore.
func (s *Snapshots) Save(
	ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
	size, err := s.files.Write(ctx, at, records, pace)
	return size, readOnlyIfFull(err)
}

// List implements ports.SnapshotStore.
func (s *Snapshots) List(ctx context.Context) ([]ports.SnapshotInfo, error) {
	sizes, err := s.files.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]ports.SnapshotInfo, len(sizes))
	for i, one := range sizes {
		list[i] = ports.SnapshotInfo{At: one.At, Bytes: one.Bytes, Name: s.files.File(one.At)}
	}
	return list, nil
}

// Records implements ports.SnapshotStore.
func (s *Snapshots) Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error] {
	return s.files.Records(ctx, at)
}

// Sweep removes the rest of an interrupted Save; otherwise the next Save does. It is called at
// a start, while no process saves.
func (s *Snapshots) Sweep() { _ = s.files.Sweep() } // the rest only takes space
