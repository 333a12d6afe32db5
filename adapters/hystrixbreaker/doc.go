// Package hystrixbreaker is ports.Breaker on the circuits of hystrix-go, which count
// calls and faults over ten seconds and say when the share of faults is too large.
//
// # Use of hystrix
//
// Not its Do and Go: they leave a call running after a time-out, count refusals as
// faults, run contexts that have ended and end the process on a panic. A Breaker asks
// the circuit whether a call may be run (AllowRequest), runs it in the caller's
// goroutine, and reports its outcome (ReportEvent). Which call is the probe, and
// when, it decides itself: a circuit lets another one through after each sleep
// window, though the one before has not come back, and goes by the wall clock.
//
// Any success closes an open circuit, so only the probe reports one. An ordinary
// call that did not fault is reported under a name that only counts it; and what was
// begun before the breaker opened or closed reports nothing after that.
//
// Circuits count by the second of the wall clock. Where it was set back by more than
// they count, they are made to forget.
//
// # Cost
//
// Reports are counted by a goroutine of the circuit's own, which starts another one for
// each. BenchmarkDo counts that, too. If it lags by more than 2,000 reports, further
// ones are dropped, and Status says how many. A circuit keeps how long
// each call took for a minute: 16 bytes a call.
//
// Circuits live as long as the process. So breakers are made once, for a fixed set of
// names; two of one name, as tests make them, have a circuit each.
package hystrixbreaker
