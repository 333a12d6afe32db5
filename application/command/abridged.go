package command

import (
	"context"
	"fmt"
	"strconv"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
)

// fewLines is how many lines an answer may have to be kept whole. One with more is abridged to id and version,
// so that a command with a key writes in proportion to it, too; the log has the rest.
const fewLines = 4

func appendAbridged(dst []byte, id string, version event.Version) []byte {
	dst = event.AppendString(append(dst, `{"id":`...), id)
	return append(strconv.AppendInt(append(dst, `,"version":`...), int64(version), 10), '}')
}

// abridged is an answer that may have been kept abridged.
type abridged interface {
	// restore reads from the log what the answer lacks.
	restore(*restorer) error
}

// restorer restores the answers of one commit. The versions of a reservation or transfer ascend.
type restorer struct {
	ctx          context.Context //nolint:containedctx // lives as long as the call
	ledger       *ledger.Ledger
	reservations map[string]*reservation.Reservation // the last that was restored
	transfers    map[string]*transfer.Transfer
}

func newRestorer(ctx context.Context, l *ledger.Ledger) *restorer {
	return &restorer{
		ctx: ctx, ledger: l, reservations: map[string]*reservation.Reservation{}, transfers: map[string]*transfer.Transfer{},
	}
}

func (r *ReservationResult) restore(from *restorer) error {
	if r.Reservation.Lines != nil {
		return nil
	}
	of := from.ledger.Inventory().Reservations()
	return restoreEntry(from, of, from.reservations, r.Reservation.ID, r.Reservation.Version, &r.Reservation)
}

func (r *TransferResult) restore(from *restorer) error {
	if r.Lines != nil {
		return nil
	}
	of := from.ledger.Inventory().Transfers()
	return restoreEntry(from, of, from.transfers, r.ID, r.Version, &r.Transfer)
}

func (b *BatchResult) restore(from *restorer) error {
	for i := range b.Results {
		var err error
		switch r := &b.Results[i]; {
		case r.Reservation != nil:
			err = r.Reservation.restore(from)
		case r.Transfer != nil:
			err = r.Transfer.restore(from)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func restoreEntry[A any](
	from *restorer, of *inventory.Registry[A], last map[string]*A, id string, version event.Version, into *A,
) error {
	var entry *A
	var err error
	if before := last[id]; before != nil {
		entry, err = of.Follow(from.ctx, from.ledger.Log(), before, version)
	} else {
		entry, err = of.AtVersion(from.ctx, from.ledger.Log(), id, version)
	}
	if err == nil && entry == nil {
		err = fmt.Errorf("the log has no version %d of %s", version, id)
	}
	if err != nil {
		return fmt.Errorf("restore an answer: %w", err)
	}
	last[id], *into = entry, *entry
	return nil
}
