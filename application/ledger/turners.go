package ledger

import (
	"slices"
	"sync"
	"time"
)

const (
	// maxIdle is how many goroutines wait for a turn at most.
	maxIdle = 128
	// idleTime is how long one waits before it ends.
	idleTime = time.Second
)

// turners are the goroutines that do turns. Each does one turn after the other:
// a new goroutine for each would first have to grow its stack to what a turn
// needs, which was a twentieth of the time of a change.
type turners struct {
	turn func(head *ticket)

	mu     sync.Mutex
	idle   []*turner // the last one began to wait last
	closed bool
}

// turner is one of them, waiting.
type turner struct {
	next chan *ticket // holds one
}

// start lets somebody do a turn. It does not block.
func (all *turners) start(head *ticket) {
	all.mu.Lock()
	last := len(all.idle) - 1
	if last < 0 {
		all.mu.Unlock()
		go all.work(head)
		return
	}
	t := all.idle[last]
	all.idle = all.idle[:last]
	all.mu.Unlock()
	t.next <- head
}

// work does turns as long as there are some.
func (all *turners) work(head *ticket) {
	self := &turner{next: make(chan *ticket, 1)}
	tired := time.NewTimer(idleTime)
	defer tired.Stop()
	for {
		all.turn(head)
		if !all.rest(self) {
			return
		}
		tired.Reset(idleTime)
		select {
		case head = <-self.next:
		case <-tired.C:
			if all.leave(self) {
				return
			}
			head = <-self.next // somebody was quicker
		}
		if head == nil {
			return
		}
	}
}

// close lets those that wait end; those at work end after their turn.
func (all *turners) close() {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.closed = true
	for _, t := range all.idle {
		t.next <- nil
	}
	all.idle = nil
}

// rest lets a turner be found; false if none is wanted.
func (all *turners) rest(self *turner) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.closed || len(all.idle) == maxIdle {
		return false
	}
	all.idle = append(all.idle, self)
	return true
}

// leave makes sure that a turner is not found any more; false if it was.
func (all *turners) leave(self *turner) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	i := slices.Index(all.idle, self)
	if i < 0 {
		return false
	}
	all.idle = slices.Delete(all.idle, i, i+1)
	return true
}
