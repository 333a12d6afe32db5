// Package hystrixbreaker is a ports.Breaker on the circuits of hystrix-go, which count calls and
// faults over ten seconds and report when the share of faults is too large.
//
// # Use of hystrix
//
// A Breaker does not use the library's Do and Go: these leave a call running after a time-out,
// count refusals as faults, run contexts that have ended, and end the process on a panic. It asks
// the circuit whether a call may run (AllowRequest), runs the call in the caller's goroutine and
// reports the outcome (ReportEvent). The Breaker itself decides which call is the probe, and
// when: a circuit admits another probe after each sleep window although the last one has not
// returned, and uses the wall clock.
//
// Any success closes an open circuit, so only the probe reports one. The success of an ordinary
// call is reported under a name that only counts it. A call that began before the breaker opened
// or closed reports nothing afterwards.
//
// Circuits count by the second of the wall clock. If that is set back by more than the ten
// seconds, the Breaker makes its circuit forget.
//
// # Cost
//
// A goroutine of the circuit counts the reports and starts another one for each; BenchmarkDo
// includes that. If it lags by more than 2,000 reports, further ones are dropped, and Status
// returns their number. A circuit keeps the duration of each call for a minute: 16 bytes a call.
//
// Circuits live as long as the process. So the service makes its breakers once, for a fixed set of
// names; two breakers of one name, as in tests, have a circuit each.
package hystrixbreaker
