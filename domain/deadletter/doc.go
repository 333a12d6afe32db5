// Package deadletter is the fact that somebody gave up an event which a follower of
// the log could not handle: the one thing about dead letters that belongs to the
// log, since it says who decided it.
package deadletter
