package indexing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Late is an index that may be opened, or built, after the start only, because the disk is full.
// Until the Indexer has done so, all that is closed later stays in memory, single entries are read from
// the log, and lists of closed entries are unavailable.
type Late struct {
	open func() (ports.QueryIndex, error)

	mu      sync.Mutex // one attempt to open at a time
	closed  bool
	made    ports.QueryIndex                              // that open returned; it may not be fit yet
	prepare func(context.Context, ports.QueryIndex) error // makes the index fit for the state

	reason atomic.Pointer[error] // why it is not ready
	needed atomic.Int64          // the position of the mark that the state needs
	index  atomic.Pointer[ports.QueryIndex]
}

// NewLate makes an index that is opened later. why is what the first attempt returned.
func NewLate(open func() (ports.QueryIndex, error), why error) *Late {
	l := &Late{open: open, prepare: func(context.Context, ports.QueryIndex) error { return nil }}
	l.reason.Store(&why)
	return l
}

// Opened makes a Late of an index that is open. It is ready after Prepare, or if it cannot be written
// then, later.
func Opened(index ports.QueryIndex) *Late {
	l := NewLate(nil, errUnprepared)
	l.made = index
	return l
}

var errUnprepared = errors.New("the start has not prepared it yet")

// begin makes the index fit, if it is open. If it is not, or cannot be written now, that is done
// later. The report is told of that. Errors are those of the log, and ctx's.
func (l *Late) begin(
	ctx context.Context, need Need, prepare func(context.Context, ports.QueryIndex) error, report ports.Reporter,
) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.needed.Store(int64(need.Mark))
	l.prepare = prepare
	if l.made == nil {
		return nil
	}
	err := l.fit(ctx, l.made)
	if _, ofIndex := errors.AsType[*unwritableError](err); !ofIndex || ctx.Err() != nil {
		return err
	}
	report(ports.Incident{
		Component: component, Severe: true, Err: err,
		Message: "the index of closed reservations and transfers cannot be built now: " +
			"single ones are read from the log, and their lists are unavailable",
	})
	return nil
}

// fit makes an index fit and then uses it. The lock is held.
func (l *Late) fit(ctx context.Context, index ports.QueryIndex) error {
	if err := l.prepare(ctx, index); err != nil {
		l.reason.Store(&err)
		return err
	}
	l.index.Store(&index)
	return nil
}

// Open opens the index and makes it fit, unless it is ready.
func (l *Late) Open(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index.Load() != nil || l.closed {
		return nil
	}
	if l.made == nil {
		index, err := l.open()
		if err != nil {
			l.reason.Store(&err)
			return l.unavailable()
		}
		l.made = index
	}
	return l.fit(ctx, l.made)
}

func (l *Late) isReady() bool { return l.index.Load() != nil }

func (l *Late) unavailable() error {
	return fmt.Errorf("%w: the index is not ready: %w", ports.ErrUnavailable, *l.reason.Load())
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

// Mark implements ports.QueryIndex. Until the index is ready it is the mark that the state needs, which
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
	if l.made == nil {
		return nil
	}
	return l.made.Close()
}
