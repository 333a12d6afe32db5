package filelock_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/domain/event"
)

// BenchmarkAcquireRelease takes leases without competition, and releases them.
func BenchmarkAcquireRelease(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l, err := filelock.Open(b.TempDir(), filelock.Options{})
			require.NoError(b, err)
			defer func() { _ = l.Close() }()
			streams := make([]event.StreamID, n)
			for i := range streams {
				streams[i] = event.StreamID(fmt.Sprint("stock/S1/", i))
			}
			b.ReportAllocs()
			for b.Loop() {
				lease, err := l.Acquire(context.Background(), streams, 0)
				require.NoError(b, err)
				require.NoError(b, lease.Release())
			}
		})
	}
}

// BenchmarkValid is the look at the clock before each use.
func BenchmarkValid(b *testing.B) {
	l, err := filelock.Open(b.TempDir(), filelock.Options{})
	require.NoError(b, err)
	defer func() { _ = l.Close() }()
	lease, err := l.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_ = lease.Valid()
	}
}
