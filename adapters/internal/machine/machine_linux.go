package machine

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// bootClock counts from the machine's start, also while the machine sleeps.
const bootClock = unix.CLOCK_BOOTTIME

func bootID() (string, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id)), err
}
