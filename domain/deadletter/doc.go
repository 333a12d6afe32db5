// Package deadletter is the decision to discard an event that a projection could not handle. Of all
// about dead letters only this belongs to the log, because a client has decided it.
package deadletter
