package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// balance is what the streams of one commit must agree on at its end.
type balance struct {
	at    time.Time
	items map[stock.Key]bool // changed
	holds map[holdName]bool  // touched from either side
	// claims are units as reservations and transfers tell, less the same as items
	// tell: 0 each in the end.
	claims map[claim]int64
	// created is by how many units of a SKU the items, and the transfers to
	// them, grew beyond the units from outside: 0 each in the end.
	created map[string]int64
}

type holdName struct {
	item        stock.Key
	reservation string
	expiresAt   int64 // in microseconds since 1970, 0 for none
}

// claim is what happened to units of one item for one reservation or transfer.
type claim struct {
	what string
	id   string
	item stock.Key
}

func newBalance(at time.Time) *balance {
	return &balance{
		at: at, items: map[stock.Key]bool{}, holds: map[holdName]bool{}, claims: map[claim]int64{},
		created: map[string]int64{},
	}
}

func (b *balance) touch(item stock.Key, id string, expiresAt time.Time) {
	b.holds[holdName{item: item, reservation: id, expiresAt: micros(expiresAt)}] = true
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func (b *balance) touchLines(r *reservation.Reservation) {
	for _, l := range r.Lines {
		b.touch(l.Key, r.ID, r.ExpiresAt)
	}
}

func (b *balance) claim(what, id string, item stock.Key, units int64) {
	b.claims[claim{what: what, id: id, item: item}] += units
}

// itemChanged notes what an event did to an item.
func (b *balance) itemChanged(before stock.Levels, item *stock.Item, fact stock.Event) {
	key := item.Key
	b.items[key] = true
	var outside int64 // units that came into the world
	switch c := fact.Change.(type) {
	case stock.Adjusted:
		outside = c.Delta
	case stock.Counted:
		outside = c.OnHand - before.OnHand
	case stock.Reserved:
		b.touch(key, c.ReservationID, c.ExpiresAt)
	case stock.Extended:
		b.touch(key, c.ReservationID, c.ExpiresAt)
		b.touch(key, c.ReservationID, c.Before)
	case stock.Committed:
		outside = -c.Quantity
		b.touch(key, c.ReservationID, c.ExpiresAt)
		b.claim("committed", c.ReservationID, key, -c.Quantity)
	case stock.Released:
		b.touch(key, c.ReservationID, c.ExpiresAt)
	case stock.Expired:
		b.touch(key, c.ReservationID, fact.At)
	case stock.Returned:
		if c.ReservationID != "" {
			outside = c.Quantity
		}
		b.claim("returned", c.ReservationID+c.TransferID, key, -c.Quantity)
	case stock.Shipped:
		b.claim("shipped", c.TransferID, key, -c.Quantity)
	case stock.Received:
		b.claim("good", c.TransferID, key, -c.Good)
		b.claim("damaged", c.TransferID, key, -c.Damaged)
	case stock.Lost:
		outside = -c.Quantity
		b.claim("lost", c.TransferID, key, -c.Quantity)
	}
	b.created[key.SKU] += item.OnHand + item.Incoming - before.OnHand - before.Incoming - outside
}

// reservationChanged notes what a reservation says of its items.
func (b *balance) reservationChanged(id string, fact reservation.Event) {
	switch c := fact.Change.(type) {
	case reservation.Committed:
		for _, p := range c.Lines {
			b.claim("committed", id, p.Key, p.Quantity)
		}
	case reservation.Returned:
		for _, p := range c.Lines {
			b.claim("returned", id, p.Key, p.Quantity)
		}
	}
}

// transferChanged notes what a transfer says of its items.
func (b *balance) transferChanged(t *transfer.Transfer, fact transfer.Event) {
	from := func(sku string) stock.Key { return stock.Key{Store: t.From, SKU: sku} }
	to := func(sku string) stock.Key { return stock.Key{Store: t.To, SKU: sku} }
	for _, l := range t.Lines {
		b.items[to(l.SKU)] = true
	}
	switch c := fact.Change.(type) {
	case transfer.Shipped:
		for _, u := range c.Lines {
			b.claim("shipped", t.ID, from(u.SKU), u.Quantity)
		}
	case transfer.Received:
		for _, l := range c.Lines {
			b.claim("good", t.ID, to(l.SKU), l.Good)
			b.claim("damaged", t.ID, to(l.SKU), l.Damaged)
			b.claim("lost", t.ID, to(l.SKU), l.Lost)
		}
	case transfer.Cancelled:
		for _, u := range c.Lines {
			b.claim("returned", t.ID, from(u.SKU), u.Quantity)
		}
	}
}

func (h holdName) compare(other holdName) int {
	return cmp.Or(h.item.Compare(other.item), strings.Compare(h.reservation, other.reservation),
		cmp.Compare(h.expiresAt, other.expiresAt))
}

func (c claim) compare(other claim) int {
	return cmp.Or(c.item.Compare(other.item), strings.Compare(c.id, other.id), strings.Compare(c.what, other.what))
}

// checkBalance checks that the streams agree at the end of a commit. It finds the same
// fault first in every run.
func (a *Auditor) checkBalance(b *balance) error {
	for _, key := range slices.SortedFunc(maps.Keys(a.news), stock.Key.Compare) {
		return fmt.Errorf("%s of %v is missing", a.news[key].Type(), key)
	}
	for _, c := range slices.SortedFunc(maps.Keys(b.claims), claim.compare) {
		if units := b.claims[c]; units != 0 {
			return fmt.Errorf("item %v and %q differ by %d units %s", c.item, c.id, units, c.what)
		}
	}
	for _, sku := range slices.Sorted(maps.Keys(b.created)) {
		if units := b.created[sku]; units != 0 {
			return fmt.Errorf("%d units of %q came from nowhere", units, sku)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(b.items), stock.Key.Compare) {
		item := a.items[key]
		if item == nil || item.Incoming != a.awaited[key] {
			return fmt.Errorf("%d units are on their way to %v, but not as the item says", a.awaited[key], key)
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(b.holds), holdName.compare) {
		if err := a.agree(name, b.at); err != nil {
			return err
		}
	}
	return nil
}

// agree checks that an item holds for a reservation what that has. From the
// deadline on the item may say first that it holds nothing.
func (a *Auditor) agree(name holdName, at time.Time) error {
	var expiresAt time.Time
	if name.expiresAt != 0 {
		expiresAt = time.UnixMicro(name.expiresAt)
	}
	var held, had int64
	if item := a.items[name.item]; item != nil {
		hold, _ := item.Hold(name.reservation, expiresAt)
		held = hold.Quantity
	}
	if r := a.reservations.inMemory[name.reservation]; r != nil && micros(r.ExpiresAt) == name.expiresAt {
		line, _ := r.Line(name.item)
		had = line.Remaining
	}
	overdue := name.expiresAt != 0 && !at.Before(expiresAt)
	if held == had || held == 0 && overdue {
		return nil
	}
	return fmt.Errorf("item %v holds %d units for reservation %q, which has %d", name.item, held, name.reservation, had)
}
