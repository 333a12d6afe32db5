package eventfile_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/eventfile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

const total, batch = 14, 3

// follow publishes all events after a checkpoint, tries failed ones again, and
// returns how many were acknowledged before the power went.
func follow(t *testing.T, disk *simdisk.Disk, from int) int {
	t.Helper()
	f, err := eventfile.Open(path, "", disk)
	for errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENOSPC) {
		f, err = eventfile.Open(path, "", disk)
	}
	if errors.Is(err, simdisk.ErrCrashed) {
		return from
	}
	require.NoError(t, err)
	all := publishertest.Events(1, total)
	for i := range all {
		all[i].Data = fmt.Appendf(nil, `{"filler":"%s"}`, strings.Repeat("x", 150*i)) // over several sectors
	}
	for from < total {
		n, err := f.Publish(context.Background(), all[from:min(from+batch, total)])
		from += n
		if errors.Is(err, simdisk.ErrCrashed) {
			return from
		}
		if err != nil {
			var why *ports.DeliveryError
			require.ErrorAs(t, err, &why)
		}
	}
	return from
}

// Whatever call fails, is cut short, or is the last before a kill or a power loss: in the
// end the file has each event once, in order, and no acknowledged event was ever missing.
func TestEachEventIsInTheFileOnceWhateverHappens(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for name, fault := range map[string]error{
		"EIO": syscall.EIO, "no room": syscall.ENOSPC, "kill": simdisk.ErrCrashed, "power": simdisk.ErrCrashed,
	} {
		t.Run(name, func(t *testing.T) {
			for n, met := 1, true; met; n++ {
				met = false
				disk := simdisk.New()
				disk.Plan(func(c simdisk.Call) simdisk.Fault {
					if c.N != n {
						return simdisk.Fault{}
					}
					met = true
					return simdisk.Fault{Err: fault, Keep: rng.IntN(700)}
				})
				acknowledged := follow(t, disk, 0)
				after := disk.Restart()
				if name != "kill" {
					after = disk.Reboot(rng)
				}
				checkpoint := max(0, acknowledged-rng.IntN(5)) // saved now and then only
				require.Equal(t, total, follow(t, after, checkpoint))
				after = after.Reboot(rng)
				got := lines(t, after, path)
				require.Equal(t, total, len(got), "call %d", n)
				for i, line := range got {
					require.True(t, strings.HasPrefix(string(line), fmt.Sprintf(`{"specversion":"1.0","id":"%d.0",`, i+1)),
						"call %d: %s", n, line)
				}
			}
		})
	}
}
