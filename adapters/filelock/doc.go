// Package filelock keeps leases in files that several processes of one machine share.
//
// # Files
//
// A directory has a fixed number of shard files, which are never removed; a hash of the
// stream's name selects the one of its lease, so that no name becomes a path. A shard is
// locked with flock(2) while a process reads it, decides and writes: each change is a
// compare-and-swap. A lock file that a process finds, judges by its age and replaces, in
// several steps, has two holders sooner or later.
//
// A shard has two slots, at byte 0 and at 256 KiB, which are written alternately and carry a
// number, a length and a checksum: a process that is killed while it writes leaves the
// other slot whole. A slot has the live leases and the highest token that the shard ever
// gave. Nothing is synced, because leases do not outlive the machine's start; if the shards
// are lost, new tokens are still above the log's highest.
//
// # Fairness
//
// A lease has a queue of the owners that asked for it while another owner had it. A
// released lease is reserved for the first of them for 25 ms, so that processes that
// want the same item all the time alternate.
//
// # Time
//
// Leases end by a clock that all processes of the machine share: CLOCK_BOOTTIME of
// clock_gettime(2). It continues when the wall clock is set, while a process is stopped
// and while the machine sleeps. It restarts with the machine, so a slot names the start
// of the machine that it belongs to: leases from before another start are over. Processes
// must not be given different times by time_namespaces(7).
//
// # Faults
//
// A process that is stopped while it has a shard locked keeps all other processes out of
// it: they give up after a while, as if another owner held the lease. A process that is
// stopped while it holds a lease loses it; the clock shows that as soon as it runs again.
// The lease can still end between that look and a write under the lease, which is why the
// store checks the tokens of its writes.
package filelock
