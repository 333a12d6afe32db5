package bootstrap

import (
	"os"
	"runtime/debug"
)

// gcPercent lets garbage grow to four times what is live before it is collected.
// Most of what a request allocates is dead when it is answered, so collecting less
// often spares a fifth of the CPU of a reservation and two thirds of the longest
// pauses (measured against 100, the runtime's own; see docs/benchmarks.md).
const gcPercent = 400

// Bounds of a memory limit, in MiB. With less than the least, which is about twice
// what an empty service takes, it would do little but collect garbage.
const (
	minMemoryMB = 64
	maxMemoryMB = 1 << 24
)

// TuneMemory sets how often garbage is collected, unless the environment's GOGC
// says so: as rarely as above, but as often as it takes to stay near a limit in MiB, if
// there is one. The limit is soft: live memory beyond it is kept, and the runtime spends at
// most half of the processors on collecting.
func TuneMemory(limitMB int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if limitMB > 0 {
		debug.SetMemoryLimit(int64(limitMB) << 20)
	}
}
