package simulation_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// task is the wish of a client; each attempt makes a new command of it.
type task struct {
	name string
	key  string // idempotency key, or none
	dry  bool
	make func() attempt
}

// attempt carries a command out, or reads.
type attempt func(ctx context.Context, p *process, call command.Call) (answer, error)

type answer struct {
	result   ledger.Result // of a command
	position event.Position
	replayed bool
	seen     any // by a read: a stock.Item or reservation.Reservation
}

// handler is a command with its answer.
type handler[R ledger.Result] interface {
	Validate(command.Rules) error
	Handle(context.Context, *ledger.Ledger, command.Call) (command.Outcome[R], error)
}

func writes[R ledger.Result](h handler[R]) attempt {
	return func(ctx context.Context, p *process, call command.Call) (answer, error) {
		if err := h.Validate(command.Rules{Names: p.ledger.Names()}); err != nil {
			return answer{}, err
		}
		o, err := h.Handle(ctx, p.ledger, call)
		if err != nil {
			return answer{}, err
		}
		return answer{result: o.Result, position: o.Position, replayed: o.Replayed}, nil
	}
}

// names are what reservations and transfers are called; clients share a few, so that
// they come into each other's way.
type names struct {
	reservations []string
	transfers    []string
}

// drawer makes up tasks.
type drawer struct {
	rng   *rand.Rand
	plan  *plan
	names *names
	next  int // numbers new reservations and transfers
}

func (d *drawer) item() stock.Key { return d.plan.goods[d.rng.IntN(len(d.plan.goods))] }

func (d *drawer) share(percent int) bool { return d.rng.IntN(100) < percent }

func (d *drawer) reservation() string {
	return d.names.reservations[d.rng.IntN(len(d.names.reservations))]
}

func (d *drawer) parts(most int) (list []stock.Part) {
	for range 1 + d.rng.IntN(most) {
		list = append(list, stock.Part{Key: d.item(), Quantity: 1 + d.rng.Int64N(4)})
	}
	return list
}

func (d *drawer) ttl() *int64 {
	seconds := 1 + d.rng.Int64N(3)
	if d.share(15) {
		return nil
	}
	return &seconds
}

// draw makes up a command; made names what it may create.
func (d *drawer) draw() task {
	d.next++
	t := d.command(d.rng.IntN(20))
	if d.share(d.plan.keys) {
		t.key = fmt.Sprintf("key-%d", d.next)
	} else if d.share(8) {
		t.dry = true
	}
	return t
}

func (d *drawer) command(kind int) task {
	switch kind {
	case 0, 1, 2, 3, 4:
		key, delta := d.item(), pick(d.rng, int64(1), 2, 5, 9, -1, -3, -6)
		var expected *event.Version
		if d.share(10) {
			expected = new(event.Version)
			*expected = event.Version(1 + d.rng.IntN(6))
		}
		return task{name: fmt.Sprint("adjust ", key.Store, key.SKU, " ", delta), make: func() attempt {
			return writes(&command.AdjustStock{Item: key, Delta: delta, ExpectedVersion: expected})
		}}
	case 5:
		key, counted := d.item(), 5+d.rng.Int64N(20)
		return task{name: fmt.Sprint("count ", key.Store, key.SKU, " ", counted), make: func() attempt {
			return writes(&command.CountStock{Item: key, OnHand: &counted})
		}}
	case 6, 7, 8, 9:
		id, lines, ttl := "", d.parts(3), d.ttl()
		if d.share(60) {
			id = d.reservation()
		}
		return task{name: "reserve " + id, make: func() attempt {
			return writes(&command.ReserveStock{ID: id, Lines: append([]stock.Part(nil), lines...), TTLSeconds: ttl, Owner: "o"})
		}}
	case 10, 11, 12:
		id, rest := d.reservation(), pick(d.rng, reservation.KeepRemainder, reservation.ReleaseRemainder)
		return task{name: "commit " + id, make: func() attempt {
			return writes(&command.CommitReservation{ID: id, Remainder: rest})
		}}
	case 13:
		id := d.reservation()
		return task{name: "release " + id, make: func() attempt { return writes(&command.ReleaseReservation{ID: id}) }}
	case 14:
		id, ttl := d.reservation(), d.rng.Int64N(3)+1
		return task{name: "extend " + id, make: func() attempt {
			return writes(&command.ExtendReservation{ID: id, TTLSeconds: &ttl})
		}}
	case 15:
		id := d.reservation()
		return task{name: "return " + id, make: func() attempt { return writes(&command.ReturnReservation{ID: id}) }}
	case 16:
		lines := []transfer.Unit{{SKU: d.item().SKU, Quantity: 1 + d.rng.Int64N(3)}}
		return task{name: "ship", make: func() attempt {
			return writes(&command.ShipTransfer{From: "S1", To: "S2", Lines: append([]transfer.Unit(nil), lines...)})
		}}
	case 17:
		return d.arrival()
	default:
		return d.batch()
	}
}

func (d *drawer) arrival() task {
	if len(d.names.transfers) == 0 {
		return d.command(0)
	}
	id := d.names.transfers[d.rng.IntN(len(d.names.transfers))]
	if d.share(30) {
		return task{name: "cancel " + id, make: func() attempt { return writes(&command.CancelTransfer{ID: id}) }}
	}
	return task{name: "receive " + id, make: func() attempt { return writes(&command.ReceiveTransfer{ID: id}) }}
}

func (d *drawer) batch() task {
	atomic := d.share(50)
	type part struct {
		key   stock.Key
		delta int64
		id    string
		ends  int // how a reservation ends that is not made
	}
	var parts []part
	for range 2 + d.rng.IntN(3) {
		parts = append(parts,
			part{
				key: d.item(), delta: pick(d.rng, int64(1), 3, -2), id: pick(d.rng, "", "", d.reservation()), ends: d.rng.IntN(4),
			})
	}
	return task{name: fmt.Sprint("batch of ", len(parts)), make: func() attempt {
		b := &command.Batch{Atomic: atomic}
		for _, p := range parts {
			switch {
			case p.id != "" && p.ends == 0:
				b.Operations = append(b.Operations, &command.ReleaseReservation{ID: p.id})
				continue
			case p.id != "" && p.ends == 1:
				b.Operations = append(b.Operations, &command.CommitReservation{ID: p.id, Remainder: reservation.ReleaseRemainder})
				continue
			case p.id != "":
				lines := []stock.Part{{Key: p.key, Quantity: 1}}
				b.Operations = append(b.Operations, &command.ReserveStock{ID: p.id, Lines: lines, Owner: "o"})
				continue
			}
			b.Operations = append(b.Operations, &command.AdjustStock{Item: p.key, Delta: p.delta})
		}
		return writes(b)
	}}
}
