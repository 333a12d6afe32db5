package command_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

var (
	someItem = rapid.SampledFrom(goods)
	someSKU  = rapid.SampledFrom([]string{"a", "b"})
	seldom   = rapid.SampledFrom([]bool{false, false, false, false, false, false, false, true})
	coin     = rapid.Bool()
	// Deadlines are few seconds away, so that time passes them often.
	ttl = rapid.SampledFrom([]*int64{pointer[int64](2), pointer[int64](1), pointer[int64](3), pointer[int64](5), nil})
)

// units are few, and of one SKU now and then as many as there can be.
func units(t *rapid.T, sku string, most int64) int64 {
	if sku == "b" && seldom.Draw(t, "max") {
		return stock.MaxQuantity
	}
	return rapid.Int64Range(1, most).Draw(t, "units")
}

// drawers are the commands.
func (m *machine) drawers() map[string]func(*rapid.T) op {
	return map[string]func(*rapid.T) op{
		"adjust":  m.drawAdjust,
		"count":   m.drawCount,
		"move":    m.drawMove,
		"policy":  m.drawPolicy,
		"place":   m.drawPlace,
		"reserve": m.drawReserve,
		"commit":  m.drawCommit,
		"release": m.drawRelease,
		"return":  m.drawReturn,
		"extend":  m.drawExtend,
		"ship":    m.drawShip,
		"receive": m.drawReceive,
		"cancel":  m.drawCancel,
	}
}

// drawSeveral leans to commands that others can follow on.
func (m *machine) drawSeveral(t *rapid.T, least, most int) (list []func(*rapid.T) op) {
	drawers := m.drawers()
	names := []string{
		"place", "commit", "return", "ship", "receive", "place", "commit", "extend", "cancel", "receive", "release",
		"reserve", "move", "adjust", "policy", "count", "count", "policy",
	}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), least, most).Draw(t, "commands") {
		list = append(list, drawers[name])
	}
	return list
}

// drawItem is often one that something is held of.
func (m *machine) drawItem(t *rapid.T) stock.Key {
	var held []stock.Key
	for _, key := range goods {
		if m.world.look(key).Reserved > 0 {
			held = append(held, key)
		}
	}
	if len(held) > 0 && coin.Draw(t, "held") {
		return rapid.SampledFrom(held).Draw(t, "item")
	}
	return someItem.Draw(t, "item")
}

// drawCall decides how a single command is called.
func (m *machine) drawCall(t *rapid.T, o op) command.Call {
	call := m.call()
	switch rapid.IntRange(0, 7).Draw(t, "manner") {
	case 5:
		call.DryRun = true
	case 6:
		call.IdempotencyKey = m.newID()
	case 7:
		version := m.versions[o.about]
		if coin.Draw(t, "stale") {
			version++
		}
		call.IfMatch = &command.Tags{Any: seldom.Draw(t, "any"), Versions: []event.Version{version}}
	}
	return call
}

func (m *machine) drawExpected(t *rapid.T, key stock.Key) *event.Version {
	if !seldom.Draw(t, "expects") {
		return nil
	}
	return pointer(m.versions[key.Stream()] + event.Version(rapid.IntRange(0, 1).Draw(t, "off")))
}

func (m *machine) drawAdjust(t *rapid.T) op {
	cmd := &command.AdjustStock{Item: m.drawItem(t)}
	cmd.Delta = units(t, cmd.Item.SKU, 9)
	if coin.Draw(t, "down") {
		cmd.Delta = -min(cmd.Delta, 6)
	}
	cmd.ExpectedVersion = m.drawExpected(t, cmd.Item)
	o := newOp(t, cmd, cmd.Item.Stream(), func(w *world, _ []string) error { return w.adjust(cmd.Item, cmd.Delta) })
	o.creates, o.expected = true, cmd.ExpectedVersion
	return o
}

func (m *machine) drawCount(t *rapid.T) op {
	cmd := &command.CountStock{Item: m.drawItem(t)}
	cmd.OnHand = pointer(units(t, cmd.Item.SKU, 9) - 1)
	cmd.ExpectedVersion = m.drawExpected(t, cmd.Item)
	o := newOp(t, cmd, cmd.Item.Stream(), func(w *world, _ []string) error { return w.count(cmd.Item, *cmd.OnHand) })
	o.creates, o.expected = true, cmd.ExpectedVersion
	return o
}

func (m *machine) drawMove(t *rapid.T) op {
	cmd := &command.MoveStock{Item: m.drawItem(t)}
	states := rapid.Permutation([]stock.State{
		stock.SellableState, stock.DamagedState, stock.QualityControlState,
	}).Draw(t, "states")
	cmd.From, cmd.To, cmd.Quantity = states[0], states[1], rapid.Int64Range(1, 3).Draw(t, "units")
	o := newOp(t, cmd, cmd.Item.Stream(), func(w *world, _ []string) error {
		return w.move(cmd.Item, cmd.From, cmd.To, cmd.Quantity)
	})
	o.creates = true
	return o
}

func (m *machine) drawPolicy(t *rapid.T) op {
	cmd := &command.SetPolicy{Item: m.drawItem(t)}
	small := rapid.Int64Range(0, 5)
	if coin.Draw(t, "safety") {
		cmd.SafetyStock = pointer(small.Draw(t, "units"))
	}
	if coin.Draw(t, "oversell") {
		cmd.OversellLimit = pointer(units(t, cmd.Item.SKU, 5) - 1)
	}
	if coin.Draw(t, "threshold") {
		cmd.LowStockThreshold.Given = true
		cmd.LowStockThreshold.Units = rapid.Ptr(rapid.Int64Range(0, 9), true).Draw(t, "low")
	}
	o := newOp(t, cmd, cmd.Item.Stream(), func(w *world, _ []string) error {
		return w.setPolicy(cmd.Item, func(p *stock.Policy) {
			if cmd.SafetyStock != nil {
				p.SafetyStock = *cmd.SafetyStock
			}
			if cmd.OversellLimit != nil {
				p.OversellLimit = *cmd.OversellLimit
			}
			if cmd.LowStockThreshold.Given {
				p.LowStockThreshold = cmd.LowStockThreshold.Units
			}
		})
	})
	o.creates = true
	return o
}

// drawParts names some items, each once, after an order was drawn.
func drawParts(t *rapid.T, least, most int, quantity func(sku string) int64) []stock.Part {
	var parts []stock.Part
	for _, key := range rapid.SliceOfNDistinct(someItem, least, most, rapid.ID).Draw(t, "items") {
		parts = append(parts, part(key, quantity(key.SKU)))
	}
	return parts
}

func (m *machine) drawPlace(t *rapid.T) op {
	id := rapid.SampledFrom([]string{"cart-1", "cart-2", "cart-3"}).Draw(t, "id")
	if again := m.drawSome(t, id); len(again) > 0 {
		return m.drawHold(t, id, again)
	}
	return m.drawHold(t, id, m.drawWanted(t))
}

func (m *machine) drawReserve(t *rapid.T) op { return m.drawHold(t, "", m.drawWanted(t)) }

func (m *machine) drawWanted(t *rapid.T) []stock.Part {
	return drawParts(t, 1, 3, func(sku string) int64 { return units(t, sku, 4) })
}

func (m *machine) drawHold(t *rapid.T, id string, lines []stock.Part) op {
	cmd := &command.ReserveStock{
		ID:         id,
		Lines:      lines,
		TTLSeconds: ttl.Draw(t, "ttl"),
		Owner:      rapid.SampledFrom([]string{"", "", "", "ann"}).Draw(t, "owner"),
	}
	if id == "" {
		o := newOp(t, cmd, "",
			func(w *world, names []string) error { return w.reserve(names[0], cmd.Lines, cmd.TTLSeconds, cmd.Owner) })
		o.names, o.creates = 1, true
		return o
	}
	o := newOp(t, cmd, reservation.Stream(id), func(w *world, _ []string) error {
		return w.reserve(id, cmd.Lines, cmd.TTLSeconds, cmd.Owner)
	})
	o.creates = true
	return o
}

// drawName is mostly one that exists, if any does.
func drawName[A any](t *rapid.T, book map[string]A) string {
	if len(book) == 0 || seldom.Draw(t, "unheard") {
		return "nobody"
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(book))).Draw(t, "name")
}

// drawSome names parts of a cart, or nothing; sometimes parts that it does not have.
func (m *machine) drawSome(t *rapid.T, id string) []stock.Part {
	var parts []stock.Part
	for _, l := range m.world.carts[id].lines {
		if coin.Draw(t, "named") {
			parts = append(parts, part(l.item, rapid.Int64Range(1, min(l.wanted, 3)).Draw(t, "units")))
		}
	}
	if len(parts) == 0 && seldom.Draw(t, "strange") {
		return drawParts(t, 1, 2, func(string) int64 { return 1 })
	}
	return parts
}

func (m *machine) drawCommit(t *rapid.T) op {
	id := drawName(t, m.world.carts)
	cmd := &command.CommitReservation{ID: id, Lines: m.drawSome(t, id)}
	cmd.Remainder = rapid.SampledFrom([]reservation.Remainder{
		"", reservation.KeepRemainder, reservation.ReleaseRemainder,
	}).Draw(t, "remainder")
	return newOp(t, cmd, reservation.Stream(id),
		func(w *world, _ []string) error { return w.commit(id, cmd.Lines, cmd.Remainder) })
}

func (m *machine) drawRelease(t *rapid.T) op {
	id := drawName(t, m.world.carts)
	cmd := &command.ReleaseReservation{ID: id, Lines: m.drawSome(t, id)}
	return newOp(t, cmd, reservation.Stream(id), func(w *world, _ []string) error { return w.release(id, cmd.Lines) })
}

func (m *machine) drawReturn(t *rapid.T) op {
	id := drawName(t, m.world.carts)
	cmd := &command.ReturnReservation{ID: id, Lines: m.drawSome(t, id)}
	return newOp(t, cmd, reservation.Stream(id), func(w *world, _ []string) error { return w.giveBack(id, cmd.Lines) })
}

func (m *machine) drawExtend(t *rapid.T) op {
	id := drawName(t, m.world.carts)
	cmd := &command.ExtendReservation{ID: id, TTLSeconds: pointer(rapid.Int64Range(1, 5).Draw(t, "ttl"))}
	return newOp(t, cmd, reservation.Stream(id), func(w *world, _ []string) error { return w.extend(id, cmd.TTLSeconds) })
}

func (m *machine) drawShip(t *rapid.T) op {
	stores := rapid.Permutation([]string{"S1", "S2", "S3"}).Draw(t, "stores")
	cmd := &command.ShipTransfer{From: stores[0], To: stores[1]}
	for _, sku := range rapid.SliceOfNDistinct(someSKU, 1, 2, rapid.ID).Draw(t, "skus") {
		cmd.Lines = append(cmd.Lines, transfer.Unit{SKU: sku, Quantity: units(t, sku, 5)})
	}
	o := newOp(t, cmd, "", func(w *world, names []string) error { return w.ship(names[0], cmd.From, cmd.To, cmd.Lines) })
	o.names, o.creates = 1, true
	return o
}

func (m *machine) drawReceive(t *rapid.T) op {
	cmd := &command.ReceiveTransfer{ID: drawName(t, m.world.trips)}
	few := rapid.Int64Range(0, 2)
	for _, sku := range rapid.SliceOfNDistinct(someSKU, 0, 2, rapid.ID).Draw(t, "skus") {
		a := transfer.Arrival{SKU: sku, Good: few.Draw(t, "good"), Damaged: few.Draw(t, "damaged"), Lost: few.Draw(t, "lost")}
		if a.Good+a.Damaged+a.Lost > 0 {
			cmd.Lines = append(cmd.Lines, a)
		}
	}
	return newOp(t, cmd, transfer.Stream(cmd.ID), func(w *world, _ []string) error { return w.receive(cmd.ID, cmd.Lines) })
}

func (m *machine) drawCancel(t *rapid.T) op {
	cmd := &command.CancelTransfer{ID: drawName(t, m.world.trips)}
	return newOp(t, cmd, transfer.Stream(cmd.ID), func(w *world, _ []string) error { return w.cancel(cmd.ID) })
}
