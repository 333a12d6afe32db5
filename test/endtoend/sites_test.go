package endtoend_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// askAs makes a request without a body for a host, as a page of an origin does.
func (c client) askAs(host, origin, method, path string) answer {
	c.t.Helper()
	request, err := http.NewRequest(method, c.url+path, nil)
	require.NoError(c.t, err)
	request.Host = host
	if origin != "" {
		request.Header.Set("Origin", origin)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	return answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}

func TestAForeignPageIsRefused(t *testing.T) {
	// Given a service with a reservation, without any setting about pages.
	service := process.Start(t, t.TempDir(), "PUBLIC_URL=https://stock.example", "ALLOWED_HOSTS=onhand")
	c := clientOf(t, service)
	own := strings.TrimPrefix(service.URL, "http://")
	c.ok(c.adjust(itemA, `{"delta":5}`))
	const cart = "/v1/reservations/cart"
	require.Equal(t, 201, c.do(http.MethodPut, cart, `{"lines":[{"store":"S1","sku":"A","quantity":2}]}`).Status)
	// When a foreign page sends writes, they are refused.
	for _, path := range []string{
		cart + "/commit", cart + "/release", cart + "/return", "/v1/sync/pause", "/v1/transfers/x/receive",
	} {
		c.refused(c.askAs(own, "https://evil.example", http.MethodPost, path), 403, "cross-origin")
		c.refused(c.askAs("rebind.evil.example", "http://rebind.evil.example", http.MethodPost, path), 421, "foreign-host")
	}
	c.refused(c.askAs("rebind.evil.example", "http://rebind.evil.example", http.MethodGet, itemA), 421, "foreign-host")
	c.refused(c.askAs("rebind.evil.example", "", http.MethodPost, cart+"/commit"), 421, "foreign-host")
	c.ok(c.askAs("rebind.evil.example", "", http.MethodGet, itemA))
	// Then the reservation is as it was, and the service answers for its own names.
	for _, host := range []string{own, "stock.example", "onhand:3000", "localhost"} {
		a := c.ok(c.askAs(host, "", http.MethodGet, cart))
		require.Equal(t, "held", a.json("status"))
	}
	require.Equal(t, 200, c.askAs("pod-1.internal", "", http.MethodGet, "/readyz").Status)
	c.ok(c.askAs("onhand", "https://stock.example", http.MethodPost, cart+"/commit"))
}
