package load_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	skus = 200 // in each of two stores
	ids  = 500 // of reservations that are made over and over
)

// market is the customers and what they have been told.
type market struct {
	url    string
	client *http.Client
	keys   atomic.Int64
	carts  atomic.Int64

	mu      sync.Mutex
	answers map[string]int
}

func newMarket(url string) *market {
	return &market{
		url: url, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: writers}}, answers: map[string]int{},
	}
}

// stock makes the items.
func (m *market) stock(t *testing.T) {
	var operations []string
	for n := range skus {
		for _, store := range []string{"S1", "S2"} {
			operations = append(operations, fmt.Sprintf(`{"op":"adjust","store":%q,"sku":"sku-%d","delta":100}`, store, n))
		}
	}
	status, body := m.ask(t, "stock", http.MethodPost, "/v1/batch", `{"operations":[`+strings.Join(operations, ",")+`]}`,
		"")
	require.Equal(t, http.StatusOK, status, body)
}

// ask makes a request and counts its answer.
func (m *market) ask(t *testing.T, what, method, path, body, key string) (int, string) {
	request, err := http.NewRequest(method, m.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := m.client.Do(request)
	if !assert.NoError(t, err) {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	assert.NoError(t, err)
	m.mu.Lock()
	m.answers[fmt.Sprint(what, " ", response.StatusCode)]++
	m.mu.Unlock()
	return response.StatusCode, string(text)
}

// must makes a request that has one of some answers.
func (m *market) must(t *testing.T, what, method, path, body, key string, statuses ...int) string {
	status, text := m.ask(t, what, method, path, body, key)
	assert.Contains(t, statuses, status, "%s %s %s: %s", method, path, body, text)
	return text
}

// write is must for a write, half of the time under a new key and then sometimes
// twice.
func (m *market) write(t *testing.T, rng *rand.Rand, what, method, path, body string, statuses ...int) string {
	if rng.IntN(2) == 0 {
		return m.must(t, what, method, path, body, "", statuses...)
	}
	key := fmt.Sprint("key-", m.keys.Add(1))
	text := m.must(t, what, method, path, body, key, statuses...)
	if rng.IntN(10) == 0 {
		m.must(t, what+" again", method, path, body, key,
			append(statuses, http.StatusNotFound, http.StatusConflict, http.StatusGone)...)
	}
	return text
}

// trade is one customer's errand.
func (m *market) trade(t *testing.T, rng *rand.Rand) {
	store, sku := fmt.Sprint("S", 1+rng.IntN(2)), fmt.Sprint("sku-", rng.IntN(skus))
	item := "/v1/stores/" + store + "/items/" + sku
	lines := fmt.Sprintf(`"lines":[{"store":"S1","sku":%q,"quantity":1},{"store":"S2","sku":"sku-%d","quantity":2}]`, sku, rng.IntN(skus))
	switch n := rng.IntN(100); {
	case n < 30:
		m.write(t, rng, "adjust", http.MethodPost, item+"/adjustments",
			fmt.Sprintf(`{"delta":%d,"reason":"load"}`, 5-rng.IntN(9)|1), 200, 409)
	case n < 45: // most expire, the id is then used again
		cart := fmt.Sprint("/v1/reservations/cart-", m.carts.Add(1)%ids)
		m.write(t, rng, "reserve", http.MethodPut, cart,
			fmt.Sprintf(`{%s,"owner":"load","ttlSeconds":%d}`, lines, 1+rng.IntN(3)), 200, 201, 409)
	case n < 53: // one of the last, which may be over
		cart := fmt.Sprint("/v1/reservations/cart-", max(0, m.carts.Load()-rng.Int64N(50))%ids)
		m.write(t, rng, "release", http.MethodPost, cart+"/release", "", 200, 404, 409, 410)
	case n < 55:
		m.buy(t, rng, lines)
	case n < 56:
		m.send(t, rng, sku)
	case n < 60:
		m.write(t, rng, "batch", http.MethodPost, "/v1/batch", batch(rng), 207)
	case n < 80:
		m.must(t, "item", http.MethodGet, item, "", "", 200)
	case n < 85:
		m.must(t, "explain", http.MethodGet, item+"/explain", "", "", 200)
	case n < 90:
		m.must(t, "history", http.MethodGet, item+"/events?limit=20", "", "", 200)
	case n < 95:
		m.must(t, "items", http.MethodGet, "/v1/stores/"+store+"/items?limit=50", "", "", 200)
	default:
		m.must(t, "reservations", http.MethodGet, "/v1/reservations?status=held&limit=20", "", "", 200)
	}
}

// buy makes a reservation under a new id and commits it, which uses up the id.
func (m *market) buy(t *testing.T, rng *rand.Rand, lines string) {
	var made struct{ ID string }
	assert.NoError(t,
		json.Unmarshal([]byte(m.write(t, rng, "buy", http.MethodPost, "/v1/reservations", `{`+lines+`}`, 201, 409)), &made))
	if made.ID != "" {
		m.write(t, rng, "commit", http.MethodPost, "/v1/reservations/"+made.ID+"/commit", "", 200, 409)
	}
}

// send sends stock to the other store, where it arrives.
func (m *market) send(t *testing.T, rng *rand.Rand, sku string) {
	var sent struct{ ID string }
	body := fmt.Sprintf(`{"from":"S1","to":"S2","lines":[{"sku":%q,"quantity":1}]}`, sku)
	assert.NoError(t,
		json.Unmarshal([]byte(m.write(t, rng, "ship", http.MethodPost, "/v1/transfers", body, 201, 409)), &sent))
	if sent.ID != "" {
		m.write(t, rng, "receive", http.MethodPost, "/v1/transfers/"+sent.ID+"/receive", "", 200, 409)
	}
}

func batch(rng *rand.Rand) string {
	operations := make([]string, 10)
	for i := range operations {
		operations[i] = fmt.Sprintf(`{"op":"adjust","store":"S1","sku":"sku-%d","delta":%d}`, rng.IntN(skus), 4-rng.IntN(7)|1)
	}
	return `{"atomic":false,"operations":[` + strings.Join(operations, ",") + `]}`
}

// summary counts the answers.
func (m *market) summary() string {
	var text strings.Builder
	for _, what := range slices.Sorted(maps.Keys(m.answers)) {
		fmt.Fprintf(&text, "%s: %d, ", what, m.answers[what])
	}
	return strings.TrimSuffix(text.String(), ", ")
}
