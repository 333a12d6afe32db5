package filelock

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is what all processes on one machine agree on.
type Machine struct {
	Boot string               // names the machine's start, from which on Now counts
	Now  func() time.Duration // runs on whatever happens to the wall clock and to processes
}

// ThisMachine is the one that the process runs on.
func ThisMachine() (Machine, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Machine{}, fmt.Errorf("tell this start of the machine from others: %w", err)
	}
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, new(unix.Timespec)); err != nil {
		return Machine{}, fmt.Errorf("read the machine's clock: %w", err)
	}
	return Machine{Boot: strings.TrimSpace(string(boot)), Now: sinceBoot}, nil
}

func sinceBoot() time.Duration {
	var at unix.Timespec
	// What worked once works always: the arguments are constant.
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &at)
	return time.Duration(at.Nano())
}
