// Package processlock has the file LOCK, through which the processes of a data directory
// communicate, and the file TURN, by which they alternate as writers.
//
// LOCK has four blocks of fixed size: the owner, the POISON mark, and the durable watermark twice.
// Each is overwritten in place, because a full disk has no new block.
package processlock
