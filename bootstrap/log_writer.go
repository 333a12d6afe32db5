package bootstrap

import (
	"io"
	"sync"
	"time"
)

const (
	// maxUnwritten bounds what waits to be written to the log, in bytes.
	maxUnwritten = 4 << 20
	// flushTime is how long the end of the process waits for the log.
	flushTime = time.Second
)

// logWriter writes in the background, so that a log that is not read blocks no caller: when
// too much waits, lines are dropped and counted. Lines that come while one is written go out
// together.
type logWriter struct {
	to     io.Writer
	notice func(dropped int) []byte // the line that reports dropped ones
	wake   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	waiting []byte
	dropped int
	closed  bool
}

func newLogWriter(to io.Writer, notice func(dropped int) []byte) *logWriter {
	w := &logWriter{to: to, notice: notice, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go w.run()
	return w
}

// Write takes a line; it never waits and never fails.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting)+len(line) > maxUnwritten {
		w.dropped++
	} else {
		w.waiting = append(w.waiting, line...)
	}
	w.signal()
	return len(line), nil
}

func (w *logWriter) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *logWriter) run() {
	defer close(w.done)
	var batch []byte
	for range w.wake {
		w.mu.Lock()
		batch, w.waiting = w.waiting, batch[:0]
		if w.dropped > 0 {
			batch = append(batch, w.notice(w.dropped)...)
			w.dropped = 0
		}
		closed := w.closed
		w.mu.Unlock()
		_, _ = w.to.Write(batch) // an error cannot be reported anywhere
		if closed {
			return
		}
	}
}

// Close writes what waits, if that is taken within flushTime.
func (w *logWriter) Close() {
	w.mu.Lock()
	w.closed = true
	w.signal()
	w.mu.Unlock()
	select {
	case <-w.done:
	case <-time.After(flushTime):
	}
}
