package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/webhook"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

var clock = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// local may go to this machine, without TLS.
func local() webhook.Options {
	return webhook.Options{
		Timeout: 10 * time.Second, Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AllowHTTP: true,
		Now: func() time.Time { return clock },
	}
}

const token = "s3cret-in-the-url"

// to publishes to a URL, which gets a token in its query.
func to(t *testing.T, opts webhook.Options, url string) ports.Publisher {
	sender := webhook.New(opts)
	t.Cleanup(sender.Close)
	return sender.To(func() ports.Subscription {
		return ports.Subscription{
			ID: "shop", URL: url + "/hook?token=" + token,
			Secrets: []ports.Secret{{Key: []byte("the new key")}, {Key: []byte("the old key"), Until: clock.Add(time.Hour)}},
		}
	})
}

// send publishes one event and returns the refusal.
func send(t *testing.T, opts webhook.Options, url string) error {
	t.Helper()
	n, err := to(t, opts, url).Publish(context.Background(), publishertest.Events(5, 1))
	if err == nil {
		require.Equal(t, 1, n)
		return nil
	}
	require.Zero(t, n)
	for _, hidden := range []string{
		token, "127.0.0.", "the new key", base64.StdEncoding.EncodeToString([]byte("the new key")),
	} {
		require.NotContains(t, err.Error(), hidden)
	}
	require.Regexp(t, `^[ -~]{1,200}$`, err.Error())
	return err
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestContract(t *testing.T) {
	publishertest.Run(t, func(t *testing.T) publishertest.Receiver {
		var mu sync.Mutex
		var taken [][]byte
		var refuse atomic.Bool
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if refuse.Load() {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			taken = append(taken, body)
		})
		return publishertest.Receiver{
			Open: func(t *testing.T) ports.Publisher { return to(t, local(), url) },
			Taken: func(*testing.T) [][]byte {
				mu.Lock()
				defer mu.Unlock()
				return taken
			},
			Refuse: refuse.Store,
		}
	})
}

func TestAMessageCanBeVerified(t *testing.T) {
	var got http.Header
	var body []byte
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		body, _ = io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		w.WriteHeader(http.StatusNoContent)
	})
	publisher := to(t, local(), url)
	for range 2 { // the second as a repetition
		n, err := publisher.Publish(context.Background(), publishertest.Events(5, 1))
		require.NoError(t, err)
		require.Equal(t, 1, n)
		id, at := got.Get("webhook-id"), got.Get("webhook-timestamp")
		require.Equal(t, "msg_shop_5_0", id)
		require.Equal(t, fmt.Sprint(clock.Unix()), at)
		require.Equal(t, "application/cloudevents+json", got.Get("Content-Type"))
		want := ""
		for _, key := range []string{"the new key", "the old key"} {
			mac := hmac.New(sha256.New, []byte(key))
			_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
			want += "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)) + " "
		}
		require.Equal(t, want, got.Get("webhook-signature")+" ")
		require.Empty(t, got.Get("Accept-Encoding"))
		require.Empty(t, got.Get("Cookie"))
	}
}

func TestOnlySuccessIsSuccess(t *testing.T) {
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") })
	for status, want := range map[int]*ports.DeliveryError{
		200: nil, 201: nil, 204: nil, 299: nil,
		301: {Status: 301, Reason: "redirects are not followed"},
		307: {Status: 307, Reason: "redirects are not followed"},
		304: {Status: 304, Reason: "redirects are not followed"},
		404: {Status: 404, Reason: "Not Found"},
		429: {Status: 429, Reason: "Too Many Requests", RetryAfter: 17 * time.Second},
		500: {Status: 500, Reason: "Internal Server Error", RetryAfter: 17 * time.Second},
		599: {Status: 599, Reason: "no known status"},
	} {
		err := send(t, local(), serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere)
			if want != nil && want.RetryAfter > 0 {
				w.Header().Set("Retry-After", "17")
			}
			w.WriteHeader(status)
		}))
		if want == nil {
			require.NoError(t, err, status)
			continue
		}
		require.Equal(t, want, err)
	}
	require.ErrorIs(t,
		send(t, local(), serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })),
		ports.ErrGone)
}

func TestSecretsAreThoseOfTheMoment(t *testing.T) {
	var seen []string
	url := serve(t,
		func(_ http.ResponseWriter, r *http.Request) { seen = append(seen, r.Header.Get("webhook-signature")) })
	key := "one"
	sender := webhook.New(local())
	defer sender.Close()
	publisher := sender.To(func() ports.Subscription {
		return ports.Subscription{ID: "shop", URL: url, Secrets: []ports.Secret{{Key: []byte(key)}}}
	})
	for _, key = range []string{"one", "two"} {
		_, err := publisher.Publish(context.Background(), publishertest.Events(1, 1))
		require.NoError(t, err)
	}
	require.NotEqual(t, seen[0], seen[1])
}

func TestABatchIsOneMessage(t *testing.T) {
	type received struct{ id, mediaType, signature, body string }
	var got []received
	status := http.StatusNoContent
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, received{
			r.Header.Get("webhook-id"), r.Header.Get("Content-Type"), r.Header.Get("webhook-signature"), string(body),
		})
		w.WriteHeader(status)
	})
	sender := webhook.New(local())
	t.Cleanup(sender.Close)
	key := []byte("the new key")
	publisher := sender.To(func() ports.Subscription {
		return ports.Subscription{
			ID: "shop", URL: url, Secrets: []ports.Secret{{Key: key}}, Batch: ports.Batch{MaxEvents: 10},
		}
	})
	n, err := publisher.Publish(context.Background(), publishertest.Events(5, 3))
	require.NoError(t, err)
	require.Equal(t, 3, n)
	n, err = publisher.Publish(context.Background(), publishertest.Events(5, 1))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Len(t, got, 2)
	for i, events := range []int{3, 1} {
		require.Equal(t, "application/cloudevents-batch+json", got[i].mediaType)
		var list []struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(got[i].body), &list))
		require.Len(t, list, events)
		require.Equal(t, "5.0", list[0].ID)
		mac := hmac.New(sha256.New, key)
		_, _ = fmt.Fprintf(mac, "%s.%d.%s", got[i].id, clock.Unix(), got[i].body)
		require.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), got[i].signature)
	}
	require.Equal(t, "msg_shop_5_0", got[1].id, "the name of a single event is that of a single delivery")

	status = http.StatusInternalServerError
	n, err = publisher.Publish(context.Background(), publishertest.Events(8, 3))
	require.Zero(t, n, "all or none")
	var refusal *ports.DeliveryError
	require.ErrorAs(t, err, &refusal)
}
