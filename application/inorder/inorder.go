// Package inorder spreads work over the processors and hands over the results in the order
// of the work, so that records and lines are decoded on all processors.
package inorder

import (
	"iter"
	"runtime"
	"sync"
)

// Map does each piece of work, several at a time, and calls take with the results one after
// the other in the order of the work, until take returns false. It holds a few results per
// processor at a time and returns when all goroutines that it started have ended. A goroutine
// of its own iterates over the work; it may run some pieces ahead of the last one taken.
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
