package command_test

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// furnish brings something to work with.
func (m *machine) furnish(t *rapid.T) {
	for _, key := range goods[:4] {
		cmd := &command.AdjustStock{Item: key, Delta: 12}
		m.execute(t, newOp(t, cmd, key.Stream(), func(w *world, _ []string) error { return w.adjust(key, 12) }), m.call())
	}
	m.goOn(t, []func(*rapid.T) op{m.drawPlace, m.drawPlace, m.drawShip, m.drawCommit})
}

// step is what the model makes of one operation of a batch.
type step struct {
	world *world // after it
	err   error
}

func (m *machine) batch(t *rapid.T) {
	cmd := &command.Batch{Atomic: coin.Draw(t, "atomic")}
	var ops []op
	names := 0
	for _, draw := range m.drawSeveral(t, 1, 6) {
		o := draw(t)
		forgetExpected(o.real) // the running version is not the model's to know
		ops, names = append(ops, o), names+o.names
		cmd.Operations = append(cmd.Operations, o.real)
	}
	var steps []step
	whole := newOp(t, cmd, "", func(w *world, names []string) error {
		steps = w.batch(ops, names)
		*w = *steps[len(steps)-1].world
		return refused(cmd.Atomic, steps)
	})
	whole.names = names
	whole.check = func(t *rapid.T, _ *world, result ledger.Result) { checkBatch(t, steps, result.(command.BatchResult)) }
	m.execute(t, whole, m.drawCall(t, whole))
}

func forgetExpected(o command.Operation) {
	switch c := o.(type) {
	case *command.AdjustStock:
		c.ExpectedVersion = nil
	case *command.CountStock:
		c.ExpectedVersion = nil
	}
}

// batch carries operations out one after the other, each for itself.
func (w *world) batch(ops []op, names []string) (steps []step) {
	for _, o := range ops {
		next, err := w.after(o, names[:o.names])
		w, names = next, names[o.names:]
		steps = append(steps, step{world: w, err: err})
	}
	return steps
}

func refused(atomic bool, steps []step) error {
	var list []command.OperationResult
	for i, s := range steps {
		if s.err != nil {
			list = append(list, command.OperationResult{Index: i, Refusal: s.err})
		}
	}
	if !atomic || len(list) == 0 {
		return nil
	}
	return &command.BatchRefusedError{Results: list}
}

func checkBatch(t *rapid.T, steps []step, result command.BatchResult) {
	require.Len(t, result.Results, len(steps))
	for i, r := range result.Results {
		require.Equal(t, i, r.Index)
		require.Equal(t, steps[i].err, r.Refusal)
		switch {
		case r.Item != nil:
			steps[i].world.checkResult(t, *r.Item)
		case r.Reservation != nil:
			steps[i].world.checkResult(t, *r.Reservation)
		case r.Transfer != nil:
			steps[i].world.checkResult(t, *r.Transfer)
		default:
			require.Error(t, r.Refusal)
		}
	}
}

// again repeats the last command that had a key, as it was or as a dry run.
func (m *machine) again(t *rapid.T) {
	old, known := m.keys[m.lastKey]
	if !known {
		return
	}
	call := m.call()
	call.IdempotencyKey, call.DryRun = m.lastKey, seldom.Draw(t, "dry")
	m.execute(t, old.op, call)
}

// reuse gives another command the last key.
func (m *machine) reuse(t *rapid.T) {
	cmd := &command.AdjustStock{Item: goods[0], Delta: 1, Reason: "another " + m.newID()}
	call := m.call()
	call.IdempotencyKey = m.lastKey
	m.execute(t, newOp(t, cmd, cmd.Item.Stream(), func(w *world, _ []string) error { return w.adjust(cmd.Item, 1) }), call)
}

// sweep writes overdue holds; no reader sees a difference.
func (m *machine) sweep(t *rapid.T) {
	ctx := context.Background()
	require.NoError(t, m.ledger.Sweep(ctx))
	for _, key := range goods {
		item, _, _, err := m.ledger.ItemWritten(ctx, key)
		require.NoError(t, err)
		require.Equal(t, m.versions[key.Stream()], item.Version, "what was shown is written")
	}
	for id, c := range m.world.carts {
		r, _, _, err := m.ledger.ReservationWritten(ctx, id)
		require.NoError(t, err)
		require.Equal(t, m.versions[reservation.Stream(id)], r.Version, "what was shown is written")
		require.Equal(t, m.world.live(c), r.Open())
	}
	before := m.store.Head().Position
	require.NoError(t, m.ledger.Sweep(ctx))
	require.Equal(t, before, m.store.Head().Position, "nothing is swept twice")
}

func (m *machine) setTime(now time.Time) {
	if now.After(m.world.now) {
		m.world.now, m.passed = now, true
		m.watch.set(now)
	}
}

func (m *machine) pass(t *rapid.T) {
	most := 2 * time.Second
	if seldom.Draw(t, "long") {
		most = 2 * keyTTL
	}
	micros := rapid.Int64Range(1, most.Microseconds()).Draw(t, "micros")
	m.setTime(m.world.now.Add(time.Duration(micros) * time.Microsecond))
}

// passToDeadline goes to a deadline, or to the moment before it.
func (m *machine) passToDeadline(t *rapid.T) {
	var ahead []time.Time
	for _, id := range slices.Sorted(maps.Keys(m.world.carts)) {
		if c := m.world.carts[id]; c.deadline.After(m.world.now) {
			ahead = append(ahead, c.deadline)
		}
	}
	if len(ahead) == 0 {
		return
	}
	deadline := rapid.SampledFrom(ahead).Draw(t, "deadline")
	if coin.Draw(t, "before") {
		deadline = deadline.Add(-time.Microsecond)
	}
	m.setTime(deadline)
}

// everyPart adds up the held units of an item, by cart.
func (w *world) everyPart(key stock.Key) map[stock.Hold]string {
	holds := map[stock.Hold]string{}
	for id, c := range w.carts {
		if units := w.leftOf(c, key); units > 0 {
			holds[stock.Hold{ReservationID: id, Quantity: units, ExpiresAt: c.deadline}] = c.owner
		}
	}
	return holds
}
