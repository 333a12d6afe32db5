package command_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
)

// machine drives the commands on a ledger with random calls, beside the model.
type machine struct {
	*service
	world    *world
	versions map[event.StreamID]event.Version // as shown when last looked at
	passed   bool                             // time went by since then
	keys     map[string]remembered
	lastKey  string
	names    int
	lists    int // looked at so far
}

// remembered is what a keyed command did.
type remembered struct {
	op       op
	at       time.Time
	result   string
	position event.Position
}

// op is a command to be carried out, and what the model makes of it.
type op struct {
	real  command.Operation
	names int // that must be made for it
	run   func(context.Context, *ledger.Ledger, command.Call) (answer, error)
	try   func(w *world, names []string) error // spoils the world with a refusal
	check func(t *rapid.T, w *world, result ledger.Result)

	about    event.StreamID // what conditions are held against; empty: they are not
	creates  bool           // about something that need not exist
	expected *event.Version
}

type answer struct {
	result   ledger.Result
	position event.Position
	replayed bool
	dry      bool
}

func newOp[R ledger.Result](
	t *rapid.T, h handler[R], about event.StreamID, try func(w *world, names []string) error,
) op {
	require.NoError(t, h.Validate(command.Rules{}))
	return op{
		real: h, try: try, about: about,
		run: func(ctx context.Context, l *ledger.Ledger, call command.Call) (answer, error) {
			o, err := h.Handle(ctx, l, call)
			return answer{result: o.Result, position: o.Position, replayed: o.Replayed, dry: o.DryRun}, err
		},
		check: func(t *rapid.T, w *world, result ledger.Result) { w.checkResult(t, result) },
	}
}

// after is the world after a command, or its refusal.
func (w *world) after(o op, names []string) (*world, error) {
	next := w.copied()
	if err := o.try(next, names); err != nil {
		return w, err
	}
	return next, nil
}

// makeNames gives as many names as an operation takes.
func (m *machine) makeNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		m.names++
		names[i] = fmt.Sprint("made-", m.names)
	}
	return names
}

// execute carries a command out and compares all that it says.
func (m *machine) execute(t *rapid.T, o op, call command.Call) {
	names := m.makeNames(o.names)
	made := 0
	call.NewID = func() string {
		made++
		return names[made-1]
	}
	before := m.store.Head().Position
	old, known := m.keys[call.IdempotencyKey]
	if known && !call.DryRun {
		m.repeat(t, o, call, old)
		require.Equal(t, before, m.store.Head().Position, "a repetition writes nothing")
		return
	}
	earlier := m.world.touched // by commands since the last look
	m.world.touched = map[event.StreamID]bool{}
	defer func() { maps.Copy(m.world.touched, earlier) }()
	next, refusal := m.expect(o, names, call)
	got, err := o.run(context.Background(), m.ledger, call)
	require.Equal(t, refusal, err, "%T %+v", o.real, o.real)
	if err != nil {
		require.Equal(t, before, m.store.Head().Position, "a refusal writes nothing")
		return
	}
	require.False(t, got.replayed)
	require.Equal(t, call.DryRun, got.dry)
	require.Equal(t, o.names, made)
	o.check(t, next, got.result)
	changes := len(next.touched) > 0
	if call.DryRun || !changes && call.IdempotencyKey == "" {
		require.Zero(t, got.position)
		require.Equal(t, before, m.store.Head().Position, "a dry run writes nothing")
		return
	}
	require.Equal(t, before+1, got.position, "a command is one commit, also if it only keeps its answer")
	if changes {
		m.world = next
	}
	if call.IdempotencyKey != "" {
		m.lastKey = call.IdempotencyKey
		m.keys[m.lastKey] = remembered{
			op: o, at: m.world.now, result: string(got.result.AppendJSON(nil)), position: got.position,
		}
	}
}

// repeat carries out a command with a key that was used before.
func (m *machine) repeat(t *rapid.T, o op, call command.Call, old remembered) {
	got, err := o.run(context.Background(), m.ledger, call)
	if !m.world.now.Before(old.at.Add(keyTTL)) {
		require.Equal(t, &ledger.KeyExpiredError{Position: old.position, Time: old.at}, err, "whatever its content")
		return
	}
	if o.real != old.op.real {
		require.ErrorIs(t, err, ledger.ErrKeyReused)
		return
	}
	require.NoError(t, err)
	require.True(t, got.replayed)
	require.Equal(t, old.position, got.position)
	require.Equal(t, old.result, string(got.result.AppendJSON(nil)), "the same answer again")
}

// expect is what a command should do: conditions first, then what the model says.
func (m *machine) expect(o op, names []string, call command.Call) (*world, error) {
	if err := m.condition(o, call); err != nil {
		return m.world, err
	}
	return m.world.after(o, names)
}

func (m *machine) condition(o op, call command.Call) error {
	version := m.versions[o.about]
	if o.about == "" && !o.creates || version == 0 && !o.creates {
		return nil // that it does not exist comes first
	}
	if tags := call.IfMatch; tags != nil {
		if version == 0 || !tags.Any && tags.Versions[0] != version {
			return &command.PreconditionError{Version: version}
		}
		if id, ok := reservation.IDOf(o.about); ok && o.creates {
			if c := m.world.carts[id]; m.world.cartStatus(c) == reservation.ExpiredStatus {
				return &reservation.ExpiredError{ExpiresAt: c.deadline}
			}
		}
	}
	if o.expected != nil && *o.expected != version {
		return &command.VersionConflictError{Expected: *o.expected, Actual: version}
	}
	return nil
}

func TestCommandsDoWhatTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{
			service: newService(t), world: newWorld(noon),
			versions: map[event.StreamID]event.Version{}, keys: map[string]remembered{},
		}
		m.furnish(t)
		t.Repeat(m.actions())
		m.checkHistory(t)
		m.sweep(t)
		m.check(t)
		m.checkHistory(t)
	})
}

func (m *machine) actions() map[string]func(*rapid.T) {
	actions := map[string]func(*rapid.T){
		"again":       m.again,
		"reuse a key": m.reuse,
		"sweep":       m.sweep,
		"time":        m.pass,
		"deadline":    m.passToDeadline,
		"batch":       m.batch,
		"":            m.check,
	}
	for name, draw := range m.drawers() {
		actions[name] = func(t *rapid.T) {
			o := draw(t)
			m.execute(t, o, m.drawCall(t, o))
			m.goOn(t, m.drawSeveral(t, 0, 2)) // or it would be too seldom that anything follows
		}
	}
	return actions
}

// goOn carries out more commands before the next look, so without conditions.
func (m *machine) goOn(t *rapid.T, drawers []func(*rapid.T) op) {
	for _, draw := range drawers {
		o := draw(t)
		forgetExpected(o.real)
		o.expected = nil
		m.execute(t, o, m.call())
	}
}
