package machine

import "golang.org/x/sys/unix"

// bootClock counts from the machine's start; on macOS it continues while the machine
// sleeps, unlike CLOCK_MONOTONIC on Linux.
const bootClock = unix.CLOCK_MONOTONIC

func bootID() (string, error) { return unix.Sysctl("kern.bootsessionuuid") }
