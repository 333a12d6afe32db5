package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
)

func TestACommandThatNeedsNoBodyTakesAnEmptyOneHoweverItIsSent(t *testing.T) {
	s, _ := server(t, memory.NewEventStore(time.Minute, time.Now), Options{})
	send := func(length int64, body, contentType string) int {
		r := httptest.NewRequest(http.MethodPost, "/v1/reservations/r/release", strings.NewReader(body))
		r.ContentLength = length // -1 is a body in chunks
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for _, length := range []int64{0, -1} {
		require.Equal(t, http.StatusNotFound, send(length, "", ""), "the reservation does not exist")
		require.Equal(t, http.StatusNotFound, send(length, "", "application/json"))
	}
	require.Equal(t, http.StatusNotFound, send(-1, "{}", "application/json"))
	require.Equal(t, http.StatusUnsupportedMediaType, send(-1, "{}", ""))
	require.Equal(t, http.StatusBadRequest, send(-1, " ", "application/json"))
}
