package indexing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// Need is what a state needs of its index.
type Need struct {
	Mark event.Position // the closed entries that are not in memory are in an index with this mark, or a later one
	At   event.Position // of the last commit in the state
}

// Prepare makes an index fit for a state. It empties an index that is not of this log, and adds from
// the log what an index lacks that is empty or older than the state needs. The report is told why,
// and how far that is. For a Late index this is done once it is open and can be written.
func Prepare(ctx context.Context, index ports.QueryIndex, log ports.EventFeed, need Need, report ports.Reporter) error {
	late, ok := index.(*Late)
	if !ok {
		return prepare(ctx, index, log, need, report)
	}
	tell := once(report)
	return late.begin(ctx, need, func(ctx context.Context, index ports.QueryIndex) error {
		return prepare(ctx, index, log, need, tell)
	}, report)
}

const isBuilt = "the index of closed reservations and transfers is being built"

// once tells the same only once in several attempts, but for their progress.
func once(report ports.Reporter) ports.Reporter {
	told := map[string]bool{}
	return func(i ports.Incident) {
		if !told[i.Message] {
			report(i)
		}
		told[i.Message] = i.Message != isBuilt
	}
}

func prepare(ctx context.Context, index ports.QueryIndex, log ports.EventFeed, need Need, report ports.Reporter) error {
	mark := index.Mark()
	if err := belongs(ctx, log, mark); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("check the index: %w", ctx.Err())
		}
		report(ports.Incident{
			Component: component, Message: "the index of closed reservations and transfers is not of this log: it is built again",
			Err: err, Severe: true,
		})
		if err := writing(ctx, index.Reset); err != nil {
			return fmt.Errorf("empty the index: %w", err)
		}
		mark = index.Mark()
	}
	if mark.Position >= need.Mark {
		return nil
	}
	b := &builder{index: index, upTo: need.At, report: report, told: time.Now()} //nolint:forbidigo // measures
	report(b.progress("the index of closed reservations and transfers lacks some: they are read from the log", mark.Position))
	if err := b.read(ctx, log, mark.Position); err != nil {
		return fmt.Errorf("build the index from the log: %w", err)
	}
	report(b.progress("the index of closed reservations and transfers is complete", need.At))
	return nil
}

// belongs checks that the log has the commit of a mark.
func belongs(ctx context.Context, log ports.EventFeed, mark ports.IndexMark) error {
	if mark.Position == 0 {
		return nil
	}
	id, err := feed.CommitID(ctx, log, mark.Position)
	if err == nil && id != mark.Commit {
		err = errors.New("it is the index of another log")
	}
	return err
}

const (
	buildBatch = 4096            // entries in a write
	tellEvery  = 5 * time.Second // between two reports of the progress
)

// builder adds the closed entries of the log to an index. Every event that closes
// a reservation or transfer says everything about it, so no event before matters. An entry that is opened again stays in the
// index at its old version: memory has it, and comes first.
type builder struct {
	index  ports.QueryIndex
	upTo   event.Position
	report ports.Reporter
	told   time.Time
	batch  []ports.ClosedEntry
}

// read adds what commits after a position have closed. The mark moves with each write, so that the
// next start continues there.
func (b *builder) read(ctx context.Context, log ports.EventFeed, after event.Position) error {
	for c, err := range log.Commits(ctx, after) {
		if err != nil {
			return fmt.Errorf("read log: %w", err)
		}
		for i := range c.Events {
			if err := b.event(&c.Events[i]); err != nil {
				return fmt.Errorf("position %d: %w", c.Position, err)
			}
		}
		if err := b.settle(ctx, &c); err != nil || c.Position >= b.upTo {
			return err
		}
	}
	return fmt.Errorf("the log ends before position %d", b.upTo)
}

// settle writes a full batch or the last one, and tells the progress.
func (b *builder) settle(ctx context.Context, c *ports.Recorded) error {
	if now := time.Now(); now.Sub(b.told) >= tellEvery { //nolint:forbidigo // measures
		b.told = now
		b.report(b.progress(isBuilt, c.Position))
	}
	if len(b.batch) < buildBatch && c.Position < b.upTo {
		return nil
	}
	err := writing(ctx, func(ctx context.Context) error {
		return b.index.Put(ctx, b.batch, ports.IndexMark{Position: c.Position, Commit: c.ID})
	})
	b.batch = b.batch[:0]
	return err
}

// unwritableError is why an index cannot be written at present.
type unwritableError struct{ error }

func (e *unwritableError) Unwrap() error { return e.error }

// writing waits for a write to an index for a limited time. Errors are *unwritableError.
func writing(ctx context.Context, write func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, settleFor)
	defer cancel()
	if err := write(limited); err != nil {
		return &unwritableError{err}
	}
	return nil
}

func (b *builder) progress(message string, at event.Position) ports.Incident {
	return ports.Incident{
		Component: component, Message: message,
		Detail: fmt.Sprintf("position %d of %d; %d entries", at, b.upTo, b.index.Status().Entries),
	}
}

func (b *builder) event(e *ports.Event) error {
	if id, ok := reservation.IDOf(e.Stream); ok {
		fact, err := reservation.Decode(e.Type, e.Time, e.Data)
		if err == nil && !fact.Brief && !fact.After.Open() {
			r := &reservation.Reservation{ID: id, State: fact.After, UpdatedAt: fact.At}
			b.batch = append(b.batch, closed.FromReservation(r))
		}
		return err
	}
	if id, ok := transfer.IDOf(e.Stream); ok {
		fact, err := transfer.Decode(e.Type, e.Time, e.Data)
		if err == nil && !fact.Brief && !fact.After.Open() {
			t := &transfer.Transfer{ID: id, State: fact.After, UpdatedAt: fact.At}
			b.batch = append(b.batch, closed.FromTransfer(t))
		}
		return err
	}
	return nil
}
