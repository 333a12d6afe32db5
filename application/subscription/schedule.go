package subscription

import "time"

// Delay returns the pause after a number of failures, one or more, before an event is sent again;
// false if it is not sent again. The pause is that of the schedule times 0.5 to 1.5, by random,
// a number from 0 to 1: receivers that fail together are not called together again.
func Delay(schedule []time.Duration, failures int, random float64) (time.Duration, bool) {
	if failures < 1 || failures > len(schedule) {
		return 0, false
	}
	return time.Duration(float64(schedule[failures-1]) * (0.5 + random)), true
}
