package memory_test

import (
	"testing"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/snapshotstoretest"
)

func TestSnapshotContract(t *testing.T) {
	snapshotstoretest.Run(t, func(*testing.T) snapshotstoretest.Opener {
		kept := &memory.SnapshotStore{} // it is its own second instance
		return func(*testing.T) ports.SnapshotStore { return kept }
	})
}
