// Package torture runs the real program, one process or several on one directory, with
// clients that write down everything that they ask and are told, while processes are
// killed, frozen and stopped, disks fail, fill up and are slow, and clocks jump. Then it
// holds the answers against the rules of an item (package history), against the log, read
// line by line, and against sums that must never change.
//
// Everything is drawn from a seed: what clients ask, and which faults come in which order.
// When each of it happens is up to the machine.
package torture
