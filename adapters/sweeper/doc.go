// Package sweeper is the worker that writes expired holds to the log if no command on their item
// does. No number depends on it: a hold stops counting at its deadline in any case. Readers of the
// log get the events about a second after the deadline. A second one keeps log time.
package sweeper
