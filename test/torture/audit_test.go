package torture

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/torture/history"
)

// witness is a test that only looks whether something was found.
type witness struct{ testing.TB }

func (witness) Errorf(string, ...any) {}

const moment = "2026-03-01T12:00:00.000100Z"

// adjusted is a line of a log: an adjustment of an item to a version.
func adjusted(position, version int64, request, key string) string {
	return fmt.Sprintf(`{"position":%d,"time":%q,"actor":"r1","requestId":%q,"key":%q,"events":[{"stream":"stock/S1/A","version":%d,"type":"stock.adjusted.v1","data":{"delta":1,"reference":"x","after":{"onHand":%d,"available":%d,"version":%d}}}]}`,
		position, moment, request, key, version, version, version, version)
}

func logOf(t *testing.T, lines ...string) (*Log, error) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "log"), 0o700))
	text := "{}\n" + strings.Join(lines, "\n") + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "log", "00000000000000000001.ndjson"), []byte(text), 0o600))
	return ReadLog(dir)
}

func TestALogThatCannotBeIsFound(t *testing.T) {
	_, err := logOf(t, adjusted(1, 1, "a-0", "a"), adjusted(2, 2, "b-0", "b"))
	require.NoError(t, err)
	for what, second := range map[string]string{
		"position 3 is the 2th":            adjusted(3, 2, "b-0", "b"),
		"version 3 of stock/S1/A after":    adjusted(2, 3, "b-0", "b"),
		"version 1 of stock/S1/A after":    adjusted(2, 1, "b-0", "b"),
		"request a-0 has two effects":      adjusted(2, 2, "a-0", "b"),
		"key a has two effects":            adjusted(2, 2, "b-0", "a"),
		"position 2 is of 2026-03-01T11":   strings.Replace(adjusted(2, 2, "b-0", "b"), "T12", "T11", 1),
		"invalid character":                "{\"position\"2}",
		"unexpected end of JSON":           "",
		"cannot unmarshal string into Go ": `{"position":"2"}`,
	} {
		_, err := logOf(t, adjusted(1, 1, "a-0", "a"), second)
		require.ErrorContains(t, err, what)
	}
}

// attempt is one at a time around that of the log.
func attempt(id string, fate Fate, position int64) Attempt {
	at := micros(moment)
	a := Attempt{
		ID: id, Begin: 1, End: 2, From: at - 10, Until: at + 10, Fate: fate, Position: position,
		Body: []byte(`{"store":"S1","sku":"A","onHand":1,"available":1,"version":1}`),
	}
	if fate == Refused {
		a.Body = []byte(`{"code":"item-not-found"}`)
	}
	return a
}

// audited is the finding about a call against a log in which request a-0 did something
// under key a.
func audited(t *testing.T, attempts ...Attempt) (found []string, histories map[Item][]history.Operation) {
	log, err := logOf(t, adjusted(1, 1, "a-0", "a"))
	require.NoError(t, err)
	r := &Report{t: witness{t}}
	d := audit{log: log, report: r, items: map[Item][]history.Operation{}}
	call := &Call{Request: adjust(Item{"S1", "A"}, 1, "x").request("x"), Attempts: attempts}
	call.Key = "a"
	d.take(call)
	return r.found, d.items
}

func TestWhatClientsWereToldIsHeldAgainstTheLog(t *testing.T) {
	item := Item{"S1", "A"}
	found, histories := audited(t, attempt("a-0", Acknowledged, 1))
	require.Empty(t, found)
	require.Equal(t, int64(2), histories[item][0].End)
	require.True(t, histories[item][0].Effect)
	found, histories = audited(t, attempt("a-0", Unknown, 0))
	require.Empty(t, found)
	require.Equal(t, history.Never, histories[item][0].End, "no client was told")
	found, histories = audited(t, attempt("b-0", Unknown, 0))
	require.Empty(t, found)
	require.Empty(t, histories, "it did nothing")
	found, histories = audited(t, attempt("a-0", Unknown, 0), attempt("a-1", Refused, 0))
	require.Empty(t, found)
	require.Len(t, histories[item], 2, "a refusal, and what was done without its answer")

	for what, attempts := range map[string][]Attempt{
		"and is not in the log":                {attempt("b-0", Acknowledged, 1)},
		"was told position 2; it is at 1":      {attempt("a-0", Acknowledged, 2)},
		"and it is in the log at 1":            {attempt("a-0", Refused, 0)},
		"told 0 , and it is in the log at 1":   {attempt("a-0", Nothing, 0)},
		"was told replayed=false, and a-0 did": {attempt("a-0", Unknown, 0), attempt("a-1", Acknowledged, 1)},
	} {
		found, _ := audited(t, attempts...)
		require.Len(t, found, 1, what)
		require.Contains(t, found[0], what)
	}
	early := attempt("a-0", Acknowledged, 1)
	early.Until = early.From - clockError
	found, _ = audited(t, early)
	require.Contains(t, found[0], "not between its request and its answer")
}

func TestASumThatIsNotThatOfTheBankIsFound(t *testing.T) {
	view := Request{Sums: true}
	stores := `"stores":[{"store":"B1","onHand":%d,"available":%d,"incoming":%d},{"store":"B2"},{"store":"B3"}]}`
	at := func(total, onHand, available, incoming int64) []byte {
		return fmt.Appendf(nil, `{"totals":{"onHand":%d},`+stores, total, onHand, available, incoming)
	}
	require.NoError(t, sum(view, at(atBank, atBank, 0, 0)))
	require.NoError(t, sum(view, at(atBank, atBank-3, 0, 3)))
	require.Error(t, sum(view, at(atBank-1, atBank, 0, 0)))
	require.Error(t, sum(view, at(atBank, atBank-1, 0, 0)))
	require.Error(t, sum(view, at(atBank, atBank, -1, 0)))
	require.Error(t, sum(view, []byte(`{"totals":{"onHand":1000},"stores":[{"onHand":1000}]}`)))
	dry := Request{Sums: true, Dry: true}
	results := `{"results":[{"item":{"onHand":%d}},{"item":{"onHand":1}},{"item":{"onHand":1}}]}`
	require.NoError(t, sum(dry, fmt.Appendf(nil, results, atBank+1)))
	require.Error(t, sum(dry, fmt.Appendf(nil, results, atBank)))
}
