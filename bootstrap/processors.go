package bootstrap

import (
	"os"
	"runtime"
)

// TuneProcessors lets two threads run Go code on a machine with one processor, unless
// GOMAXPROCS is set. With one thread, everything waits for milliseconds whenever a sync of the
// log occupies it: 2,057 instead of 6,078 durable adjusts a second on one processor
// (go run ./test/bench -only overload).
func TuneProcessors() {
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) == 1 {
		runtime.GOMAXPROCS(2)
	}
}
