package bootstrap

import (
	"os"
	"runtime/debug"
)

// gcPercent lets garbage grow to four times the live heap before it is collected.
// Most allocations of a request are garbage when it is answered. Rare collections save a fifth
// of the CPU time of a reservation and two thirds of the longest pauses, compared with the
// runtime's own 100 (docs/benchmarks.md).
const gcPercent = 400

// Bounds of a memory limit, in MiB. The lower bound is about twice the memory of an empty
// service; with less the runtime would do little but collect garbage.
const (
	minMemoryMB = 64
	maxMemoryMB = 1 << 24
)

// TuneMemory sets how often the runtime collects garbage: rarely, as above, unless GOGC is set,
// and as often as necessary near a limit in MiB, if there is one. The limit is soft: the runtime
// exceeds it for live memory, and spends at most half of the processors on collecting.
func TuneMemory(limitMB int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if limitMB > 0 {
		debug.SetMemoryLimit(int64(limitMB) << 20)
	}
}
