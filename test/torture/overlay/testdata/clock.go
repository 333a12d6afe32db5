package machineclock

import (
	"os"
	"strings"
	"time"
)

// tortureClock is where it stands how far the wall clock is off.
var tortureClock = os.Getenv("TORTURE_CLOCK")

func torturedClock() time.Duration {
	if tortureClock == "" {
		return 0
	}
	content, err := os.ReadFile(tortureClock)
	if err != nil {
		return 0
	}
	off, _ := time.ParseDuration(strings.TrimSpace(string(content)))
	return off
}
