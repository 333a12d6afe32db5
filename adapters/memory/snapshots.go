package memory

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// keptSnapshots is how many snapshots there are at most.
const keptSnapshots = 3

// SnapshotStore is a ports.SnapshotStore in memory.
type SnapshotStore struct {
	mu  sync.Mutex
	all []saved // the newest first
}

type saved struct {
	at      event.Position
	records [][]byte
	bytes   int64
}

var _ ports.SnapshotStore = (*SnapshotStore)(nil)

// Save implements ports.SnapshotStore.
func (s *SnapshotStore) Save(
	ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], _ ports.Pace,
) (int64, error) {
	one := saved{at: at}
	for record, err := range records {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return 0, err
		}
		one.records = append(one.records, bytes.Clone(record))
		one.bytes += int64(len(record))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(old saved) bool { return old.at >= at })
	s.all = slices.Insert(s.all, 0, one)
	s.all = s.all[:min(keptSnapshots, len(s.all))]
	return one.bytes, nil
}

func (s *SnapshotStore) list() []saved {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

// List implements ports.SnapshotStore.
func (s *SnapshotStore) List(ctx context.Context) ([]ports.SnapshotInfo, error) {
	var list []ports.SnapshotInfo
	for _, one := range s.list() {
		list = append(list, ports.SnapshotInfo{At: one.at, Bytes: one.bytes})
	}
	return list, ctx.Err()
}

// Records implements ports.SnapshotStore.
func (s *SnapshotStore) Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		list := s.list()
		i := slices.IndexFunc(list, func(one saved) bool { return one.at == at })
		if i < 0 {
			yield(nil, ports.ErrNotStored)
			return
		}
		list[i].yield(ctx, yield)
	}
}

func (one saved) yield(ctx context.Context, yield func([]byte, error) bool) {
	for _, record := range one.records {
		if ctx.Err() != nil {
			break
		}
		if !yield(record, nil) {
			return
		}
	}
	if err := ctx.Err(); err != nil {
		yield(nil, err)
	}
}
