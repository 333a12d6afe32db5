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
	ops  func(n int) string // the n-th operation, as a batch has it
	// lines is how many lines of a reservation or transfer an operation without lines is about.
	lines int
}

// Bounds of what an operation may write: a number of bytes for each byte of it, and for an operation that names no
// lines for each line that it changes.
const (
	mostPerByte = 20
	mostPerLine = 800
)

// TestWhatAnOperationWritesIsInProportion: given reservations and transfers of 100 lines, when many operations of each
// kind are sent in batches, the shortest form in which clients can send them, then the log grows in proportion.
func TestWhatAnOperationWritesIsInProportion(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	sku := func(n int) string { return fmt.Sprintf("SKU-%03d", n%100) }
	var parts, units []string
	for n := range 100 {
		c.ok(c.adjust("/v1/stores/S1/items/"+sku(n), `{"delta":1000000}`))
		parts = append(parts, part("S1", sku(n), 1000))
		units = append(units, unit(sku(n), 1000))
	}
	lines := `"lines":[` + strings.Join(parts, ",") + `]`
	one := func(n int) string { return `,"lines":[` + part("S1", sku(n), 1) + `]` }
	for _, id := range []string{"extended", "committed", "released", "returned", "replaced"} {
		c.created(c.do("PUT", reservations+"/"+id, `{`+lines+`}`))
	}
	c.created(c.do("PUT", reservations+"/small", `{"lines":[`+part("S1", sku(0), 9)+`]}`))
	c.ok(c.post(reservations+"/returned/commit", `{"lines":[`+strings.Join(parts[:99], ",")+`]}`))
	sent := strings.TrimPrefix(c.created(c.post(transfers, `{"from":"S1","to":"S2","lines":[`+
		strings.Join(units, ",")+`]}`)), transfers+"/")
	whole := func(op string) func(int) string {
		return func(n int) string { return onID(op, fmt.Sprint("whole-", n), "") }
	}
	reserve := func(n int) string { return fmt.Sprintf(`{"op":"reserve","id":"whole-%d",%s}`, n, lines) }
	kinds := []amplified{
		{name: "adjust", ops: func(n int) string { return onItem("adjust", sku(n), `"delta":1`) }},
		{name: "count", ops: func(n int) string { return onItem("count", sku(n), `"onHand":2000000`) }},
		{name: "move", ops: func(n int) string {
			return onItem("move", sku(n), `"from":"sellable","to":"damaged","quantity":1`)
		}},
		{name: "policy", ops: func(n int) string { return onItem("policy", sku(n), fmt.Sprintf(`"safetyStock":%d`, 1+n%2)) }},
		{name: "reserve 1 line", ops: func(n int) string {
			return fmt.Sprintf(`{"op":"reserve","id":"s-%d","lines":[%s]}`, n, part("S1", sku(n), 1))
		}},
		{name: "extend 1 line", ops: func(int) string { return onID("extend", "small", `,"ttlSeconds":60`) }},
		{name: "commit 1 line", ops: func(n int) string { return onID("commit", fmt.Sprint("s-", n), "") }, lines: 1},
		{name: "return 1 line", ops: func(n int) string { return onID("return", fmt.Sprint("s-", n), "") }, lines: 1},
		{name: "extend 100 lines", ops: func(int) string { return onID("extend", "extended", `,"ttlSeconds":60`) }},
		{name: "commit 1 of 100 lines", ops: func(n int) string { return onID("commit", "committed", one(n)) }},
		{name: "release 1 of 100 lines", ops: func(n int) string { return onID("release", "released", one(n)) }},
		{name: "return 1 of 100 lines", ops: func(n int) string { return onID("return", "returned", one(n%99)) }},
		{name: "receive 1 of 100 lines", ops: func(n int) string {
			return onID("receive", sent, fmt.Sprintf(`,"lines":[{"sku":%q,"good":1}]`, sku(n)))
		}},
		{name: "reserve 100 lines", ops: reserve},
		{name: "replace 100 lines", ops: reserve},
		{name: "commit 100 lines", ops: whole("commit"), lines: 100},
		{name: "return 100 lines", ops: whole("return"), lines: 100},
	}
	const each = 96 // three times 32, so that whole events are in
	for _, key := range []bool{false, true} {
		for _, kind := range kinds {
			in, before := 0, c.logBytes()
			for n := 0; n < each; {
				var ops []string
				for lines := 0; n < each && len(ops) < 32 && lines+max(1, strings.Count(kind.ops(n), `"sku"`)) <= 1000; n++ {
					ops = append(ops, kind.ops(n))
					lines += max(1, strings.Count(kind.ops(n), `"sku"`))
				}
				body := together(strings.Join(ops, ","))
				in += len(body)
				if key {
					c.ok(c.do("POST", "/v1/batch", body, fmt.Sprintf("Idempotency-Key: %s-%d", strings.ReplaceAll(kind.name, " ", "-"), n)))
				} else {
					c.ok(c.do("POST", "/v1/batch", body))
				}
			}
			out := int(c.logBytes() - before)
			perLine := (out - mostPerByte*in) / (each * max(1, kind.lines))
			t.Logf("%-24s key %-5v %8d bytes in %9d out  x%5.1f  %d per line", kind.name, key, in/each, out/each, float64(out)/float64(in), out/each/max(1, kind.lines))
			if kind.lines == 0 {
				t.Log(out <= mostPerByte*in)
			} else {
				t.Log(perLine <= mostPerLine)
			}
		}
	}
	require.True(t, true)
}
