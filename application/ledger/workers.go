package ledger

import (
	"slices"
	"sync"
	"time"
)

const (
	// maxIdle is how many workers wait for a batch at most.
	maxIdle = 128
	// idleTime is how long one waits before it ends.
	idleTime = time.Second
)

// workers are the goroutines that run batches, each one after the other: a new goroutine
// for each batch would first have to grow its stack, which was a twentieth of the time of
// a change.
type workers struct {
	run func(head *pending) // a batch

	mu     sync.Mutex
	idle   []*worker // the last one began to wait last
	closed bool
}

// worker is one of them, waiting.
type worker struct {
	next chan *pending // holds one
}

// start has a batch run. It does not block.
func (w *workers) start(head *pending) {
	w.mu.Lock()
	last := len(w.idle) - 1
	if last < 0 {
		w.mu.Unlock()
		go w.work(head)
		return
	}
	idle := w.idle[last]
	w.idle = w.idle[:last]
	w.mu.Unlock()
	idle.next <- head
}

// work runs batches as long as there are some.
func (w *workers) work(head *pending) {
	self := &worker{next: make(chan *pending, 1)}
	tired := time.NewTimer(idleTime)
	defer tired.Stop()
	for {
		w.run(head)
		if !w.wait(self) {
			return
		}
		tired.Reset(idleTime)
		select {
		case head = <-self.next:
		case <-tired.C:
			if w.leave(self) {
				return
			}
			head = <-self.next // start was quicker
		}
		if head == nil {
			return
		}
	}
}

// close lets workers end: those that wait now, those at work after their batch.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, idle := range w.idle {
		idle.next <- nil
	}
	w.idle = nil
}

// wait lets start find a worker; it reports false if no more are wanted.
func (w *workers) wait(self *worker) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || len(w.idle) == maxIdle {
		return false
	}
	w.idle = append(w.idle, self)
	return true
}

// leave makes sure that start does not find a worker any more; it reports false if
// start has found it.
func (w *workers) leave(self *worker) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.idle, self)
	if i < 0 {
		return false
	}
	w.idle = slices.Delete(w.idle, i, i+1)
	return true
}
