package simulation_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/event"
)

// call is one attempt of a client at a task.
type call struct {
	task task
	id   string // the request's
	of   *process
	// All that any client knew when it began: nothing that it shows may be older.
	floor    event.Position
	versions map[event.StreamID]event.Version

	made   []string // names that were made for it
	answer answer
	err    error
	now    time.Time // by its process, when it was answered
	done   atomic.Bool
	left   bool // its process was killed: its answer reaches no client
}

// outcome is what the client knows in the end.
func (c *call) outcome() (answer, error) {
	if c.left {
		return answer{}, errLeft
	}
	return c.answer, c.err
}

// client does one call after the other.
type client struct {
	calls chan *call
	busy  *call
}

func newClient() *client {
	c := &client{calls: make(chan *call, 1)}
	go func() {
		for one := range c.calls {
			one.run()
			one.done.Store(true)
		}
	}()
	return c
}

func (c *call) run() {
	names := 0
	ctx := context.WithValue(context.Background(), asking{}, c.id)
	if c.err = c.of.ledger.CatchUp(ctx); c.err != nil { // as each request does
		return
	}
	c.of.wait(&step{op: "ask", about: c.id}) // the seed draws which command enters the queues next
	c.answer, c.err = c.task.make()(ctx, c.of, command.Call{
		Actor: "client", RequestID: c.id, IdempotencyKey: c.task.key, DryRun: c.task.dry,
		NewID: func() string {
			names++
			c.made = append(c.made, fmt.Sprint(c.id, "-", names))
			return c.made[len(c.made)-1]
		},
	})
	c.now = c.of.now()
}

// What a service does one at a time.
const (
	snapshots = "snapshot"
	sweeps    = "sweep"
)

// maintenance are calls that are no commands.
func (d *drawer) maintenance() (task, bool) {
	switch roll := d.rng.IntN(100); {
	case roll < d.plan.reads/3:
		key := d.item()
		return task{name: fmt.Sprint("read ", key.Store, key.SKU), make: func() attempt {
			return func(ctx context.Context, p *process, _ command.Call) (answer, error) {
				if err := p.ledger.CatchUpToRead(ctx); err != nil {
					return answer{}, err
				}
				item, at, err := p.ledger.Item(ctx, key)
				return answer{seen: item, position: at}, err
			}
		}}, true
	case roll < d.plan.reads*2/3:
		return d.walk(), true
	case roll < d.plan.reads:
		id := d.reservation()
		return task{name: "read " + id, make: func() attempt {
			return func(ctx context.Context, p *process, _ command.Call) (answer, error) {
				if err := p.ledger.CatchUpToRead(ctx); err != nil {
					return answer{}, err
				}
				r, at, err := p.ledger.Reservation(ctx, id)
				return answer{seen: r, position: at}, err
			}
		}}, true
	case roll < d.plan.reads+d.plan.sweeps:
		return task{name: sweeps, make: func() attempt {
			return func(ctx context.Context, p *process, _ command.Call) (answer, error) {
				return answer{}, p.ledger.Sweep(ctx)
			}
		}}, true
	case roll < d.plan.reads+d.plan.sweeps+d.plan.snapshots:
		return task{name: snapshots, make: func() attempt {
			return func(ctx context.Context, p *process, _ command.Call) (answer, error) {
				return answer{}, p.snapshotter.Take(ctx, nil)
			}
		}}, true
	}
	return task{}, false
}
