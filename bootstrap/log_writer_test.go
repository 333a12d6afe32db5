package bootstrap

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// stuck is a log that is not read until a test lets it.
type stuck struct {
	release chan struct{}
	written bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.release
	return s.written.Write(p)
}

func TestALogThatIsNotReadBlocksNoCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &stuck{release: make(chan struct{})}
		w := newLogWriter(to, droppedNotice(lineFormatter{}))
		_, err := w.Write([]byte("first\n"))
		require.NoError(t, err)
		synctest.Wait() // it is being written now, and stays so
		line := []byte(strings.Repeat("x", 1023) + "\n")
		const lines = 5000
		for range lines {
			_, err := w.Write(line)
			require.NoError(t, err)
		}
		close(to.release)
		w.Close()
		kept := strings.Count(to.written.String(), string(line))
		require.Equal(t, maxUnwritten/len(line), kept)
		require.Contains(t, to.written.String(), `"lines":904`)
		require.Equal(t, lines, kept+904)
	})
	synctest.Test(t, func(t *testing.T) {
		to := &stuck{release: make(chan struct{})}
		w := newLogWriter(to, droppedNotice(ecsFormatter{}))
		_, err := w.Write([]byte("never read\n"))
		require.NoError(t, err)
		w.Close() // returns all the same
		close(to.release)
		synctest.Wait()
	})
}
