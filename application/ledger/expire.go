package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// sweeper is the actor of commits that only say that deadlines have come.
const sweeper = "onhand-sweeper"

// chunk is how many deadlines a commit of their own tells of. Small enough that
// the commits of others, which share the disk with it, wait for no longer than
// they do for each other.
const chunk = 250

// expireCrowd writes the overdue holds of items in commits of their own. The
// items' lanes and leases are held by the turn.
func (l *Ledger) expireCrowd(items []stock.Key, held *holding) error {
	set := newKeySet(Keys{Items: items})
	for {
		r := &round{now: l.clock.Now()}
		tx := l.begin(r, &set)
		for left, n := chunk, 0; n < len(items) && left > 0; n++ {
			overdue := tx.Overdue(items[n])
			tx.expireSome(items[n], left)
			left -= min(left, overdue)
		}
		if len(tx.facts) == 0 {
			return nil
		}
		c := ports.Commit{ID: l.newID(), Time: r.now, Actor: sweeper, Events: tx.facts, Tokens: held.epochs(tx.written())}
		fates, err := l.write(held, []ports.Commit{c})
		if err == nil {
			err = fates[0].Err
		}
		if err != nil {
			return fmt.Errorf("expire holds: %w", err)
		}
		l.show(tx.slots, tx.news, &c, fates[0].Position)
	}
}

// Sweep writes what deadlines have done to reservations and their items that
// nobody has changed since, so that whoever follows the log hears of it. No
// number depends on it. It returns when nothing is overdue, and works in small
// commands, which wait their turn as others do.
func (l *Ledger) Sweep(ctx context.Context) error {
	for {
		now := l.clock.Now()
		due := l.state.Reservations().Due(now, chunk)
		if len(due) == 0 {
			return nil
		}
		var ids []string
		lines := 0
		for _, r := range due {
			if lines += len(r.Lines); lines > chunk && len(ids) > 0 {
				break
			}
			ids = append(ids, r.ID)
			for _, line := range r.Lines {
				if err := l.sweepItem(ctx, line.Key); err != nil {
					return err
				}
			}
		}
		if err := l.sweepReservations(ctx, ids); err != nil {
			return err
		}
	}
}

// sweepItem writes an item's overdue holds, some in each command.
func (l *Ledger) sweepItem(ctx context.Context, key stock.Key) error {
	for l.state.Item(key).Overdue(l.clock.Now()) > 0 {
		_, err := l.Execute(ctx, Request{
			Keys:  Keys{Items: []stock.Key{key}},
			Actor: sweeper,
			Decide: func(tx *Tx) (Result, error) {
				tx.expireSome(key, chunk)
				return nil, nil //nolint:nilnil // there is nobody to tell
			},
		})
		if err != nil {
			return fmt.Errorf("sweep item: %w", err)
		}
	}
	return nil
}

// held tells whether an item has not said yet that a reservation's deadline came.
func (l *Ledger) held(r reservation.Reservation) bool {
	return slices.ContainsFunc(r.Lines, func(line reservation.Line) bool {
		_, held := l.state.Item(line.Key).Hold(r.ID, r.ExpiresAt)
		return held
	})
}

// sweepReservations writes that reservations came to their deadline, once their
// items have said so.
func (l *Ledger) sweepReservations(ctx context.Context, ids []string) error {
	_, err := l.Execute(ctx, Request{
		Keys:  Keys{Reservations: ids},
		Actor: sweeper,
		Decide: func(tx *Tx) (Result, error) {
			for _, id := range ids {
				if r := tx.Reservation(id); !l.held(r) {
					tx.RecordReservation(id, r.Expire(tx.Now()))
				}
			}
			return nil, nil //nolint:nilnil // there is nobody to tell
		},
	})
	if err != nil {
		return fmt.Errorf("sweep reservations: %w", err)
	}
	return nil
}
