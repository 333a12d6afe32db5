package subscription

import "time"

// Schedule is for how long an event waits after each failure before it is sent again:
// at first for a receiver that restarts, at last for one that somebody must look
// after. All of it takes about three days.
var Schedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// Delay is how long to wait after so many failures of an event, one or more; false if
// it was sent often enough. It is what Schedule says times 0.5 to 1.5, by random, a
// number from 0 to 1, so that receivers that failed together are not asked together
// again.
func Delay(failures int, random float64) (time.Duration, bool) {
	if failures < 1 || failures > len(Schedule) {
		return 0, false
	}
	return time.Duration(float64(Schedule[failures-1]) * (0.5 + random)), true
}
