package webhook

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// The example that the libraries of Standard Webhooks test themselves with.
func TestASignatureIsAsStandardWebhooksHasIt(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	at := time.Unix(1614265330, 0)
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	require.Equal(t, want, sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`)))
}

func TestEverySecretThatCountsSigns(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	secrets := []ports.Secret{
		{Key: []byte("new")}, {Key: []byte("old"), Until: now.Add(time.Second)}, {Key: []byte("gone"), Until: now},
	}
	all := strings.Split(signatures(secrets, "msg_1", now, []byte("body")), " ")
	require.Equal(t,
		[]string{sign([]byte("new"), "msg_1", now, []byte("body")), sign([]byte("old"), "msg_1", now, []byte("body"))}, all)
}

func TestAMessageIDHasNoDot(t *testing.T) {
	require.Equal(t, "msg_0197-ab_4711_2", messageID("0197-ab", []ports.StreamEvent{{Position: 4711, Index: 2}}))
}

func TestTheNameOfABatchFollowsFromAllOfItsEvents(t *testing.T) {
	one, two := ports.StreamEvent{Position: 1}, ports.StreamEvent{Position: 1, Index: 2}
	three := ports.StreamEvent{Position: 3}
	id := messageID("shop", []ports.StreamEvent{one, two, three})
	require.Regexp(t, `^msg_shop_batch_[0-9a-f]{32}$`, id)
	require.Equal(t, id, messageID("shop", []ports.StreamEvent{one, two, three}))
	for _, other := range [][]ports.StreamEvent{{one, three}, {one, two}, {two, three}, {one, two, {Position: 4}}} {
		require.NotEqual(t, id, messageID("shop", other))
	}
}

func TestAReceiverMayAskToBeLeftAloneForADay(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "7": 7 * time.Second, "86400": maxRetryAfter, "86401": maxRetryAfter, "99999999999999999999999": maxRetryAfter,
		"-1": 0, "1.5": 0, "soon": 0, "7s": 0,
		now.Add(time.Minute).Format(http.TimeFormat):    time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat):   0,
		now.Add(48 * time.Hour).Format(http.TimeFormat): maxRetryAfter,
	} {
		require.Equal(t, want, retryAfter(text, now), text)
	}
}
