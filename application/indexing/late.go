package indexing

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Late is an index that cannot be opened yet, because the disk is full. Until the Indexer has opened
// it, all that is closed later stays in memory, single entries are read from the log, and lists of
// closed entries are unavailable.
type Late struct {
	open func() (ports.QueryIndex, error)

	mu      sync.Mutex // one attempt to open at a time
	closed  bool
	prepare func(context.Context, ports.QueryIndex) error // makes the index fit for the state

	reason atomic.Pointer[error] // why it is not open
	needed atomic.Int64          // the position of the mark that the state needs
	index  atomic.Pointer[ports.QueryIndex]
}

// NewLate makes an index that is opened later. why is what the first attempt returned.
func NewLate(open func() (ports.QueryIndex, error), why error) *Late {
	l := &Late{open: open, prepare: func(context.Context, ports.QueryIndex) error { return nil }}
	l.reason.Store(&why)
	return l
}

// later says what is to be done with the index before its first use.
func (l *Late) later(need Need, prepare func(context.Context, ports.QueryIndex) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.needed.Store(int64(need.Mark))
	l.prepare = prepare
}

// Open opens the index, unless it is open.
func (l *Late) Open(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index.Load() != nil || l.closed {
		return nil
	}
	index, err := l.open()
	if err != nil {
		l.reason.Store(&err)
		return l.unavailable()
	}
	if err := l.prepare(ctx, index); err != nil {
		_ = index.Close() // the failure of prepare says more
		return err
	}
	l.index.Store(&index)
	return nil
}

func (l *Late) isOpen() bool { return l.index.Load() != nil }

func (l *Late) unavailable() error {
	return fmt.Errorf("%w: the index is not open: %w", ports.ErrUnavailable, *l.reason.Load())
}

// Find implements ports.QueryIndex.
func (l *Late) Find(ctx context.Context, kind ports.EntryKind, id string) (ports.ClosedEntry, bool, error) {
	if index := l.index.Load(); index != nil {
		return (*index).Find(ctx, kind, id)
	}
	return ports.ClosedEntry{}, false, l.unavailable()
}

// List implements ports.QueryIndex.
func (l *Late) List(ctx context.Context, q ports.ClosedQuery) (ports.ClosedPage, error) {
	if index := l.index.Load(); index != nil {
		return (*index).List(ctx, q)
	}
	return ports.ClosedPage{}, l.unavailable()
}

// Put implements ports.QueryIndex.
func (l *Late) Put(ctx context.Context, entries []ports.ClosedEntry, mark ports.IndexMark) error {
	if index := l.index.Load(); index != nil {
		return (*index).Put(ctx, entries, mark)
	}
	return l.unavailable()
}

// Mark implements ports.QueryIndex. Until the index is open it is the mark that the state needs, which
// snapshots need, too.
func (l *Late) Mark() ports.IndexMark {
	if index := l.index.Load(); index != nil {
		return (*index).Mark()
	}
	return ports.IndexMark{Position: event.Position(l.needed.Load())}
}

// Reset implements ports.QueryIndex.
func (l *Late) Reset(ctx context.Context) error {
	if index := l.index.Load(); index != nil {
		return (*index).Reset(ctx)
	}
	return l.unavailable()
}

// Status implements ports.QueryIndex.
func (l *Late) Status() ports.IndexStatus {
	if index := l.index.Load(); index != nil {
		return (*index).Status()
	}
	return ports.IndexStatus{Detail: l.unavailable().Error()}
}

// Close implements io.Closer.
func (l *Late) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if index := l.index.Load(); index != nil {
		return (*index).Close()
	}
	return nil
}
