// Package ledger is the one way in which anything changes: it puts commands in
// order, has them decided on durable state, appends what follows to the log and
// shows it once it is durable.
//
// # Lanes
//
// A command names the items, reservations and transfers that it may touch. It
// waits in the first-in first-out queue of each of them and runs when it is first
// in all; as it enters all queues under one mutex, two commands can never wait for
// each other, and nobody is overtaken. Commands on different streams run side by
// side. Commands that wait in one queue only, one behind the other, are decided
// together, each on the outcome of the one before, and appended with one call. A
// command by reservation or transfer that finds other lines in its turn than when
// it came, queues anew.
//
// # A turn
//
// The goroutine of a turn belongs to no request, so a caller who leaves does
// not tear it down. In a turn each command is first looked up by its
// idempotency key, then its preconditions and the decision itself are judged.
// Accepted commands are appended in order. Only after that is durable are they
// shown to readers and answered, and so are the refusals and dry runs that were
// judged on top of them; if the append fails, these are judged again.
//
// # Several writers
//
// Where other processes write to the same log, a turn first takes the leases on all its
// streams, or queues anew if somebody else has one. Then, before the first look at a key,
// it brings in what the others have acknowledged, and takes the time that it decides at.
// If a deadline has come by then it settles that time: nobody decides at an earlier one
// any more, so that a refusal or a read that counts a hold as expired stays true. What
// others write is brought in between two rounds of decisions, a commit as a whole.
// Commits carry the leases' tokens and the versions that they build on; where either is
// not right any more, nothing is written, and the command is decided anew. So leases
// spare work, and are not what numbers rely on.
package ledger
