package torture

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/onhand/onhand/test/torture/history"
)

// Torture runs rounds on one directory after the other.
type Torture struct {
	T      testing.TB
	Binary string
	Report *Report
}

// New makes a torture of a program that package overlay has built.
func New(t testing.TB, binary string) *Torture {
	return &Torture{T: t, Binary: binary, Report: &Report{t: t}}
}

// Round makes what a plan says on a directory, and looks at what became of it.
func (t *Torture) Round(dir string, plan Plan) {
	t.Report.mu.Lock()
	t.Report.plan = plan
	t.Report.mu.Unlock()
	t.Report.Rounds.Add(1)
	c := newCluster(t.T, t.Binary, dir, plan.Processes, t.Report)
	defer c.destroy()
	w := newWorld(plan, fmt.Sprintf("r%d", t.Report.Rounds.Load()))
	calls, err := t.load(c, w)
	if err != nil {
		t.Report.Find("%v", err)
		return
	}
	t.look(c, w, calls)
}

// load lets clients work while faults happen, and returns what they asked and were told
// when all of it is settled and every process has stopped.
func (t *Torture) load(c *cluster, w *world) ([]*Call, error) {
	if err := c.start(); err != nil {
		return nil, err
	}
	began := time.Now()
	opener := newClient(99, w.plan, w, c, began)
	for _, r := range w.open() {
		call := &Call{Request: r, Client: opener.n}
		opener.calls = append(opener.calls, call)
		opener.attempt(call)
	}
	opener.settle()
	clients := []*client{opener}
	var working sync.WaitGroup
	for n := range w.plan.Clients {
		one := newClient(n, w.plan, w, c, began)
		clients = append(clients, one)
		working.Go(one.work)
	}
	ctx, cancel := context.WithCancel(context.Background())
	troubled := make(chan struct{})
	go func() {
		defer close(troubled)
		c.trouble(ctx, w.plan)
		w.quiet.Store(true)
	}()
	working.Wait()
	cancel()
	<-troubled
	if err := c.mend(); err != nil {
		return nil, err
	}
	var calls []*Call
	for _, one := range clients {
		working.Go(one.settle)
	}
	working.Wait()
	for _, one := range clients {
		calls = append(calls, one.calls...)
	}
	if err := c.reach(w); err != nil {
		c.report.Find("%v", err)
	}
	c.stop()
	return calls, nil
}

// look holds everything against everything, and starts all processes once more to see
// that they show the same.
func (t *Torture) look(c *cluster, w *world, calls []*Call) {
	if err := c.verify(); err != nil {
		t.Report.Find("%v", err)
	}
	log, err := ReadLog(c.dir)
	if err != nil {
		t.Report.Find("%v", err)
		return
	}
	t.Report.Commits.Add(int64(len(log.Commits)))
	t.check(log, w, calls)
	if err := c.start(); err != nil {
		t.Report.Find("behind the round: %v", err)
		return
	}
	if err := c.same(append(bankStores[:len(bankStores):len(bankStores)], "S1")); err != nil {
		t.Report.Find("behind the round: %v", err)
	}
	c.stop()
}

// check holds what clients were told against the log, and each item's history against
// what an item is.
func (t *Torture) check(log *Log, w *world, calls []*Call) {
	d := audit{log: log, report: t.Report, items: map[Item][]history.Operation{}}
	known := map[string]bool{}
	for _, call := range calls {
		d.take(call)
		for _, a := range call.Attempts {
			known[a.ID] = true
		}
	}
	for i := range log.Commits {
		if commit := &log.Commits[i]; commit.Actor == w.name && !known[commit.RequestID] {
			t.Report.Find("position %d: no client asked for %q", commit.Position, commit.RequestID)
		}
	}
	for _, item := range slices.SortedFunc(maps.Keys(d.items),
		func(a, b Item) int { return len(d.items[a]) - len(d.items[b]) }) {
		operations := d.items[item]
		t.Report.Histories.Add(1)
		t.Report.Checked.Add(int64(len(operations)))
		if err := history.Check(item.String(), operations); err != nil {
			t.Report.Find("%v", err)
		}
	}
}
