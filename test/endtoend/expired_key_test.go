package endtoend_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// TestAKeyExpiresWhenItsAnswerSays uses keys that live for a millisecond, and waits until the time
// that the answer tells.
func TestAKeyExpiresWhenItsAnswerSays(t *testing.T) {
	for _, kind := range []string{"json", "memory"} {
		t.Run("event store "+kind, func(t *testing.T) {
			service := process.Start(t, t.TempDir(), unlimited, "IDEMP_TTL_MS=1", "EVENT_STORE="+kind)
			c := clientOf(t, service)
			first := c.ok(c.adjust(itemA, `{"delta":7}`, "Idempotency-Key: k"))
			expires, err := time.Parse(time.RFC3339, first.Header.Get("Idempotency-Key-Expires"))
			require.NoError(t, err)
			for !time.Now().After(expires) {
				time.Sleep(time.Until(expires) + time.Microsecond)
			}
			for _, body := range []string{`{"delta":7}`, `{"delta":8}`} {
				refused := c.adjust(itemA, body, "Idempotency-Key: k")
				c.refused(refused, 409, "idempotency-key-expired")
				require.EqualValues(t, 1, refused.json("position"))
				written, err := time.Parse(time.RFC3339, refused.json("time").(string))
				require.NoError(t, err)
				require.Equal(t, expires, written.Add(time.Millisecond))
				require.Empty(t, refused.Header.Get("Retry-After"))
			}
			require.EqualValues(t, 7, c.get(itemA).json("onHand"))
			require.EqualValues(t, 0.001, c.get("/v1/status").json("idempotency", "ttlSeconds"))
		})
	}
}
