package memory_test

import (
	"testing"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/checkpointstoretest"
)

func TestCheckpointContract(t *testing.T) {
	checkpointstoretest.Run(t, func(*testing.T) checkpointstoretest.Opener {
		kept := &memory.CheckpointStore{} // it is its own second instance
		return func(*testing.T) ports.CheckpointStore { return kept }
	})
}
