// Package filelock keeps leases in files that several processes of one machine share.
//
// # Files
//
// A directory has a fixed number of shard files, which are never removed; a hash of the
// stream's name says which one its lease is in, so that no name becomes a path. A shard
// is locked with flock(2) for as long as it takes to read it, to decide and to write what
// follows: each change is a compare-and-swap. Who finds a file, judges its age and makes
// a new one in several steps instead has two holders sooner or later.
//
// A shard has two slots, at byte 0 and at 256 KiB, which are written in turns and carry a
// number, a length and a checksum: a process that is killed while it writes leaves the
// other one whole. What a slot tells is the live leases and the highest token that the
// shard ever gave. Nothing is synced, as leases do not outlive the machine's start; their
// tokens keep above the log's highest if what they were counted in is lost.
//
// # Turns
//
// Who asks for a lease that somebody else has is noted beside it. When it is released it
// is kept for the first of those for 25 ms, so that processes which want the same item all
// the time take turns.
//
// # Time
//
// Leases end by a clock that all processes of the machine share, which neither a wall
// clock that is set nor a process that is stopped nor a machine that sleeps holds up:
// CLOCK_BOOTTIME of clock_gettime(2). It begins anew with the machine, so a slot names
// the machine's start that it belongs to: leases from before another one are over.
// Processes must not be given different times by time_namespaces(7).
//
// # What may go wrong
//
// A process that is stopped while it has a shard locked keeps everybody else out of it:
// they give up after a while, as if somebody held the lease. A process that is stopped
// while it holds a lease loses it; it finds out by the clock as soon as it runs again.
// Between that look and what is done under the lease there is always time for more to
// happen, which is why the store checks the tokens of what it writes.
package filelock
