package history

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// Never is the end of an operation that no client was told of.
const Never = int64(1) << 62

// patience is how long a history of one item may take to be checked. One that takes
// longer is as bad as a wrong one: it may be wrong.
const patience = time.Minute

// model is an item as porcupine takes it.
func model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{state{}} },
		Step: func(now, input, _ any) []any {
			var all []any
			for _, after := range now.(state).step(input.(Operation)) {
				all = append(all, after)
			}
			return all
		},
		Equal:             func(a, b any) bool { return a.(state).equal(b.(state)) },
		Hash:              func(s any) uint64 { return s.(state).hash() },
		DescribeOperation: func(input, _ any) string { return input.(Operation).Name },
		DescribeState:     func(s any) string { return s.(state).String() },
	}
	return m.ToModel()
}

// Check holds the operations on one item, in any order, against what an item is. Where
// they do not agree, it writes what happened to the directory for temporary files, and
// the error says where.
func Check(item string, operations []Operation) error {
	list := make([]porcupine.Operation, len(operations))
	for i, o := range operations {
		list[i] = porcupine.Operation{ClientId: i % 100, Input: o, Call: o.Begin, Return: o.End}
	}
	lanes(list)
	result, info := porcupine.CheckOperationsVerbose(model(), list, patience)
	if result == porcupine.Ok {
		return nil
	}
	what := "no order explains all answers"
	if result == porcupine.Unknown {
		what = "it took too long to find out whether an order explains all answers"
	}
	where, err := keep(operations, info)
	if err != nil {
		return fmt.Errorf("%s: %s (%d operations); and the history could not be kept: %w", item, what, len(operations), err)
	}
	return fmt.Errorf("%s: %s (%d operations): %s", item, what, len(operations), where)
}

// lanes gives operations that overlap different rows in the picture.
func lanes(list []porcupine.Operation) {
	var ends []int64
	for i := range list {
		row := 0
		for row < len(ends) && ends[row] >= list[i].Call {
			row++
		}
		if row == len(ends) {
			ends = append(ends, 0)
		}
		ends[row], list[i].ClientId = list[i].Return, row
	}
}

// keep writes a history, as data and as a picture, and says where.
func keep(operations []Operation, info porcupine.LinearizationInfo) (string, error) {
	dir, err := os.MkdirTemp("", "onhand-history-")
	if err != nil {
		return "", err
	}
	content, err := json.MarshalIndent(operations, "", " ")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "history.json"), content, 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "history.txt"), []byte(told(operations, info)), 0o600); err != nil {
		return "", err
	}
	picture := filepath.Join(dir, "history.html")
	return picture, porcupine.VisualizePath(model(), info, picture)
}

// told is the longest order that explains its answers, with the state after each
// operation, and then what has no place in it.
func told(operations []Operation, info porcupine.LinearizationInfo) string {
	var longest []porcupine.Operation
	for _, partition := range info.PartialLinearizationsOperations() {
		for _, order := range partition {
			if len(order) > len(longest) {
				longest = order
			}
		}
	}
	var text strings.Builder
	placed := map[string]bool{}
	states := []state{{}}
	for _, one := range longest {
		o := one.Input.(Operation)
		placed[o.Name] = true
		var after []state
		for _, s := range states {
			after = append(after, s.step(o)...)
		}
		states = after
		fmt.Fprintf(&text, "%d-%d at %d-%d %s\n    %v\n", o.Begin, o.End, o.From, o.Until, o.Name, states)
	}
	rest := slices.DeleteFunc(slices.Clone(operations), func(o Operation) bool { return placed[o.Name] })
	slices.SortFunc(rest, func(a, b Operation) int { return int(a.End/1000 - b.End/1000) })
	fmt.Fprintf(&text, "\nNo place for:\n")
	for _, o := range rest {
		fmt.Fprintf(&text, "%d-%d at %d-%d %s\n    %+v\n", o.Begin, o.End, o.From, o.Until, o.Name, o.Steps)
	}
	return text.String()
}
