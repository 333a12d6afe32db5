// Package processlock is what processes tell each other through the file LOCK of a data directory,
// and how they take turns to write.
//
// LOCK has four blocks of fixed size: the owner, the POISON mark, and the durable watermark twice.
// Each can be overwritten in place, which needs no new block of a disk that may be full.
package processlock
