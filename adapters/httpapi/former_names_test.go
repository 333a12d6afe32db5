package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// formerLog has two items that an older version created: "a" with a variation selector, and "x y"
// with a no-break space.
func formerLog(t *testing.T) *memory.EventStore {
	log := memory.NewEventStore(time.Minute, time.Now)
	for _, sku := range []string{"a\ufe0f", "x\u00a0y"} {
		item := stock.Item{Key: stock.Key{Store: "S1", SKU: sku}}
		at := time.Now().UTC().Truncate(time.Microsecond)
		events, err := item.Adjust(9, stock.Note{}, at)
		require.NoError(t, err)
		_, err = log.Append(t.Context(), []ports.Commit{{Time: at, Events: []ports.Event{{
			Stream: item.Stream(), Version: 1, Type: events[0].Change.Type(), Time: at, Data: events[0].AppendJSON(nil),
		}}}})
		require.NoError(t, err)
	}
	return log
}

func TestItemsOfAnOlderVersionKeepTheirNames(t *testing.T) {
	log := formerLog(t)
	s, _ := newTestServerOn(t, log, log, Options{})
	send := func(method, path, body string) (int, string) {
		answer := ask(s, method, path, strings.NewReader(body))
		return answer.Code, answer.Body.String()
	}
	const selector, noBreak = "/v1/stores/S1/items/a%EF%B8%8F", "/v1/stores/S1/items/x%C2%A0y"

	// given their old names, then reads and changes find them
	for _, item := range []string{selector, noBreak} {
		for _, path := range []string{"", "/events", "/explain", "?version=1"} {
			code, body := send(http.MethodGet, item+path, "")
			require.Equal(t, http.StatusOK, code, body)
		}
	}
	for _, list := range []string{"reservations", "transfers"} {
		code, body := send(http.MethodGet, "/v1/"+list+"?sku=a%EF%B8%8F", "")
		require.Equal(t, http.StatusOK, code, body)
	}
	code, body := send(http.MethodPut, "/v1/reservations/r", `{"lines":[{"store":"S1","sku":"a\ufe0f","quantity":2}]}`)
	require.Equal(t, http.StatusCreated, code, body)
	code, body = send(http.MethodPost, "/v1/batch", `{"operations":[{"op":"count","store":"S1","sku":"x\u00a0y","onHand":0},
		{"op":"commit","id":"r","lines":[{"store":"S1","sku":"a\ufe0f","quantity":1}]},{"op":"release","id":"r"}]}`)
	require.Equal(t, http.StatusOK, code, body)
	code, body = send(http.MethodGet, selector, "")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, "\"sku\":\"a\ufe0f\",\"onHand\":8,\"reserved\":0")
	code, body = send(http.MethodPut, selector+"/count", `{"onHand":0}`)
	require.Equal(t, http.StatusOK, code, body)

	// and the name that this version makes of one is another item
	code, _ = send(http.MethodGet, "/v1/stores/S1/items/x%20y", "")
	require.Equal(t, http.StatusNotFound, code)
	code, body = send(http.MethodPost, "/v1/stores/S1/items/x%E2%80%83y/adjustments", `{"delta":1}`)
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `"sku":"x y"`)

	// and nothing else has such a name
	for _, path := range []string{"/v1/stores/S1/items/b%EF%B8%8F", "/v1/items/b%EF%B8%8F"} {
		code, body = send(http.MethodGet, path, "")
		require.Equal(t, http.StatusUnprocessableEntity, code, body)
	}
	code, _ = send(http.MethodPost, "/v1/stores/S1/items/b%EF%B8%8F/adjustments", `{"delta":1}`)
	require.Equal(t, http.StatusUnprocessableEntity, code)
	code, _ = send(http.MethodGet, "/v1/reservations?sku=b%EF%B8%8F", "")
	require.Equal(t, http.StatusBadRequest, code)
}
