package deadletterstoretest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// testConcurrent lets several goroutines keep and remove dead letters of their own.
func testConcurrent(t *testing.T, p Place) {
	s := p.Must(t)
	var done sync.WaitGroup
	for i := range 6 {
		done.Go(func() {
			for n := range 10 {
				keepOne(t, s, fmt.Sprint(i), n)
			}
		})
	}
	done.Wait()
	require.Empty(t, list(t, s, "", "", 10), "the last of ten was removed again")
	require.Zero(t, count(t, p.Reopen(t, s), ""))
}

// keepOne puts a dead letter, reads it and removes every third.
func keepOne(t *testing.T, s ports.DeadLetterStore, id string, n int) {
	l := letter(id, "view")
	l.Attempts = n
	if err := s.Put(context.Background(), l); err != nil {
		t.Errorf("put %s: %v", id, err)
	}
	got, found, err := s.Get(context.Background(), id)
	if err != nil || !found || got.Attempts != n {
		t.Errorf("get %s: %v %v %d", id, err, found, got.Attempts)
	}
	if _, err := s.List(context.Background(), "view", "", 5); err != nil {
		t.Errorf("list: %v", err)
	}
	if n%3 == 0 {
		if err := s.Remove(context.Background(), id); err != nil {
			t.Errorf("remove %s: %v", id, err)
		}
	}
}
