package endtoend_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// feedPage is a page of the feed.
type feedPage struct {
	Commits []feedCommit
	Next    int
}

type feedCommit struct {
	Position int
	Events   []struct{ ID, Type, Subject string }
}

func (c client) page(query string, headers ...string) (p feedPage) {
	c.t.Helper()
	a := c.ok(c.get("/v1/events?"+query, headers...))
	require.NoError(c.t, json.Unmarshal([]byte(a.Body), &p))
	require.Equal(c.t, strconv.Itoa(p.Next), a.Header.Get("Onhand-Position"))
	return p
}

// follow reads page after page up to the end of the log.
func (c client) follow(query string) (all []feedCommit) {
	c.t.Helper()
	for after := 0; ; {
		p := c.page(fmt.Sprintf("after=%d&%s", after, query))
		if p.Next == after {
			return all
		}
		all = append(all, p.Commits...)
		after = p.Next
	}
}

// market makes commits of all kinds: 30 of items in two stores, then a
// reservation of two lines and a transfer.
func market(c client) {
	for i := range 30 {
		c.ok(c.adjust(fmt.Sprintf("/v1/stores/S%d/items/%c", 1+i%2, 'A'+i%3), `{"delta":10}`))
	}
	a := c.do("POST", "/v1/reservations", `{"lines":[{"store":"S1","sku":"A","quantity":1},{"store":"S2","sku":"B","quantity":2}]}`)
	require.Equal(c.t, 201, a.Status)
	a = c.do("POST", "/v1/transfers", `{"from":"S1","to":"S2","lines":[{"sku":"A","quantity":1}]}`)
	require.Equal(c.t, 201, a.Status)
}

const marketCommits = 32

func TestPagesOfTheFeedShowEveryCommitOnce(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	require.Equal(t, feedPage{Commits: []feedCommit{}}, c.page(""), "nothing has happened yet")
	market(c)
	for _, limit := range []int{1, 7, 500} {
		all := c.follow(fmt.Sprint("limit=", limit))
		require.Len(t, all, marketCommits)
		for i, one := range all {
			require.Equal(t, i+1, one.Position)
			for j, e := range one.Events {
				require.Equal(t, fmt.Sprintf("%d.%d", i+1, j), e.ID)
			}
		}
		require.Len(t, all[30].Events, 3, "a reservation and its two items")
	}
	require.Len(t, c.page("after=30").Commits, 2)
	require.Equal(t, marketCommits, c.page("after=32", "Onhand-Min-Position: 32").Next)
}

func TestFiltersOfTheFeed(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	market(c)
	for query, want := range map[string]int{
		"store=S1":                                  15 + 2,
		"sku=A":                                     10 + 2,
		"store=S2&sku=B":                            5 + 1,
		"type=onhand.stock.reserved.v1":             1,
		"type=onhand.stock.reserved.v1&store=S1":    1,
		"type=onhand.reservation.created.v1":        1,
		"type=onhand.transfer.shipped.v1&limit=1":   1,
		"type=onhand.transfer.shipped.v1&store=S1":  0, // it is about no item
		"store=S3":                                  0,
		"type=onhand.stock.adjusted.v1&sku=C":       10,
		"type=onhand.stock.adjusted.v1&sku=%20C%20": 10,
	} {
		all := c.follow(query)
		require.Len(t, all, want, query)
	}
	p := c.page("type=onhand.stock.reserved.v1&store=S2")
	require.Equal(t, marketCommits, p.Next)
	require.Len(t, p.Commits, 1)
	require.Len(t, p.Commits[0].Events, 1, "the other events of the commit are left out")
	require.Equal(t, "stores/S2/items/B", p.Commits[0].Events[0].Subject)
}

func TestWhatTheFeedDoesNotUnderstandIsRefused(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	for _, query := range []string{
		"after=-1", "after=x", "after=", "limit=0", "wait=31", "wait=-1", "wait=1.5", "store=", "store=a/b", "sku=",
		"type=stock.reserved.v1", "type=onhand.stock.unheard-of.v1", "type=", "nonsense=1", "after=1&after=2",
	} {
		c.refused(c.get("/v1/events?"+query), 400, "malformed-query")
	}
	stream := "Accept: text/event-stream"
	c.refused(c.get("/v1/events?limit=5", stream), 400, "malformed-query")
	c.refused(c.get("/v1/events", stream, "Last-Event-ID: x"), 400, "malformed-header")
	c.refused(c.get("/v1/events", "Onhand-Min-Position: x"), 400, "malformed-header")
	c.refused(c.get("/v1/events?after=7"), 503, "view-behind")
	c.refused(c.get("/v1/events", stream, "Last-Event-ID: 7"), 503, "view-behind")
}

func TestALongPollAnswersWhenSomethingFits(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited, "REQUEST_TIMEOUT_MS=1000"))
	c.ok(c.adjust(itemA, `{"delta":1}`))
	begin := time.Now()
	require.Equal(t, 1, c.page("after=1&wait=2").Next)
	require.GreaterOrEqual(t, time.Since(begin), 2*time.Second, "it outlives the time for other requests")
	got := make(chan feedPage)
	go func() { got <- c.page("after=1&wait=30&sku=B") }()
	for {
		c.ok(c.adjust(itemA, `{"delta":1}`))
		if polls := c.ok(c.get("/v1/status")).json("feed", "polls"); polls == 1.0 {
			break
		}
	}
	select {
	case <-got:
		require.Fail(t, "nothing fits yet")
	case <-time.After(20 * time.Millisecond):
	}
	begin = time.Now()
	p := c.ok(c.adjust("/v1/stores/S1/items/B", `{"delta":1}`)).Header.Get("Onhand-Position")
	page := <-got
	require.Len(t, page.Commits, 1)
	require.Equal(t, p, strconv.Itoa(page.Next))
	require.Less(t, time.Since(begin), 20*time.Second)
}
