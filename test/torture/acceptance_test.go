package torture

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestThreeProcessesAgreeThoughOneIsFrozenAndOneKilled lets nine clients work on three
// processes that share a directory. One is frozen for longer than its leases live, goes
// on, and one is killed and started again meanwhile. In the end all show the same
// numbers, which are the log's; versions are unique; every acknowledged change is there
// once; and the program's own check finds nothing.
func TestThreeProcessesAgreeThoughOneIsFrozenAndOneKilled(t *testing.T) {
	t.Parallel()
	torture := New(t, binary)
	pause := LeaseLife / 2
	plan := Plan{
		Seed: 7, Processes: 3, Clients: 9, Operations: 80, All: true,
		Faults: []Fault{
			{Pause: pause, Node: 1, Kind: Freeze, Length: 4 * LeaseLife},
			{Pause: pause, Node: 2, Kind: Kill},
			{Pause: 5 * LeaseLife, Node: 0, Kind: "freeze-written", Length: 4 * LeaseLife}, // it has the log's lock
			{Pause: pause, Node: 2, Kind: Kill},
		},
	}
	torture.Round(t.TempDir(), plan)
	t.Log(torture.Report)
	require.Zero(t, torture.Report.Found())
	require.EqualValues(t, 2, torture.Report.Kills.Load())
	require.EqualValues(t, 2, torture.Report.Freezes.Load())
	require.Greater(t, torture.Report.Acknowledged.Load(), int64(100))
}
