package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
)

func TestACommandThatNeedsNoBodyTakesAnEmptyOneHoweverItIsSent(t *testing.T) {
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
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

// dribble is a body that arrives in small parts. It records the largest buffer that it was
// offered, compared with what had arrived.
type dribble struct {
	content io.Reader
	sent    int
	most    float64
}

func (d *dribble) Read(p []byte) (int, error) {
	if d.sent > 0 {
		d.most = max(d.most, float64(len(p))/float64(d.sent))
	}
	n, err := d.content.Read(p[:min(len(p), 1000)])
	d.sent += n
	return n, err
}

func TestABodyTakesMemoryAsItComesNotAsItClaims(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), maxBodyBytes/10)
	read := func(claimed int64) (body []byte, d *dribble, err error) {
		d = &dribble{content: bytes.NewReader(content)}
		handler := newAdmissionFixture(t, Options{}, func(c *gin.Context) error {
			c.Request.ContentLength = claimed
			body, err = readLimited(c, maxBatchBytes)
			return nil
		})
		require.Equal(t, 200, handler.ask(t.Context(), d).Code)
		return body, d, err
	}
	for _, size := range []int{
		0, 1, uncountedBodyBytes - 1, uncountedBodyBytes, uncountedBodyBytes + 1, 4*uncountedBodyBytes + 1, len(content),
	} {
		body, d, err := read(int64(size))
		require.NoError(t, err)
		require.True(t, bytes.Equal(content[:size], body), size)
		require.Equal(t, size, d.sent, "and nothing after it")
		require.Equal(t, size, cap(body), "no more than it needs")
	}
	body, d, err := read(maxBatchBytes)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.LessOrEqual(t, len(body), 4*len(content))
	require.Less(t, d.most, float64(uncountedBodyBytes)/1000)
}
