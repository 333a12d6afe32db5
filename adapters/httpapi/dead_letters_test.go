package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// deadLetterFixture is an API with one projection, "told", whose target cannot handle some events.
type deadLetterFixture struct {
	*testing.T
	*Server
	deps    projection.Dependencies
	log     *memory.EventStore
	letters *memory.DeadLetterStore
	group   *projection.Group

	mu     sync.Mutex
	poison map[event.Position]bool
	taken  []event.Position
	slow   time.Duration // how long the target takes for events
}

// Publish implements ports.Publisher.
func (d *deadLetterFixture) Publish(_ context.Context, events []ports.StreamEvent) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	time.Sleep(d.slow)
	for i := range events {
		if d.poison[events[i].Position] {
			return i, errors.New("it <chokes>")
		}
		d.taken = append(d.taken, events[i].Position)
	}
	return len(events), nil
}

func (d *deadLetterFixture) spoil(positions ...event.Position) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.poison = map[event.Position]bool{}
	for _, p := range positions {
		d.poison[p] = true
	}
}

// note is ledger.Note on this log.
func (d *deadLetterFixture) note(_ context.Context, n ledger.Note) error {
	commit := ports.Commit{Time: time.Now(), Actor: n.Actor, RequestID: n.RequestID, Events: []ports.Event{n.Event}}
	fates, err := d.log.Append(context.Background(), []ports.Commit{commit})
	return errors.Join(err, fates[0].Err)
}

// write adds an event of an item to the log.
func (d *deadLetterFixture) write(sku string, version event.Version) {
	_, err := d.log.Append(context.Background(), []ports.Commit{{Time: time.Now(), Events: []ports.Event{{
		Stream: event.StreamID("stock/S1/" + sku), Version: version, Type: "stock.adjusted.v1",
		Data: fmt.Appendf(nil, `{"delta":%d}`, version),
	}}}})
	require.NoError(d, err)
}

// run replaces the group and the API.
func (d *deadLetterFixture) run() {
	d.group = projection.NewGroup()
	require.NoError(d, d.group.Add(projection.New(d.deps, projection.Options{
		Name: "told", New: projection.Publish(d), Retry: projection.After(time.Second, time.Second),
	})))
	d.serve(time.Minute)
	d.group.Start()
	synctest.Wait()
}

// serve replaces the API.
func (d *deadLetterFixture) serve(timeout time.Duration) {
	d.Server, _ = newTestServer(d.T, d.log, Options{Projections: d.group, DeadLetters: d.letters, RequestTimeout: timeout})
}

// withDeadLetters runs a test in which time passes when all goroutines wait.
func withDeadLetters(t *testing.T, name string, test func(*deadLetterFixture)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := &deadLetterFixture{T: t, log: memory.NewEventStore(time.Minute, time.Now), letters: &memory.DeadLetterStore{}}
			d.deps = projection.Dependencies{
				Feed: d.log, Log: d.log, Checkpoints: &memory.CheckpointStore{}, DeadLetters: d.letters, Note: d.note,
				Head: func() event.Position { return d.log.Head().Position }, Now: time.Now, Report: func(ports.Incident) {},
			}
			d.run()
			defer func() { require.NoError(t, d.group.Stop(context.Background())) }()
			test(d)
		})
	})
}

// asks makes a request and reads the answer.
func (d *deadLetterFixture) asks(method, path, body string, status int) map[string]any {
	d.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	answer := ask(d.Server, method, path, content)
	require.Equal(d, status, answer.Code, answer.Body)
	got := map[string]any{}
	if answer.Body.Len() > 0 {
		require.NoError(d, json.Unmarshal(answer.Body.Bytes(), &got))
	}
	return got
}

// listed returns the ids that a page shows, and its cursor.
func (d *deadLetterFixture) listed(query string) (ids []string, cursor string) {
	page := d.asks(http.MethodGet, "/v1/dead-letters"+query, "", 200)
	for _, l := range page["deadLetters"].([]any) {
		ids = append(ids, l.(map[string]any)["id"].(string))
	}
	cursor, _ = page["nextCursor"].(string)
	return ids, cursor
}

func idOf(p event.Position) string { return ports.DeadLetterID("told", ports.EventID{Position: p}) }

// parked makes the first events of so many items dead letters.
func (d *deadLetterFixture) parked(items int) {
	var all []event.Position
	for n := range items {
		all = append(all, event.Position(n+1))
	}
	d.spoil(all...)
	for n := range items {
		d.write(fmt.Sprint(n), 1)
	}
	time.Sleep(time.Minute)
	synctest.Wait()
}

func TestDeadLettersOverHTTP(t *testing.T) {
	withDeadLetters(t, "are listed with their cause, redriven in vain, and redriven", func(d *deadLetterFixture) {
		d.parked(1)
		d.write("0", 2)
		letter := d.asks(http.MethodGet, "/v1/dead-letters", "", 200)["deadLetters"].([]any)[0].(map[string]any)
		require.Equal(d, idOf(1), letter["id"])
		require.Equal(d, "it <chokes>", letter["cause"])
		require.EqualValues(d, 3, letter["attempts"])
		require.Equal(d, "1.0", letter["event"].(map[string]any)["id"])
		path := "/v1/dead-letters/" + idOf(1) + "/redrive"
		refused := d.asks(http.MethodPost, path, "", 409)
		require.Equal(d, []any{"redrive-failed", "it <chokes>", 4.0},
			[]any{refused["code"], refused["cause"], refused["attempts"]})
		require.Empty(d, d.taken)
		d.spoil()
		require.Equal(d, true, d.asks(http.MethodPost, path, "{}", 200)["redriven"])
		require.Equal(d, []event.Position{1, 2}, d.taken, "the events that were held back follow")
		ids, _ := d.listed("")
		require.Empty(d, ids)
		require.Equal(d, "dead-letter-not-found", d.asks(http.MethodPost, path, "", 404)["code"])
	})
	withDeadLetters(t, "are discarded, and the events that they held back follow", func(d *deadLetterFixture) {
		d.parked(1)
		d.write("0", 2)
		d.asks(http.MethodDelete, "/v1/dead-letters/"+idOf(1), "", 204)
		synctest.Wait()
		require.Equal(d, []event.Position{2, 3}, d.taken, "and the log says so")
		require.Equal(d, "dead-letter-not-found", d.asks(http.MethodDelete, "/v1/dead-letters/"+idOf(1), "", 404)["code"])
	})
	withDeadLetters(t, "come in pages, each on one", func(d *deadLetterFixture) {
		d.parked(5)
		var all []string
		for cursor := ""; ; {
			ids, next := d.listed("?limit=2&projection=told&cursor=" + cursor)
			all = append(all, ids...)
			if cursor = next; cursor == "" {
				break
			}
		}
		require.Equal(d, []string{idOf(1), idOf(2), idOf(3), idOf(4), idOf(5)}, all)
		_, cursor := d.listed("?limit=2")
		refused := d.asks(http.MethodGet, "/v1/dead-letters?projection=told&cursor="+cursor, "", 400)
		require.Equal(d, "malformed-query", refused["code"], "the cursor belongs to another query")
		ids, _ := d.listed("?projection=unheard-of")
		require.Empty(d, ids)
	})
}
