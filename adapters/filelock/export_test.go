package filelock

import (
	"context"

	"github.com/onhand/onhand/domain/event"
)

// Step does the work of the background goroutines once.
func (l *Leases) Step() {
	l.renew(context.Background())
	l.watch()
}

// Watch looks for leases that are over.
func (l *Leases) Watch() { l.watch() }

// ShardOf returns the index of the file of a stream's lease.
func ShardOf(stream event.StreamID) int { return shardOf(stream) }
