// Package leadership begins what only the leader of several processes does, and ends it when
// the leader's term does. ports.Leader says which process leads; this package knows what
// follows from that: duties in their order, and stores that only the leader has.
package leadership
