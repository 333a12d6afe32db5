package httpapi

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
)

// pausingBody is a body that pauses after its first bytes.
type pausingBody struct {
	first, rest io.Reader
	pause       time.Duration
}

func (h *pausingBody) Read(p []byte) (int, error) {
	if n, _ := h.first.Read(p); n > 0 {
		return n, nil
	}
	time.Sleep(h.pause)
	h.pause = 0
	return h.rest.Read(p)
}

// TestAllBodiesTogetherAreBounded lets bodies that arrive slowly take the memory for bodies
// and give it back.
func TestAllBodiesTogetherAreBounded(t *testing.T) {
	const room = 1 << 20
	outcome := io.EOF
	opts := Options{RequestTimeout: time.Hour, Overload: Overload{BodyBytes: room}}
	d := newAdmissionFixture(t, opts, func(c *gin.Context) error {
		c.Request.ContentLength = -1 // no request says how large its body is
		if _, err := readBody(c, maxBatchBytes); err != nil {
			return err
		}
		if outcome == nil {
			panic("at the disco")
		}
		return nil
	})
	large := func() io.Reader { return bytes.NewReader(make([]byte, 600<<10)) }
	left := func() int64 {
		for n := int64(room); ; n -= 1 << 10 {
			if d.bodies.memory.TryAcquire(n) {
				d.bodies.memory.Release(n)
				return n
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		answered := make(chan int, 1)
		go func() {
			answered <- d.ask(t.Context(), &pausingBody{first: large(), rest: strings.NewReader("end"), pause: time.Minute}).Code
		}()
		synctest.Wait()
		require.Less(t, left(), int64(room)/2)
		answer := d.ask(t.Context(), large())
		require.Equal(t, 503, answer.Code)
		require.Contains(t, answer.Body.String(), `"overloaded"`)
		require.Equal(t, 200, d.ask(t.Context(), bytes.NewReader(make([]byte, uncountedBodyBytes-1))).Code,
			"small bodies take nothing of the quota")
		require.Equal(t, 200, <-answered)
	})
	require.EqualValues(t, room, left())
	require.Equal(t, 200, d.ask(t.Context(), large()).Code)
	outcome = nil
	require.Equal(t, 500, d.ask(t.Context(), large()).Code)
	require.EqualValues(t, room, left(), "the quota is released in every case")
}
