// Package machineclock reads the wall clock and the machine's clock, CLOCK_BOOTTIME of
// clock_gettime(2), which also counts while the machine sleeps (CLOCK_MONOTONIC on macOS).
//
// CLOCK_BOOTTIME costs a system call on some machines, and a clock is read several times for each
// command. Go's runtime reads CLOCK_MONOTONIC without one. The two differ by the time for which
// the machine has slept: a constant, which is measured again once a second and whenever the wall clock
// and the runtime's clock have moved apart, as they do when a machine wakes up.
package machineclock
