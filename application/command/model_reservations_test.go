package command_test

import (
	"slices"
	"time"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// What commands on reservations do to the world.

func (w *world) until(seconds *int64) time.Time {
	if seconds == nil {
		return time.Time{}
	}
	return w.now.Add(time.Duration(*seconds) * time.Second)
}

// reserve looks at the items as if the cart that it replaces were not there, and
// refuses no cart the units that it has already.
func (w *world) reserve(id string, parts []stock.Part, seconds *int64, owner string) error {
	old := w.carts[id]
	if old.sum(func(l cartLine) int64 { return l.gone }) > 0 {
		return &reservation.ClosedError{Status: w.cartStatus(old)}
	}
	if w.live(old) && old.owner != owner {
		return &reservation.NotOwnerError{}
	}
	w.created = !w.live(old)
	delete(w.carts, id)
	var lacking []stock.Shortage
	for _, p := range parts {
		l := w.look(p.Key)
		room := available(l) + l.Policy.OversellLimit
		if p.Quantity > room && p.Quantity > w.leftOf(old, p.Key) {
			lacking = append(lacking,
				stock.Shortage{Key: p.Key, Requested: p.Quantity, Available: available(l), Shortfall: p.Quantity - room})
			continue
		}
		if l.Reserved+p.Quantity > stock.MaxQuantity {
			return tooMany("quantity")
		}
	}
	if len(lacking) > 0 {
		return w.refuse(lacking)
	}
	w.touchHeld(old)
	fresh := cart{deadline: w.until(seconds), owner: owner}
	for _, p := range parts {
		fresh.lines = append(fresh.lines, cartLine{item: p.Key, wanted: p.Quantity})
	}
	w.carts[id] = fresh
	w.touchHeld(fresh)
	w.touched[reservation.Stream(id)] = true
	return nil
}

func (w *world) leftOf(c cart, key stock.Key) (units int64) {
	for _, l := range c.lines {
		if l.item == key {
			units = w.left(c, l)
		}
	}
	return units
}

// touchHeld notes the items that hold something for a cart.
func (w *world) touchHeld(c cart) {
	for _, l := range c.lines {
		if w.left(c, l) > 0 {
			w.touchItem(l.item)
		}
	}
}

// usable tells why nothing can be done with what a cart holds.
func (w *world) usable(id string) error {
	c, known := w.carts[id]
	switch {
	case !known:
		return reservation.ErrNotFound
	case w.lapsed(c):
		return &reservation.ExpiredError{ExpiresAt: c.deadline}
	case !w.live(c):
		return &reservation.ClosedError{Status: w.cartStatus(c)}
	default:
		return nil
	}
}

// demand is the parts, or everything there is, or the refusal of too many units.
func demand(c cart, parts []stock.Part, there func(cartLine) int64) ([]stock.Part, error) {
	if len(parts) == 0 {
		for _, l := range c.lines {
			if there(l) > 0 {
				parts = append(parts, stock.Part{Key: l.item, Quantity: there(l)})
			}
		}
		return parts, nil
	}
	var over []reservation.Excess
	for _, p := range parts {
		var has int64
		for _, l := range c.lines {
			if l.item == p.Key {
				has = there(l)
			}
		}
		if p.Quantity > has {
			over = append(over, reservation.Excess{Key: p.Key, Requested: p.Quantity, Remaining: has})
		}
	}
	if len(over) > 0 {
		return nil, &reservation.ExceedsError{Lines: over}
	}
	return parts, nil
}

// each changes the lines of a cart that the parts are about.
func (w *world) each(id string, parts []stock.Part, change func(*cartLine, int64)) {
	w.touched[reservation.Stream(id)] = true
	c := w.carts[id]
	for _, p := range parts {
		at := slices.IndexFunc(c.lines, func(l cartLine) bool { return l.item == p.Key })
		change(&c.lines[at], p.Quantity)
		w.touchItem(p.Key)
	}
}

func (w *world) commit(id string, parts []stock.Part, remainder reservation.Remainder) error {
	if err := w.usable(id); err != nil {
		return err
	}
	parts, err := demand(w.carts[id], parts, rest)
	if err != nil {
		return err
	}
	var lacking []stock.Shortage
	for _, p := range parts {
		if there := sellable(w.look(p.Key)); p.Quantity > there {
			lacking = append(lacking, short(p.Key, p.Quantity, there))
		}
	}
	if len(lacking) > 0 {
		return w.refuse(lacking)
	}
	w.each(id, parts, func(l *cartLine, n int64) { l.gone += n })
	if remainder == reservation.ReleaseRemainder && w.live(w.carts[id]) {
		return w.release(id, nil)
	}
	return nil
}

func (w *world) release(id string, parts []stock.Part) error {
	c, known := w.carts[id]
	if !known {
		return reservation.ErrNotFound
	}
	if !w.live(c) {
		return &reservation.ClosedError{Status: w.cartStatus(c)}
	}
	parts, err := demand(c, parts, rest)
	if err != nil {
		return err
	}
	w.each(id, parts, func(l *cartLine, n int64) { l.freed += n })
	return nil
}

func (w *world) giveBack(id string, parts []stock.Part) error {
	c, known := w.carts[id]
	if !known {
		return reservation.ErrNotFound
	}
	if c.sum(out) == 0 && (len(parts) == 0 || !w.live(c)) {
		return &reservation.ClosedError{Status: w.cartStatus(c)}
	}
	parts, err := demand(c, parts, out)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if w.look(p.Key).OnHand+p.Quantity > stock.MaxQuantity {
			return tooMany("quantity")
		}
	}
	w.each(id, parts, func(l *cartLine, n int64) { l.back += n })
	return nil
}

func (w *world) extend(id string, seconds *int64) error {
	if err := w.usable(id); err != nil {
		return err
	}
	c := w.carts[id]
	c.deadline = w.until(seconds)
	w.carts[id] = c
	w.touched[reservation.Stream(id)] = true
	return nil
}
