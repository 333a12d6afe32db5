package filelock

import (
	"context"

	"github.com/onhand/onhand/domain/event"
)

// Step does what goes on by itself, once.
func (l *Leases) Step() {
	l.renew(context.Background())
	l.watch()
}

// Watch looks for leases whose time is over.
func (l *Leases) Watch() { l.watch() }

// ShardOf is the index of the file that a stream's lease is in.
func ShardOf(stream event.StreamID) int { return shardOf(stream) }
