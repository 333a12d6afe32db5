package endtoend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// amplified is one kind of operation, many of which are sent in batches.
type amplified struct {
	name string
	op   func(n int) string // the n-th operation, as a batch has it
	// lines is how many lines of its reservation an operation changes that does not name them, or how many a
	// shipment has, which changes two items for each.
	lines int

	in, out int // bytes of all
}

// Bounds of what an operation may write: a number of bytes for each byte of it, or for each of its lines.
const (
	mostPerByte = 20
	mostPerLine = 1200
	perKind     = 96 // three times 32, so that events with all lines are in
)

// TestWhatAnOperationWritesIsInProportion: given reservations and transfers of 100 lines, when many operations of each
// kind are sent in batches, the shortest form in which clients can send them, with and without a key, then the log
// grows in proportion to them.
func TestWhatAnOperationWritesIsInProportion(t *testing.T) {
	table := []string{"| operation | bytes in | bytes out | factor | with a key |", "|---|---|---|---|---|"}
	plain, keyed := amplifications(t, ""), amplifications(t, "key")
	for i, kind := range plain {
		other := keyed[i]
		name, factor, withKey := kind.name, fmt.Sprintf("%.1f", kind.factor()), fmt.Sprintf("%.1f", other.factor())
		if kind.lines > 0 {
			factor = fmt.Sprintf("%d bytes a line", kind.perLine())
			withKey = fmt.Sprintf("%d bytes a line", other.perLine())
			require.LessOrEqual(t, max(kind.perLine(), other.perLine()), mostPerLine, name)
		} else {
			require.LessOrEqual(t, max(kind.factor(), other.factor()), float64(mostPerByte), name)
		}
		row := fmt.Sprintf("| %s | %d | %d | %s | %s |", name, kind.in/perKind, kind.out/perKind, factor, withKey)
		table = append(table, row)
	}
	t.Log("\n" + strings.Join(table, "\n"))
}

func (a amplified) factor() float64 { return float64(a.out) / float64(a.in) }

func (a amplified) perLine() int { return a.out / perKind / a.lines }

// amplifications measures each kind of operation on a log of its own, under keys that begin with key if there is one.
func amplifications(t *testing.T, key string) []amplified {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	kinds := amplifiedKinds(c)
	for k := range kinds {
		kind := &kinds[k]
		before := c.logBytes()
		for n := 0; n < perKind; {
			var ops []string
			for lines := 0; n < perKind && len(ops) < 32; n++ {
				op := kind.op(n)
				if lines += strings.Count(op, `"sku"`); lines > 1000 {
					break
				}
				ops = append(ops, op)
			}
			body, headers := together(strings.Join(ops, ",")), []string(nil)
			if key != "" {
				headers = append(headers, fmt.Sprintf("Idempotency-Key: %s-%d-%d", key, k, n))
			}
			c.ok(c.do("POST", "/v1/batch", body, headers...))
			kind.in += len(body)
		}
		kind.out = int(c.logBytes() - before)
	}
	return kinds
}

// amplifiedKinds makes what the operations are about, and returns them.
func amplifiedKinds(c client) []amplified {
	sku := func(n int) string { return fmt.Sprintf("SKU-%03d", n%100) }
	var parts, units []string
	for n := range 100 {
		c.ok(c.adjust("/v1/stores/S1/items/"+sku(n), `{"delta":1000000}`))
		parts = append(parts, part("S1", sku(n), 1000))
		units = append(units, unit(sku(n), 1000))
	}
	lines := `"lines":[` + strings.Join(parts, ",") + `]`
	for _, id := range []string{"extended", "committed", "released", "returned"} {
		c.created(c.do("PUT", reservations+"/"+id, `{`+lines+`}`))
	}
	c.created(c.do("PUT", reservations+"/small", `{"lines":[`+part("S1", sku(0), 9)+`]}`))
	c.ok(c.post(reservations+"/returned/commit", `{"lines":[`+strings.Join(parts[:99], ",")+`]}`))
	van := `"from":"S1","to":"S2","lines":[` + strings.Join(units, ",") + `]`
	sent := strings.TrimPrefix(c.created(c.post(transfers, `{`+van+`}`)), transfers+"/")
	on := func(op, id, rest string) func(int) string {
		return func(n int) string { return onID(op, strings.ReplaceAll(id, "#", fmt.Sprint(n)), rest) }
	}
	oneOf := func(op, id string, of int) func(int) string {
		return func(n int) string { return onID(op, id, `,"lines":[`+part("S1", sku(n%of), 1)+`]`) }
	}
	item := func(op, rest string) func(int) string {
		return func(n int) string { return onItem(op, sku(n), strings.ReplaceAll(rest, "#", fmt.Sprint(1+n%2))) }
	}
	reserve := func(n int) string { return fmt.Sprintf(`{"op":"reserve","id":"whole-%d",%s}`, n, lines) }
	return []amplified{
		{name: "adjust", op: item("adjust", `"delta":1`)},
		{name: "count", op: item("count", `"onHand":200000#`)},
		{name: "move", op: item("move", `"from":"sellable","to":"damaged","quantity":1`)},
		{name: "policy", op: item("policy", `"safetyStock":#`)},
		{name: "reserve 1 line", op: func(n int) string {
			return fmt.Sprintf(`{"op":"reserve","id":"s-%d","lines":[%s]}`, n, part("S1", sku(n), 1))
		}},
		{name: "extend 1 line", op: on("extend", "small", `,"ttlSeconds":60`)},
		{name: "commit 1 line", op: on("commit", "s-#", ""), lines: 1},
		{name: "return 1 line", op: on("return", "s-#", ""), lines: 1},
		{name: "extend 100 lines", op: on("extend", "extended", `,"ttlSeconds":60`)},
		{name: "commit 1 of 100 lines", op: oneOf("commit", "committed", 100)},
		{name: "release 1 of 100 lines", op: oneOf("release", "released", 100)},
		{name: "return 1 of 100 lines", op: oneOf("return", "returned", 99)},
		{name: "reserve 100 lines", op: reserve},
		{name: "replace 100 lines", op: reserve},
		{name: "commit 100 lines", op: on("commit", "whole-#", ""), lines: 100},
		{name: "return 100 lines", op: on("return", "whole-#", ""), lines: 100},
		{name: "ship 100 lines", op: func(int) string { return `{"op":"ship",` + van + `}` }, lines: 100},
		{name: "receive 1 of 100 lines", op: func(n int) string {
			return onID("receive", sent, fmt.Sprintf(`,"lines":[{"sku":%q,"good":1}]`, sku(n)))
		}},
	}
}
