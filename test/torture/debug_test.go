package torture

import (
	"os"
	"testing"
)

func TestDebug(t *testing.T) {
	torture := New(t, binary)
	for i := range number("N", 1) {
		dir, _ := os.MkdirTemp("", "lin-debug-")
		torture.Round(dir, Plan{Seed: 7 + i, Processes: 3, Clients: 9, Operations: int(number("OPS", 200))})
		if torture.Report.Found() > 0 {
			t.Log(dir)
			return
		}
		os.RemoveAll(dir)
	}
}
