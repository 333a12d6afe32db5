package torture

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/onhand/onhand/test/torture/history"
)

// clockError is by how many microseconds the times of decisions may be off: log time is
// measured by each process.
const clockError = 1_000_000

// audit holds what clients were told against the log, and makes of both the history of
// each item.
type audit struct {
	log    *Log
	report *Report
	items  map[Item][]history.Operation
}

// take adds a call to the histories. The log says whether an attempt without an answer
// happened. An attempt that is not in the log has no place in any history, and an answer
// that shows its effect nevertheless fits into none.
func (d *audit) take(c *Call) {
	var effect *Commit
	var by *Attempt
	for i := range c.Attempts {
		if commit := d.log.ByRequest[c.Attempts[i].ID]; commit != nil {
			if effect != nil {
				d.report.Find("%s has two effects, at %d and %d", c.Name, effect.Position, commit.Position)
			}
			effect, by = commit, &c.Attempts[i]
		}
	}
	if effect != nil && (by.Fate == Refused || by.Fate == Nothing || c.reads()) {
		d.report.Find("%s was told %d %s, and it is in the log at %d", by.ID, by.Status, by.Problem, effect.Position)
		return
	}
	for i := range c.Attempts {
		a := &c.Attempts[i]
		switch {
		case a.Fate == Refused, a.Fate == Acknowledged && c.reads():
			d.seen(c, a)
		case a.Fate == Acknowledged && effect == nil:
			d.without(c, a)
		case a.Fate == Acknowledged:
			d.matches(c, a, by, effect)
		}
	}
	if effect != nil {
		d.happened(c, by, effect)
	}
}

// seen puts answers without an effect into the histories.
func (d *audit) seen(c *Call, a *Attempt) {
	operations, err := c.operations(a)
	if err != nil {
		d.report.Find("%v", err)
		return
	}
	for item, o := range operations {
		o.Begin, o.End, o.From, o.Until = a.Begin, a.End, a.From, a.Until
		d.items[item] = append(d.items[item], *o)
	}
}

// without looks at acknowledged requests that are not in the log: that can only be a batch
// of which every operation was refused.
func (d *audit) without(c *Call, a *Attempt) {
	results, err := c.results(a)
	for _, r := range results {
		if r.Problem == nil || !c.Batch {
			d.report.Find("%s was acknowledged with position %d and is not in the log: %s %v", a.ID, a.Position, a.Body, err)
			return
		}
	}
	d.seen(c, a)
}

// matches holds an acknowledgement against the commit.
func (d *audit) matches(c *Call, a, by *Attempt, effect *Commit) {
	if a.Position != effect.Position || effect.Key != c.Key && !strings.HasSuffix(effect.Key, c.Key) {
		d.report.Find("%s was told position %d; it is at %d with key %q", a.ID, a.Position, effect.Position, effect.Key)
	}
	if a.Replayed == (a == by) {
		d.report.Find("%s was told replayed=%t, and %s did it", a.ID, a.Replayed, by.ID)
	}
	if at := effect.decided(); at < by.From-clockError || at > a.Until+clockError {
		d.report.Find("%s was decided at %s, which is not between its request and its answer", a.ID, effect.Time)
	}
}

// happened puts an effect into the histories.
func (d *audit) happened(c *Call, by *Attempt, effect *Commit) {
	end := history.Never
	told := (*Attempt)(nil)
	for i := range c.Attempts {
		if a := &c.Attempts[i]; a.Fate == Acknowledged && a.End < end {
			end, told = a.End, a
		}
	}
	var operations map[Item]*history.Operation
	var err error
	if told != nil {
		operations, err = c.operations(told)
	} else {
		operations = d.reconstruct(c, by, effect)
	}
	if err != nil {
		d.report.Find("%v", err)
	}
	at := effect.decided()
	for item, o := range operations {
		o.Effect, o.Begin, o.End, o.From, o.Until = true, by.Begin, end, at, at
		d.items[item] = append(d.items[item], *o)
	}
}

// reconstruct makes of a commit what no client was told.
func (d *audit) reconstruct(c *Call, by *Attempt, effect *Commit) map[Item]*history.Operation {
	all := map[Item]*history.Operation{}
	after, happened, made := traces(effect)
	for _, p := range c.Parts {
		o := all[p.Item]
		if o == nil {
			o = &history.Operation{Name: fmt.Sprintf("%s %s %s %s -> no client was told; at %d",
				by.ID, c.Method, c.path(), c.Body, effect.Position)}
			all[p.Item] = o
		}
		step, answer := p.Step, history.Answer{Fate: history.Done}
		if step.Kind == history.Place && step.Hold == "" && !c.Batch {
			step.Hold = made
		}
		deadline, done := happened[c.reference(p, step)]
		if step.Deadline = deadline; !done {
			answer.Fate = history.Untold
		}
		o.Steps, o.Answers = append(o.Steps, step), append(o.Answers, answer)
	}
	for item, o := range all {
		if last := len(o.Answers) - 1; o.Answers[last].Fate == history.Done {
			o.Answers[last].Item = after[item]
		}
	}
	return all
}

// traces returns what a commit says of its items, the names that it mentions with their
// deadlines, and the reservation that it made.
func traces(effect *Commit) (after map[Item]*history.Item, happened map[string]int64, made string) {
	after, happened = map[Item]*history.Item{}, map[string]int64{}
	for _, e := range effect.Events {
		happened[e.Data.Reference] = 0
		if id, ok := strings.CutPrefix(e.Stream, "reservation/"); ok {
			happened[id], made = micros(cmp.Or(e.Data.ExpiresAt, e.Data.After.ExpiresAt)), id
		}
		if item, ok := e.item(); ok {
			n := e.Data.After
			after[item] = &history.Item{OnHand: n.OnHand, Reserved: n.Reserved, Available: n.Available, Version: n.Version}
		}
	}
	return after, happened, made
}

// reference returns the name by which a commit mentions a step of a part.
func (c *Call) reference(p Part, step history.Step) string {
	switch {
	case step.Kind != history.Adjust:
		return step.Hold
	case c.Batch:
		return fmt.Sprint(c.Name, ".", p.Index)
	default:
		return c.Name
	}
}
