package adapters_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
)

const day = 24 * time.Hour

// deliver sends ten bags under one key, as README's tour does, or another number of them.
func (s *service) deliver(bags int) *httptest.ResponseRecorder {
	body := strings.NewReader(fmt.Sprintf(`{"delta":%d}`, bags))
	request := httptest.NewRequest(http.MethodPost, item+"/adjustments", body)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", "delivery-1")
	answer := httptest.NewRecorder()
	s.api.Handler().ServeHTTP(answer, request)
	return answer
}

// accepts requires that the delivery is on the shelf once, and that its key expires at a time.
func (s *service) accepts(answer *httptest.ResponseRecorder, replayed bool, expires time.Time) {
	s.t.Helper()
	require.Equal(s.t, http.StatusOK, answer.Code, answer.Body)
	require.Equal(s.t, replayed, answer.Header().Get("Idempotent-Replayed") == "true")
	require.Equal(s.t, onWire(expires), answer.Header().Get("Idempotency-Key-Expires"))
	require.Equal(s.t, "200 10", s.read())
}

// refuses requires that the key is refused as expired, with the place and time of its commit.
func (s *service) refuses(answer *httptest.ResponseRecorder, position int, written time.Time) {
	s.t.Helper()
	require.Equal(s.t, http.StatusConflict, answer.Code, answer.Body)
	var problem struct {
		Code, Detail, Time string
		Position           int
	}
	require.NoError(s.t, json.Unmarshal(answer.Body.Bytes(), &problem))
	require.Equal(s.t, "idempotency-key-expired", problem.Code)
	require.Equal(s.t, position, problem.Position)
	require.Equal(s.t, onWire(written), problem.Time)
	require.Contains(s.t, problem.Detail, fmt.Sprintf("at position %d", position))
	require.Contains(s.t, problem.Detail, problem.Time)
	require.Empty(s.t, answer.Header().Get("Retry-After"), "no repetition will succeed")
	require.Empty(s.t, answer.Header().Get("Idempotency-Key-Expires"))
	require.Equal(s.t, "200 10", s.read(), "it has one effect")
}

func onWire(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// keysOfADay makes keys live for a day. The store looks for the commits of others seldom, because
// the test lets days pass.
func keysOfADay(o *jsonevents.Options) { o.KeyTTL, o.FollowEvery = day, day }

func shared(o *jsonevents.Options) { o.Shared = true }

func TestARepetitionAfterMinutesOrDaysHasNoSecondEffect(t *testing.T) {
	t.Run("in one process, which restarts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := start(t, simdisk.New(), keysOfADay)
			written := time.Now()
			s.accepts(s.deliver(10), false, written.Add(day))
			time.Sleep(6 * time.Minute) // of the bubble's time
			s.accepts(s.deliver(10), true, written.Add(day))
			require.Equal(t, http.StatusUnprocessableEntity, s.deliver(11).Code, "other content, while the key lives")

			for range 2 {
				s.stop()
				s = start(t, s.disk.Restart(), keysOfADay)
				s.accepts(s.deliver(10), true, written.Add(day))
				time.Sleep(6 * time.Minute)
			}
			time.Sleep(time.Until(written.Add(day)))
			s.refuses(s.deliver(10), 1, written)
			s.refuses(s.deliver(11), 1, written)
			s.stop()
			s = start(t, s.disk.Restart(), keysOfADay)
			s.refuses(s.deliver(10), 1, written)
			time.Sleep(day / 2)
			s.refuses(s.deliver(10), 1, written)
			require.Equal(t, "200 11", s.add("Idempotency-Key: delivery-2"))
			s.stop()
		})
	})
	t.Run("in two processes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			disk := simdisk.New()
			one, two := start(t, disk, keysOfADay, shared), start(t, disk, keysOfADay, shared)
			written := time.Now()
			one.accepts(one.deliver(10), false, written.Add(day))
			time.Sleep(6 * time.Minute)
			two.accepts(two.deliver(10), true, written.Add(day))
			time.Sleep(day)
			for _, s := range []*service{two, one} {
				s.refuses(s.deliver(10), 1, written)
				s.refuses(s.deliver(11), 1, written)
			}
			one.stop()
			two.refuses(two.deliver(10), 1, written)
			two.stop()
		})
	})
}

func TestAnAnswerWithoutAKeptKeyTellsNoExpiry(t *testing.T) {
	s := start(t, simdisk.New())
	ask := func(query, key, body string) http.Header {
		request := httptest.NewRequest(http.MethodPost, item+"/adjustments"+query, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		if key != "" {
			request.Header.Set("Idempotency-Key", key)
		}
		answer := httptest.NewRecorder()
		s.api.Handler().ServeHTTP(answer, request)
		return answer.Header()
	}
	const expires = "Idempotency-Key-Expires"
	require.NotContains(t, ask("", "", `{"delta":1}`), expires, "no key")
	require.NotContains(t, ask("?dryRun=true", "k", `{"delta":1}`), expires, "a dry run")
	require.NotContains(t, ask("", "k", `{"delta":-9}`), expires, "a refusal leaves the key free")
	require.Contains(t, ask("", "k", `{"delta":1}`), expires)
	s.stop()
}
