package torture

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"time"
)

// client asks one thing after the other, and repeats what it has no answer to.
type client struct {
	n        int
	draw     *drawer
	where    *rand.Rand // which process is asked, and which request is repeated when
	caller   *caller
	cluster  *cluster
	calls    []*Call
	pending  []*Call       // with a key, and without an answer
	reached  map[int]int64 // the position that each process has shown
	report   *Report
	lastView map[view]int64
}

// view is a projection of one life of a process.
type view struct {
	node    int
	address string
}

func newClient(n int, plan Plan, w *world, c *cluster, began time.Time) *client {
	return &client{
		n:     n,
		draw:  &drawer{Rand: rand.New(rand.NewPCG(plan.Seed, uint64(n))), world: w, name: w.name + "-" + string(rune('a'+n))},
		where: rand.New(rand.NewPCG(plan.Seed, uint64(1000+n))), caller: newCaller(began, w.name), cluster: c,
		reached: map[int]int64{}, report: c.report, lastView: map[view]int64{},
	}
}

// work asks as many things as the plan says, and more while faults are to come that
// must.
func (c *client) work() {
	w := c.draw.world
	for n := 0; n < w.plan.Operations || w.plan.All && !w.quiet.Load(); n++ {
		if len(c.pending) > 0 && c.where.IntN(3) == 0 {
			c.repeat()
		}
		call := &Call{Request: c.draw.request(), Client: c.n}
		c.calls = append(c.calls, call)
		c.attempt(call)
		if c.report.Found() > 20 {
			return
		}
	}
}

// repeat tries the oldest pending call again.
func (c *client) repeat() {
	call := c.pending[0]
	c.pending = c.pending[1:]
	c.report.Retried.Add(1)
	c.attempt(call)
}

// settle repeats until there is an answer to everything.
func (c *client) settle() {
	for until := time.Now().Add(patience); len(c.pending) > 0; {
		if time.Now().After(until) {
			last := c.pending[0].last()
			c.report.Find("%s gets no answer: %d %s", last.ID, last.Status, last.Body)
			return
		}
		c.repeat()
		if len(c.pending) > 0 {
			time.Sleep(5 * time.Millisecond) // a circuit may be open
		}
	}
}

// attempt sends a call to some process that listens, and takes what it answers.
func (c *client) attempt(call *Call) {
	node, address := c.pick()
	if address == "" {
		c.report.Find("no process listens any more")
		return
	}
	a := c.caller.send(call, node, address)
	c.report.Operations.Add(1)
	switch a.Fate {
	case Acknowledged:
		c.report.Acknowledged.Add(1)
		c.took(call, a, address)
	case Refused:
		c.report.Refused.Add(1)
		if call.Sums {
			c.report.Find("%s %s: %d %s", a.ID, call.path(), a.Status, a.Body)
		}
	case Nothing:
		c.report.TurnedAway(a.Problem)
		// as a client that minds Retry-After would, but not for as long
		time.Sleep(time.Duration(c.where.IntN(20)) * time.Millisecond)
	case Unknown:
		c.report.Unknown.Add(1)
	case Wrong:
		c.report.Find("%s %s %s %s: %d %s", a.ID, call.Method, call.path(), call.Body, a.Status, a.Body)
	}
	if open := a.Fate == Unknown || a.Fate == Nothing; open && call.Key != "" && !call.reads() {
		c.pending = append(c.pending, call)
	}
}

// pick is a process that listens, also one that is frozen.
func (c *client) pick() (node int, address string) {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if c.report.Found() > 20 {
			return 0, ""
		}
		first := c.where.IntN(len(c.cluster.nodes))
		for i := range c.cluster.nodes {
			n := (first + i) % len(c.cluster.nodes)
			if address := c.cluster.nodes[n].address(); address != "" {
				return n, address
			}
		}
	}
	return 0, ""
}

// took looks at an acknowledged request, as far as that can be judged at once.
func (c *client) took(call *Call, a *Attempt, address string) {
	w := c.draw.world
	if !call.reads() {
		w.acknowledged(a.Position)
	} else if !call.Dry {
		c.position(call, a, address)
	}
	if call.Sums {
		c.report.Sums.Add(1)
		if err := sum(call.Request, a.Body); err != nil {
			c.report.Find("%s at process %d: %v", a.ID, a.Node, err)
		}
	}
	if !call.Dry && (call.Path == "/v1/transfers" || call.Path == "/v1/reservations") {
		c.made(call, a)
	}
	if results, err := call.results(a); err == nil && strings.HasPrefix(call.Path, "/v1/stores/") && !call.Dry {
		if item := results[0].Item; item != nil {
			w.saw(Item{item.Store, item.SKU}, item.Version)
		}
	}
}

// made notes what got its name from the service.
func (c *client) made(call *Call, a *Attempt) {
	var made struct{ ID string }
	if err := json.Unmarshal(a.Body, &made); err != nil {
		c.report.Find("%s: %v: %s", a.ID, err, a.Body)
		return
	}
	if len(call.Parts) == 0 {
		c.draw.world.addTransfer(made.ID)
		return
	}
	named := cart{id: made.ID}
	for _, p := range call.Parts {
		named.items = append(named.items, p.Item)
	}
	c.draw.world.addCart(named)
}

// position holds the position that a read reflects against those before.
func (c *client) position(call *Call, a *Attempt, address string) {
	if a.Position < call.MinPosition {
		c.report.Find("%s: position %d is behind %d, which was asked for", a.ID, a.Position, call.MinPosition)
	}
	if call.Sums { // a view may be older after a restart
		v := view{a.Node, address}
		if a.Position < c.lastView[v] {
			c.report.Find("%s: the view of process %d went back from %d to %d", a.ID, a.Node, c.lastView[v], a.Position)
		}
		c.lastView[v] = a.Position
		return
	}
	if a.Position < c.reached[a.Node] {
		c.report.Find("%s: process %d went back from position %d to %d", a.ID, a.Node, c.reached[a.Node], a.Position)
	}
	c.reached[a.Node] = a.Position
}
