package bootstrap

import (
	"os"
	"runtime"
)

// TuneProcessors lets two threads run Go code also where there is one processor, unless the
// environment's GOMAXPROCS says how many. With one, everything waits for up to milliseconds
// whenever a sync of the log keeps its thread: on one processor that made 2,057
// durable adjusts a second of 6,078 (go run ./test/bench -only overload).
func TuneProcessors() {
	if os.Getenv("GOMAXPROCS") == "" && runtime.GOMAXPROCS(0) == 1 {
		runtime.GOMAXPROCS(2)
	}
}
