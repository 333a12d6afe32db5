package endtoend_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func (c client) expiresIn(a answer) time.Duration {
	c.t.Helper()
	until, err := time.Parse(time.RFC3339, a.json("expiresAt").(string))
	require.NoError(c.t, err)
	from, err := time.Parse(time.RFC3339, a.json("updatedAt").(string))
	require.NoError(c.t, err)
	return until.Sub(from)
}

func TestAReservationEndsAfterTheLongestTimeAtTheLatest(t *testing.T) {
	const lines = `"lines":[{"store":"S1","sku":"A","quantity":1}]`
	for _, limit := range []struct {
		setting, seconds, more string
		longest                time.Duration
	}{
		{"", "2592000", "2592001", 30 * 24 * time.Hour},
		{"MAX_RESERVATION_TTL_SECONDS=60", "60", "61", time.Minute},
	} {
		// given a service with the default maximum or another
		settings := []string{unlimited}
		if limit.setting != "" {
			settings = append(settings, limit.setting)
		}
		service := process.Start(t, t.TempDir(), settings...)
		c := clientOf(t, service)
		c.ok(c.adjust(itemA, `{"delta":10}`))

		// when a client asks for more, then the answer has the maximum and its setting
		for _, a := range []answer{
			c.put(cart, `{`+lines+`,"ttlSeconds":`+limit.more+`}`),
			c.post(cart+"/extend", `{"ttlSeconds":`+limit.more+`}`),
			c.post("/v1/batch", together(`{"op":"reserve",`+lines+`,"ttlSeconds":`+limit.more+`}`)),
		} {
			a = c.refused(a, 422, "validation-failed")
			require.Contains(t, a.Body, "must be no greater than "+limit.seconds+
				", the value of ONHAND_MAX_RESERVATION_TTL_SECONDS")
		}

		// and a reservation without ttlSeconds gets the maximum
		require.Equal(t, limit.longest, c.expiresIn(c.put(cart, `{`+lines+`}`)))
		require.Equal(t, limit.longest, c.expiresIn(c.ok(c.post(cart+"/extend", `{"ttlSeconds":`+limit.seconds+`}`))))
		service.Stop(t)
	}

	// and 0 sets no maximum
	service := process.Start(t, t.TempDir(), unlimited, "MAX_RESERVATION_TTL_SECONDS=0")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	require.NotContains(t, c.put(cart, `{`+lines+`}`).Body, "expiresAt")
	service.Stop(t)
}
