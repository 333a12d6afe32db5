package endtoend_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// delivery is an event that a subscriber has taken.
type delivery struct{ ID, Subject, Sequence string }

// subscriber is a receiver of webhooks that can be made to refuse events, or to hang.
type subscriber struct {
	*testing.T
	url string

	mu      sync.Mutex
	taken   []delivery
	down    bool
	poison  string // id of an event that it refuses
	sticky  string // id of an event with which it hangs
	hanging int    // requests that hang now
}

func openSubscriber(t *testing.T) *subscriber {
	s := &subscriber{T: t}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var d delivery
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		s.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.down:
		w.WriteHeader(http.StatusBadGateway)
	case d.ID == s.poison:
		w.WriteHeader(http.StatusInternalServerError)
	case d.ID == s.sticky:
		s.hanging++
		s.mu.Unlock()
		<-r.Context().Done()
		s.mu.Lock()
		s.hanging--
	default:
		s.taken = append(s.taken, d)
	}
}

// behave changes what a subscriber does.
func (s *subscriber) behave(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// ids are the events that were taken, of one item or, for "", of all.
func (s *subscriber) ids(item string) (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.taken {
		if item == "" || strings.HasSuffix(d.Subject, "/items/"+item) {
			all = append(all, d.ID)
		}
	}
	return all
}

// gets waits until a subscriber has taken events of an item, those and no others, in this
// order.
func (s *subscriber) gets(item string, ids ...string) {
	s.Helper()
	require.Eventually(s, func() bool { return slices.Equal(ids, s.ids(item)) }, patience, 5*time.Millisecond, "%s: %v",
		item, ids)
}

// orderly requires that each event was taken once, those of an item in their order.
func (s *subscriber) orderly(events int) {
	s.Helper()
	require.Eventually(s, func() bool { return len(s.ids("")) >= events }, patience, 5*time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Len(s, s.taken, events)
	last := map[string]string{}
	for _, d := range s.taken {
		require.Less(s, last[d.Subject], d.Sequence, d.Subject)
		last[d.Subject] = d.Sequence
	}
}

// subscribe has every event sent to a subscriber and returns the projection's name.
func (c client) subscribe(s *subscriber) string {
	c.t.Helper()
	a := c.once(webhooksPath, fmt.Sprintf(`{"url":%q,"secret":%q,"after":0}`, s.url, secretOf(firstKey)))
	require.Equal(c.t, 201, a.Status, a.Body)
	return "webhook-" + a.json("id").(string)
}

// deadLetters returns the dead letters.
func (c client) deadLetters() (all []map[string]any) {
	c.t.Helper()
	for _, l := range c.ok(c.get(deadLettersPath)).json("deadLetters").([]any) {
		all = append(all, l.(map[string]any))
	}
	return all
}

const deadLettersPath = "/v1/dead-letters"
