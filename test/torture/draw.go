package torture

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/onhand/onhand/test/torture/history"
)

// drawer draws what a client asks.
type drawer struct {
	*rand.Rand
	world *world
	name  string
	made  int
}

func (d *drawer) next() string {
	d.made++
	return fmt.Sprintf("%s-%d", d.name, d.made)
}

// request is the next thing that the client asks.
func (d *drawer) request() Request {
	name := d.next()
	r, reserves := d.compose(name)
	if r.reads() {
		return r
	}
	if d.IntN(16) == 0 {
		r.Dry = true
		return r
	}
	if d.IntN(5) < 3 || reserves {
		r.Key = name
	}
	return r
}

// compose makes a request; reserves tells that it makes a reservation.
func (d *drawer) compose(name string) (r Request, reserves bool) {
	switch n := d.IntN(100); {
	case n < 16:
		return d.read(name), false
	case n < 26:
		return d.bank(name), false
	case n < 32:
		return d.batch(name, d.IntN(2) == 0), true
	case n < 40:
		return d.conditional(name), false
	default:
		a, kind := d.ask(name)
		return a.request(name), kind == history.Place
	}
}

// read reads an item or a reservation, sometimes from a position on.
func (d *drawer) read(name string) Request {
	a := read(d.world.item(d.Rand))
	if c, ok := d.world.cart(d.Rand); ok && d.IntN(3) == 0 {
		a = change(c, history.Look, nil, false, 0)
	}
	r := a.request(name)
	if d.IntN(4) == 0 {
		r.MinPosition = d.world.reached()
	}
	return r
}

// ask draws one change.
func (d *drawer) ask(name string) (ask, history.Kind) {
	c, known := d.world.cart(d.Rand)
	switch n := d.IntN(100); {
	case n < 24:
		return adjust(d.world.item(d.Rand), 1+d.Int64N(9), name), history.Adjust
	case n < 44:
		return adjust(d.world.item(d.Rand), -1-d.Int64N(9), name), history.Adjust
	case n < 70 || !known:
		return d.reserve(name), history.Place
	case n < 75:
		return reserve(c, d.units(c, 1), d.seconds()), history.Place // again, with other numbers
	case n < 90:
		if d.IntN(2) == 0 {
			return change(c, history.Commit, nil, false, 0), history.Commit
		}
		return change(c, history.Commit, d.units(c, 0), d.IntN(2) == 0, 0), history.Commit
	case n < 96:
		if d.IntN(2) == 0 {
			return change(c, history.Release, nil, false, 0), history.Release
		}
		return change(c, history.Release, d.units(c, 0), false, 0), history.Release
	default:
		if seconds := d.seconds(); seconds > 0 {
			return change(c, history.Extend, nil, false, seconds), history.Extend
		}
		return change(c, history.Release, nil, false, 0), history.Release
	}
}

// reserve draws a new reservation of one to three items.
func (d *drawer) reserve(name string) ask {
	c := cart{id: strings.ReplaceAll(name, ".", "_")}
	for _, i := range d.Perm(len(d.world.items))[:1+d.IntN(3)] {
		c.items = append(c.items, d.world.items[i])
	}
	units, seconds := d.units(c, 1), d.seconds()
	if d.IntN(4) > 0 {
		d.world.addCart(c)
		return reserve(c, units, seconds)
	}
	c.id = "" // the service makes one
	return reserve(c, units, seconds)
}

// named gives a reservation of a batch an id, by which it is found in the log.
func (d *drawer) named(a ask, id string) ask {
	c := cart{id: strings.ReplaceAll(id, ".", "_")}
	for i := range a.parts {
		a.parts[i].Hold = c.id
		c.items = append(c.items, a.parts[i].Item)
	}
	a.batchOnly = operation{"id": c.id}
	d.world.addCart(c)
	return a
}

// units are some of each item of a cart, and not of none.
func (d *drawer) units(c cart, least int64) []int64 {
	units := make([]int64, len(c.items))
	for i := range units {
		units[i] = least + d.Int64N(4)
	}
	if units[0] == 0 {
		units[0] = 1
	}
	return units
}

// seconds is a time to live: none, short, or long.
func (d *drawer) seconds() int64 {
	return []int64{0, 1, 1, 3600}[d.IntN(4)]
}

// batch draws several changes at once.
func (d *drawer) batch(name string, atomic bool) Request {
	var asks []ask
	for i := range 2 + d.IntN(4) {
		a, _ := d.ask(fmt.Sprintf("%s.%d", name, i))
		if a.kind == "reserve" && a.parts[0].Hold == "" {
			a = d.named(a, fmt.Sprintf("%s.%d", name, i))
		}
		if a.kind == "adjust" && d.IntN(6) == 0 {
			a = expecting(a, d.world.version(a.parts[0].Item))
		}
		asks = append(asks, a)
	}
	return together(name, atomic, asks)
}

// expecting makes an adjustment depend on a version.
func expecting(a ask, version int64) ask {
	a.body["expectedVersion"] = version
	a.parts[0].Expected = &version
	return a
}

// conditional draws an adjustment that depends on the version that was seen last.
func (d *drawer) conditional(name string) Request {
	item := d.world.item(d.Rand)
	version := d.world.version(item)
	a := adjust(item, 1+d.Int64N(3), name)
	if version == 0 || d.IntN(2) == 0 {
		return expecting(a, version).request(name)
	}
	r := a.request(name)
	r.IfMatch = fmt.Sprintf("%q", fmt.Sprint(version))
	r.Parts[0].Expected = &version
	return r
}
