package jsonevents_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

func TestAStartSavesNoLinesInTheIndexThatAPowerCutCouldTakeBack(t *testing.T) {
	// Given a process that was killed with commits after HEAD, and a lost index
	s, index := indexed(t)
	put(t, s.open(), entry("a", 1), entry("b", 1))
	next := s.moved(s.disk.Reboot(nil))
	index.become(newIndexDisk())
	before, _ := index.counts()

	// When a start cannot make the commits durable
	next.disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.Op == "sync" && c.Name == segment(1) {
			return simdisk.Fault{Err: syscall.EIO}
		}
		return simdisk.Fault{}
	})
	_, err := next.tryOpen()
	require.ErrorIs(t, err, syscall.EIO)

	// Then the index does not have them
	after, _ := index.counts()
	require.Equal(t, before+1, after, "it was emptied, and no more")
}
