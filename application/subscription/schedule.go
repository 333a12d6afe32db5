package subscription

import "time"

// Delay is how long an event waits after so many failures, one or more, before it is
// sent again; false if it was sent often enough. It is what the schedule says times 0.5
// to 1.5, by random, a number from 0 to 1, so that receivers that failed together are
// not asked together again.
func Delay(schedule []time.Duration, failures int, random float64) (time.Duration, bool) {
	if failures < 1 || failures > len(schedule) {
		return 0, false
	}
	return time.Duration(float64(schedule[failures-1]) * (0.5 + random)), true
}
