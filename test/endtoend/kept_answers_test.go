package endtoend_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// TestABatchWithoutAnAcceptedOperationKeepsItsKey repeats such batches after what refused them is
// over, and after a restart.
func TestABatchWithoutAnAcceptedOperationKeepsItsKey(t *testing.T) {
	// given a batch under a key, each operation of which is refused
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	none := c.keyed("POST", "/v1/batch", independent(onItem("adjust", "A", `"delta":-2`), onID("release", "cart-1", "")))
	require.Equal(t, []string{"0 409 insufficient-stock", "1 404 reservation-not-found"}, results(c.multi(none.first)))
	require.Equal(t, "1", none.first.Header.Get("Onhand-Position"))
	require.NotEmpty(t, none.first.Header.Get("Idempotency-Key-Expires"))

	// when the operations would be accepted, and after a restart
	c.ok(c.adjust(itemA, `{"delta":5}`))
	c.created(c.put(cart, `{"lines":[`+part("S1", "A", 1)+`]}`))
	check := func(c client) {
		// then the service gives the first answer, and refuses other content
		c.repeated(none)
		c.shows(itemA, map[string]int{"onHand": 5, "reserved": 1})
	}
	check(c)
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	c = clientOf(t, service)
	check(c)

	// and a single refusal and an atomic batch leave their keys free
	for _, body := range []string{`{"delta":-5}`, `{"delta":1}`} {
		c.do("POST", itemA+"/adjustments", body, "Idempotency-Key: single")
	}
	for _, delta := range []int{-9, 1} {
		body := together(onItem("adjust", "A", fmt.Sprintf(`"delta":%d`, delta)))
		c.do("POST", "/v1/batch", body, "Idempotency-Key: atomic")
	}
	c.shows(itemA, map[string]int{"onHand": 7, "reserved": 1})

	// and the feed shows that an answer is kept
	a := c.ok(c.get("/v1/events?after=0&limit=1"))
	require.Contains(t, a.Body, `"type":"onhand.answer.kept.v1"`)
	verified(t, service)
}

// TestKeptAnswersAreInProportion measures what refused batches under keys add to the log.
func TestKeptAnswersAreInProportion(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	for name, operation := range map[string]string{
		"adjust":  onItem("adjust", "A", `"delta":-1`),
		"reserve": `{"op":"reserve","lines":[` + part("S1", "A", 1) + `]}`,
		"release": onID("release", "x", ""),
	} {
		for _, n := range []int{1, 1000} {
			before := logSize(t, dir)
			body := independent(strings.Split(strings.Repeat(operation+"|", n-1)+operation, "|")...)
			c.multi(c.keyed("POST", "/v1/batch", body).first)
			written := logSize(t, dir) - before
			t.Logf("%d operations %s: %d bytes, %d in the log", n, name, len(body), written)
			require.Less(t, written, int64(10*(len(body)+100)), name)
		}
	}
}

func logSize(t *testing.T, dir string) (size int64) {
	files, err := filepath.Glob(filepath.Join(dir, "log", "*"))
	require.NoError(t, err)
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		size += info.Size()
	}
	return size
}
