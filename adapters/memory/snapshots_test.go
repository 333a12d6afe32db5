package memory_test

import (
	"testing"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/snapshotstoretest"
)

func TestSnapshotContract(t *testing.T) {
	snapshotstoretest.Run(t, func(*testing.T) ports.SnapshotStore { return &memory.SnapshotStore{} })
}
