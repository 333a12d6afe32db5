package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// Auditor folds a log from its beginning and holds every event against the state
// before it, and every commit against all streams. Make one with New and give it
// the commits in order.
type Auditor struct {
	items        map[stock.Key]*stock.Item
	reservations *entries[reservation.Reservation]
	transfers    *entries[transfer.Transfer]
	index        ports.QueryIndex         // of closed ones; nil: they are in memory
	awaited      map[stock.Key]int64      // units on their way to an item, as the transfers say
	answers      map[string]event.Version // of the streams of kept answers
	news         news
	position     event.Position // of the commit at hand
	commit       string         // its id
}

// New makes an auditor that has seen nothing. It keeps closed reservations and transfers in an empty
// index, which it changes; nil keeps them in memory.
func New(index ports.QueryIndex) *Auditor {
	return &Auditor{
		items:        map[stock.Key]*stock.Item{},
		reservations: newReservations(index),
		transfers:    newTransfers(index),
		index:        index,
		awaited:      map[stock.Key]int64{},
		answers:      map[string]event.Version{},
		news:         news{},
	}
}

// Items is how many items the log has shown so far.
func (a *Auditor) Items() int { return len(a.items) }

// Reservations is how many reservations the log has shown so far.
func (a *Auditor) Reservations() int { return a.reservations.count }

// Transfers is how many transfers the log has shown so far.
func (a *Auditor) Transfers() int { return a.transfers.count }

// Check takes the next commit. An error says which event, or which commit,
// breaks which rule.
func (a *Auditor) Check(c ports.Recorded) error {
	b := newBalance(c.Time)
	a.position, a.commit = c.Position, c.ID
	for i := range c.Events {
		e := &c.Events[i]
		err := a.event(b, &c, e)
		if err == nil && e.Time.After(c.Time) {
			err = errors.New("it happened after its commit")
		}
		if err != nil {
			return fmt.Errorf("position %d, event %d (%s on %q): %w", c.Position, i, e.Type, string(e.Stream), err)
		}
	}
	if err := a.checkBalance(b); err != nil {
		return fmt.Errorf("position %d: %w", c.Position, err)
	}
	return a.settle()
}

func (a *Auditor) event(b *balance, c *ports.Recorded, e *ports.Event) error {
	if key, ok := stock.KeyOf(e.Stream); ok {
		return a.itemEvent(b, key, e)
	}
	if id, ok := reservation.IDOf(e.Stream); ok {
		return a.reservationEvent(b, id, e)
	}
	if id, ok := transfer.IDOf(e.Stream); ok {
		return a.transferEvent(b, id, e)
	}
	if id, ok := deadletter.IDOf(e.Stream); ok {
		return a.deadLetterEvent(id, e)
	}
	if id, ok := answer.IDOf(e.Stream); ok {
		return a.answerEvent(c, id, e)
	}
	return fmt.Errorf("the stream is not one of this program's: %w", &event.UnknownTypeError{Type: e.Type})
}

// follows checks what all events of a stream have in common.
func follows(e *ports.Event, version event.Version, updatedAt time.Time) error {
	if e.Version != version+1 {
		return fmt.Errorf("version %d follows %d", e.Version, version)
	}
	if e.Time.Before(updatedAt) {
		return errors.New("it happened before the event before it")
	}
	return nil
}

func (a *Auditor) itemEvent(b *balance, key stock.Key, e *ports.Event) error {
	if stock.CheckStore(key.Store) != nil || !stock.WasSKU(key.SKU) {
		return errors.New("the item's name is not in its normal form")
	}
	fact, err := stock.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return err
	}
	item := a.items[key]
	if item == nil {
		item = &stock.Item{Key: key}
		a.items[key] = item
	}
	if err := cmp.Or(follows(e, item.Version, item.UpdatedAt), holdMatches(*item, fact)); err != nil {
		return err
	}
	before := *item
	item.Apply(fact)
	if !item.Equal(fact.After) {
		return fmt.Errorf("the event says %+v after it, the fold says %+v", fact.After, item.Levels)
	}
	if item.Reserved != item.HeldUnits() {
		return fmt.Errorf("%d units are reserved, but %d are held", item.Reserved, item.HeldUnits())
	}
	b.itemChanged(before.Levels, item, fact)
	return cmp.Or(item.Check(), a.news.redoItem(before, fact))
}

func (a *Auditor) reservationEvent(b *balance, id string, e *ports.Event) error {
	if err := stock.CheckID(id); err != nil {
		return err
	}
	fact, err := reservation.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return err
	}
	r, err := a.reservations.get(id, reservation.Reservation{ID: id})
	if err != nil {
		return err
	}
	if err := follows(e, r.Version, r.UpdatedAt); err != nil {
		return err
	}
	if _, expired := fact.Change.(reservation.Expired); expired && !e.Time.Equal(r.ExpiresAt) {
		return fmt.Errorf("it expired at %v, its deadline was %v", e.Time, r.ExpiresAt)
	}
	before := *r
	b.touchLines(r)
	if err := prolong(a.items, r, fact); err != nil {
		return err
	}
	r.Apply(fact)
	b.touchLines(r)
	a.reservations.set(id, r.Open())
	if !fact.Brief && !r.Equal(fact.After) {
		return fmt.Errorf("the event says %+v after it, the fold says %+v", fact.After, r.State)
	}
	b.reservationChanged(id, fact)
	return cmp.Or(r.Check(), redoReservation(before, fact))
}

func (a *Auditor) transferEvent(b *balance, id string, e *ports.Event) error {
	if err := stock.CheckID(id); err != nil {
		return err
	}
	fact, err := transfer.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return err
	}
	t, err := a.transfers.get(id, transfer.Transfer{ID: id})
	if err != nil {
		return err
	}
	if err := follows(e, t.Version, t.UpdatedAt); err != nil {
		return err
	}
	before := *t
	a.await(t, -1)
	t.Apply(fact)
	a.await(t, 1)
	a.transfers.set(id, t.Open())
	if !fact.Brief && !t.Equal(fact.After) {
		return fmt.Errorf("the event says %+v after it, the fold says %+v", fact.After, t.State)
	}
	b.transferChanged(t, fact)
	return cmp.Or(t.Check(), redoTransfer(before, fact))
}

// await adds what a transfer has on its way, or takes it off.
func (a *Auditor) await(t *transfer.Transfer, sign int64) {
	for _, l := range t.Lines {
		a.awaited[stock.Key{Store: t.To, SKU: l.SKU}] += sign * l.Pending
	}
}

// maxClosed is how many closed reservations and transfers are in memory at most, if there is an index.
const maxClosed = 10_000

// Flush returns the index with everything that is closed after the last commit.
func (a *Auditor) Flush(ctx context.Context) (ports.QueryIndex, error) {
	list := a.transfers.take(a.reservations.take(nil))
	if err := a.index.Put(ctx, list, ports.IndexMark{Position: a.position, Commit: a.commit}); err != nil {
		return nil, fmt.Errorf("keep what is closed: %w", err)
	}
	a.reservations.drop()
	a.transfers.drop()
	return a.index, nil
}

// settle keeps the memory bounded, if there is an index.
func (a *Auditor) settle() error {
	if a.index == nil || len(a.reservations.closed)+len(a.transfers.closed) < maxClosed {
		return nil
	}
	_, err := a.Flush(context.Background())
	return err
}

// Open returns the version of a reservation or transfer that is open, else 0.
func (a *Auditor) Open(kind ports.EntryKind, id string) event.Version {
	if kind == ports.ReservationEntry {
		if r := a.reservations.inMemory[id]; r != nil && r.Open() {
			return r.Version
		}
		return 0
	}
	if t := a.transfers.inMemory[id]; t != nil && t.Open() {
		return t.Version
	}
	return 0
}
