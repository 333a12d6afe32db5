// Package flockleader is a ports.Leader for processes of one machine that share a directory:
// the leader has the directory locked with flock(2). The kernel gives that lock to no other
// process while the leader lives, stopped or not, and frees it when the leader ends, however
// it ends. So there are never two, no clock is asked, and a term never ends by itself.
//
// The lock is on a directory with files in it, not on a file made for the purpose: such a file
// could be removed, and the next process would lock another one and lead, too.
//
// A term's number is the wall clock's milliseconds, or one more than the last number where
// that is higher. A file keeps the last number, for the case that the clock is set back. It has
// a fixed size and is overwritten in place, so that a full disk keeps no process from leading.
// The file may be deleted while no process runs.
package flockleader
