// Package machine tells what all processes on one machine agree on: its start, and a clock that
// counts from there.
package machine

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is one start of a machine.
type Machine struct {
	Boot string               // names the machine's start, from which on Now counts
	Now  func() time.Duration // neither a wall clock that is set nor a stopped process nor sleep holds it up
}

// This returns the machine that the process runs on.
func This() (Machine, error) {
	boot, err := bootID()
	if err != nil {
		return Machine{}, fmt.Errorf("tell this start of the machine from others: %w", err)
	}
	if err := unix.ClockGettime(bootClock, new(unix.Timespec)); err != nil {
		return Machine{}, fmt.Errorf("read the machine's clock: %w", err)
	}
	return Machine{Boot: boot, Now: sinceBoot}, nil
}

func sinceBoot() time.Duration {
	var at unix.Timespec
	// A call that succeeded once always succeeds: the arguments are constant.
	_ = unix.ClockGettime(bootClock, &at)
	return time.Duration(at.Nano())
}
