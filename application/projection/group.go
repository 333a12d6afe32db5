package projection

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Group is all runners of the service. All methods may be called at the same time.
type Group struct {
	mu      sync.Mutex
	runners map[string]*Runner
	started bool
	stopped bool
}

// NewGroup creates an empty group.
func NewGroup() *Group { return &Group{runners: map[string]*Runner{}} }

// Add adds a runner, and starts it if the group was started. Names are unique.
func (g *Group) Add(r *Runner) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.stopped:
		return ErrStopped
	case g.runners[r.Name()] != nil:
		return errors.New("there is a projection " + r.Name() + " already")
	}
	g.runners[r.Name()] = r
	if g.started {
		r.Start()
	}
	return nil
}

// Remove stops a runner and removes it. It returns ErrUnknownProjection if no runner has the
// name.
func (g *Group) Remove(ctx context.Context, name string) error {
	g.mu.Lock()
	r := g.runners[name]
	g.mu.Unlock()
	if r == nil {
		return ErrUnknownProjection
	}
	if err := r.Stop(ctx); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.runners, name)
	return nil
}

// Start starts all runners.
func (g *Group) Start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.started = true
	for _, r := range g.runners {
		r.Start()
	}
}

// Stop stops all runners, all at a time. It returns after they have ended, or with ctx's error
// if ctx ends before that.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	g.stopped = true
	started := g.started
	g.mu.Unlock()
	if !started {
		return nil
	}
	return each(g.All(), func(r *Runner) error { return r.Stop(ctx) })
}

// Touch calls Runner.Touch for one projection. A name without a runner is no error.
func (g *Group) Touch(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.runners[name]; r != nil {
		r.Touch()
	}
}

// each calls do with every runner, all at a time, and joins the errors.
func each(runners []*Runner, do func(*Runner) error) error {
	failures := make([]error, len(runners))
	var work sync.WaitGroup
	for i, r := range runners {
		work.Go(func() { failures[i] = do(r) })
	}
	work.Wait()
	return errors.Join(failures...)
}

// All returns the runners in the order of their names.
func (g *Group) All() []*Runner {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*Runner, 0, len(g.runners))
	for _, r := range g.runners {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *Runner) int { return cmp.Compare(a.Name(), b.Name()) })
	return all
}

// named returns the runner of a name, all of them for "".
func (g *Group) named(name string) ([]*Runner, error) {
	all := g.All()
	if name == "" {
		return all, nil
	}
	for _, r := range all {
		if r.Name() == name {
			return []*Runner{r}, nil
		}
	}
	return nil, ErrUnknownProjection
}

// Status returns the status of each projection, in the order of their names.
func (g *Group) Status(ctx context.Context) []Status {
	var list []Status
	for _, r := range g.All() {
		list = append(list, r.Status(ctx))
	}
	return list
}

// Sync calls Runner.Sync for one projection, for all if the name is "".
func (g *Group) Sync(ctx context.Context, name string) error {
	return g.do(name, func(r *Runner) error { return r.Sync(ctx) })
}

// Pause calls Runner.Pause for one projection, for all if the name is "".
func (g *Group) Pause(ctx context.Context, name string) error {
	return g.do(name, func(r *Runner) error { return r.Pause(ctx) })
}

// Resume calls Runner.Resume for one projection, for all if the name is "".
func (g *Group) Resume(ctx context.Context, name string) error {
	return g.do(name, func(r *Runner) error { return r.Resume(ctx) })
}

// Rebuild calls Runner.Rebuild for one projection.
func (g *Group) Rebuild(ctx context.Context, name string) error {
	if name == "" {
		return ErrUnknownProjection
	}
	return g.do(name, func(r *Runner) error { return r.Rebuild(ctx) })
}

func (g *Group) do(name string, do func(*Runner) error) error {
	runners, err := g.named(name)
	if err != nil {
		return err
	}
	return each(runners, do)
}

// Redrive calls Runner.Redrive for the dead letter of an id. It returns ErrUnknownProjection if
// the dead letter's projection has no runner.
func (g *Group) Redrive(ctx context.Context, id string) error {
	r, event, err := g.ofLetter(id)
	if err != nil {
		return err
	}
	return r.Redrive(ctx, event)
}

// Discard calls Runner.Discard for the dead letter of an id.
func (g *Group) Discard(ctx context.Context, id string, by By) error {
	r, event, err := g.ofLetter(id)
	if err != nil {
		return err
	}
	return r.Discard(ctx, event, by)
}

// ofLetter returns the runner and the event that a dead letter's id names.
func (g *Group) ofLetter(id string) (*Runner, ports.EventID, error) {
	rest, index := cutLast(id)
	name, position := cutLast(rest)
	p, errP := strconv.ParseInt(position, 10, 64)
	i, errI := strconv.Atoi(index)
	if errP != nil || errI != nil {
		return nil, ports.EventID{}, ErrNotFound
	}
	found := ports.EventID{Position: event.Position(p), Index: i}
	if name == "" || ports.DeadLetterID(name, found) != id {
		return nil, found, ErrNotFound
	}
	runners, err := g.named(name)
	if err != nil {
		return nil, found, err
	}
	return runners[0], found, nil
}

// cutLast cuts a text at its last hyphen.
func cutLast(text string) (before, after string) {
	i := strings.LastIndexByte(text, '-')
	return text[:max(i, 0)], text[i+1:]
}
