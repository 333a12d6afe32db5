package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// sweeperActor is the actor of commits that only say that deadlines have come.
const sweeperActor = "onhand-sweeper"

// expireTogether is how many deadlines a commit of their own tells of. Small enough that
// the commits of others, which share the disk with it, wait for no longer than they do for
// each other.
const expireTogether = 250

// expire writes the overdue holds of items in commits of their own. The batch has the
// items' queues and leases. Each commit is a decision like others: another process may prolong
// a hold until the deadline is closed, and no version of the item tells that.
func (b *batch) expire(items []stock.Key) error {
	l, all := b.ledger, &pending{set: newKeySet(Keys{Items: items})}
	for {
		now, err := l.tailer.beginDecisions(context.Background(), []*pending{all})
		if err != nil {
			return err
		}
		a := &attempt{ledger: l, lease: b.lease, now: now}
		tx := a.begin(&all.set)
		for left, n := expireTogether, 0; n < len(items) && left > 0; n++ {
			overdue := tx.Overdue(items[n])
			tx.expireSome(items[n], left)
			left -= min(left, overdue)
		}
		l.tailer.endDecisions()
		if len(tx.events) == 0 {
			return nil
		}
		commits := []ports.Commit{{
			ID: l.newID(), Time: a.now, Actor: sweeperActor, Events: tx.events, Tokens: b.lease.tokensOf(changedItems(tx)),
		}}
		fates, err := l.writer.append(b.lease, commits)
		if err == nil {
			err = fates[0].Err
		}
		if err != nil {
			return fmt.Errorf("expire holds: %w", err)
		}
		l.publish(tx, &commits[0], fates[0], "")
	}
}

// changedItems returns the streams of the items that a transaction has events on.
func changedItems(tx *Tx) (streams []event.StreamID) {
	for i := range tx.slots.items {
		if tx.slots.items[i].changed {
			streams = append(streams, tx.set.streams[i])
		}
	}
	return streams
}

// sweeper does the work of Sweep.
type sweeper struct{ ledger *Ledger }

func (s *sweeper) sweep(ctx context.Context) error {
	for {
		due := s.ledger.state.Reservations().Due(s.ledger.clock.Now(), expireTogether)
		if len(due) == 0 {
			return nil
		}
		var ids []string
		lines := 0
		for _, r := range due {
			if lines += len(r.Lines); lines > expireTogether && len(ids) > 0 {
				break
			}
			ids = append(ids, r.ID)
			for _, line := range r.Lines {
				if err := s.item(ctx, line.Key); err != nil {
					return err
				}
			}
		}
		if err := s.reservations(ctx, ids); err != nil {
			return err
		}
	}
}

// item writes an item's overdue holds, some in each command.
func (s *sweeper) item(ctx context.Context, key stock.Key) error {
	for s.ledger.state.Item(key).Overdue(s.ledger.clock.Now()) > 0 {
		_, err := s.ledger.Execute(ctx, Request{
			Keys:  Keys{Items: []stock.Key{key}},
			Actor: sweeperActor,
			Decide: func(tx *Tx) (Result, error) {
				tx.expireSome(key, expireTogether)
				return nil, nil //nolint:nilnil // the command has no answer
			},
		})
		if err != nil {
			return fmt.Errorf("sweep item: %w", err)
		}
	}
	return nil
}

// reservations writes that reservations came to their deadline, once their items have
// said so.
func (s *sweeper) reservations(ctx context.Context, ids []string) error {
	_, err := s.ledger.Execute(ctx, Request{
		Keys:  Keys{Reservations: ids},
		Actor: sweeperActor,
		Decide: func(tx *Tx) (Result, error) {
			for _, id := range ids {
				if r := tx.Reservation(id); !s.held(r) {
					tx.RecordReservation(id, r.Expire(tx.Now()))
				}
			}
			return nil, nil //nolint:nilnil // the command has no answer
		},
	})
	if err != nil {
		return fmt.Errorf("sweep reservations: %w", err)
	}
	return nil
}

// held reports whether an item has not said yet that a reservation's deadline came.
func (s *sweeper) held(r reservation.Reservation) bool {
	return slices.ContainsFunc(r.Lines, func(line reservation.Line) bool {
		_, held := s.ledger.state.Item(line.Key).Hold(r.ID, r.ExpiresAt)
		return held
	})
}
