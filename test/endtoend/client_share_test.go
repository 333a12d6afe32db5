package endtoend_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestOneClientCannotOpenAllReservations(t *testing.T) {
	// given a client that has opened its share
	service := process.Start(t, t.TempDir(), unlimited,
		"MAX_OPEN=10", "MAX_OPEN_PER_CLIENT=3", "TRUSTED_PROXIES=127.0.0.0/8")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	reserve := func(address string, n int) answer {
		body := `{"lines":[` + part("S1", "A", 1) + `],"ttlSeconds":60}`
		return c.do("PUT", fmt.Sprint(reservations, "/cart-", n), body, "X-Forwarded-For: "+address)
	}
	for n := range 3 {
		c.created(reserve(fmt.Sprintf("2001:db8::%d", n), n)) // one network is one client
	}

	// when it opens more, then it is refused with the limit and its setting
	a := c.refused(reserve("2001:db8::1", 3), 503, "limit-reached")
	require.EqualValues(t, 3, a.json("limit"))
	require.Equal(t, "open reservations and transfers of one client", a.json("table"))
	require.Contains(t, a.json("detail"), "ONHAND_MAX_OPEN_PER_CLIENT")

	// and others open theirs, and it may change and close what is open
	c.created(reserve("192.0.2.1", 3))
	c.ok(reserve("2001:db8::1", 0))
	c.ok(c.post(reservations+"/cart-0/release", ""))
	c.created(reserve("2001:db8::1", 4))
	verified(t, service)
}
