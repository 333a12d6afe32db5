package torture

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onhand/onhand/test/torture/history"
)

// The shapes of answers, as far as they matter here.
type (
	shownItem struct {
		Store, SKU                           string
		OnHand, Reserved, Available, Version int64
		Incoming                             int64
	}
	shownLine struct {
		Item
		Quantity, Remaining, Committed, Released int64
	}
	shownCart struct {
		ID        string
		Lines     []shownLine
		ExpiresAt string
	}
	problem struct {
		Code              string
		Lines             []shortLine
		Actual            *int64
		Reserved          *int64
		Sellable          *int64
		ReservationStatus string
		Results           []result
	}
	shortLine struct {
		Item
		Available, Remaining *int64
	}
	result struct {
		Index       int
		Item        *shownItem
		Reservation *shownCart
		Problem     *problem
	}
)

// results are what an answer says of each operation; of one that is not told it says
// that nothing is wrong with it.
func (c *Call) results(a *Attempt) (map[int]result, error) {
	all := map[int]result{}
	var err error
	var one result
	switch {
	case a.Fate == Refused:
		var p problem
		err = json.Unmarshal(a.Body, &p)
		if p.Code == "precondition-failed" {
			var tag int64
			if a.Tag != "" {
				tag, err = strconv.ParseInt(strings.Trim(a.Tag, `"`), 10, 64)
			}
			p.Actual = &tag
		}
		if one.Problem = &p; p.Code == "batch-refused" {
			for _, r := range p.Results {
				all[r.Index] = r
			}
			return all, err
		}
	case c.Batch:
		var batch struct{ Results []result }
		err = json.Unmarshal(a.Body, &batch)
		for _, r := range batch.Results {
			all[r.Index] = r
		}
		return all, err
	case strings.HasPrefix(c.Path, "/v1/reservations"):
		err = json.Unmarshal(a.Body, &one.Reservation)
	default:
		err = json.Unmarshal(a.Body, &one.Item)
	}
	all[0] = one
	return all, err
}

// operations are what a request asked of each item and was told, but for when.
func (c *Call) operations(a *Attempt) (map[Item]*history.Operation, error) {
	results, err := c.results(a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", a.ID, err, a.Body)
	}
	all := map[Item]*history.Operation{}
	for _, part := range c.Parts {
		o := all[part.Item]
		if o == nil {
			o = &history.Operation{Name: fmt.Sprintf("%s %s %s %s -> %d %s", a.ID, c.Method, c.path(), c.Body, a.Status, a.Body)}
			all[part.Item] = o
		}
		answer := history.Answer{Fate: history.Done}
		step := part.Step
		switch r := results[part.Index]; {
		case r.Problem != nil:
			answer = r.Problem.says(part)
		case r.Item != nil:
			answer.Item = &history.Item{
				OnHand: r.Item.OnHand, Reserved: r.Item.Reserved, Available: r.Item.Available, Version: r.Item.Version,
			}
		case r.Reservation != nil:
			answer.Line = r.Reservation.line(part.Item)
			step.Deadline = r.Reservation.deadline()
			if step.Hold == "" {
				step.Hold = r.Reservation.ID
			}
		}
		o.Steps, o.Answers = append(o.Steps, step), append(o.Answers, answer)
	}
	return all, nil
}

func (c *shownCart) line(item Item) *history.Line {
	for _, l := range c.Lines {
		if l.Item == item {
			return &history.Line{Quantity: l.Quantity, Remaining: l.Remaining, Committed: l.Committed, Released: l.Released}
		}
	}
	return nil
}

// deadline is in microseconds, 0 for none.
func (c *shownCart) deadline() int64 { return micros(c.ExpiresAt) }

func micros(text string) int64 {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0
	}
	return at.UnixMicro()
}

// says is what a problem says of an item.
func (p *problem) says(part Part) history.Answer {
	refused := history.Answer{Fate: history.Refused, Code: p.Code, Actual: p.Actual}
	listed := slices.IndexFunc(p.Lines, func(l shortLine) bool { return l.Item == part.Item })
	switch p.Code {
	case "insufficient-stock", "exceeds-reserved":
		if listed < 0 {
			return history.Answer{Fate: history.Fine}
		}
		refused.Available, refused.Actual = p.Lines[listed].Available, p.Lines[listed].Remaining
	case "would-break-reservations":
		refused.Available, refused.Actual = p.Sellable, p.Reserved
	case "reservation-closed":
		if part.Kind == history.Place {
			return history.Answer{Fate: history.Untold} // for units that were committed before
		}
	}
	return refused
}
