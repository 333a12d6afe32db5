package bootstrap

import (
	"io"
	"sync"
	"time"
)

const (
	// maxUnwritten bounds the lines that wait to be written, in bytes.
	maxUnwritten = 4 << 20
	// flushTime bounds the wait for the last lines when the process ends.
	flushTime = time.Second
)

// logWriter writes in the background, so that a slow reader of the log blocks no caller: when
// too many lines wait, further lines are dropped and counted. Lines that arrive during a write
// are written together.
type logWriter struct {
	to     io.Writer
	notice func(dropped int) []byte // the line that reports dropped lines
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

// Close writes the waiting lines, for at most flushTime.
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
