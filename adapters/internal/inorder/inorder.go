// Package inorder spreads work over the processors and gives the results in the
// order of the work, so that what reads a file line by line can decode it on all
// of them.
package inorder

import (
	"iter"
	"runtime"
	"sync"
)

// Map does each piece of work, several at a time, and takes the results one
// after the other in the order of the work, until take returns false. It holds
// a few results per processor at a time and returns when all goroutines that it
// started have ended. The work is drawn in a goroutine of its own, also some
// pieces beyond the last one that is taken.
func Map[W, R any](work iter.Seq[W], do func(W) R, take func(R) bool) {
	type piece struct {
		work   W
		result chan R
	}
	workers := runtime.GOMAXPROCS(0)
	todo := make(chan piece)
	order := make(chan piece, 2*workers)
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		defer close(order)
		defer close(todo)
		for w := range work {
			p := piece{work: w, result: make(chan R, 1)}
			for _, to := range []chan piece{order, todo} {
				select {
				case to <- p:
				case <-stop:
					return
				}
			}
		}
	})
	for range workers {
		all.Go(func() {
			for p := range todo {
				p.result <- do(p.work)
			}
		})
	}
	defer all.Wait()
	defer close(stop)
	for p := range order {
		if !take(<-p.result) {
			return
		}
	}
}
