// Package ledger is the write path: it puts commands in order, has them decided on
// durable state, appends their events to the log and publishes them once they are durable.
//
// # Per-key queues
//
// A command names the items, reservations and transfers that it may touch. It waits in
// the first-in first-out queue of each of them and runs when it is first in all; because
// it enters all queues under one mutex, two commands can never wait for each other, and
// no command is overtaken. Commands on different streams run side by side. Commands that
// wait in one queue only, one after the other, are a batch: they are decided together,
// each on the outcome of the one before, and appended with one call. A command by
// reservation or transfer that finds other lines when it is decided than when it came
// queues again.
//
// # A batch
//
// The goroutine of a batch belongs to no request, so a caller that leaves does not end
// it. In an attempt each command is first looked up by its idempotency key, then its
// preconditions and the decision itself are made. A known key never has a second effect:
// while it lives it is answered with its first outcome, and later it is refused. Accepted
// commands are appended in order. Only after that is durable are they published and
// answered, and so are the refusals and dry runs that were decided on top of them; if the
// append fails, these are decided again.
//
// # Several writers
//
// Where other processes write to the same log, a batch first takes the leases on all its
// streams; if another owner has one, the commands queue again. Then, before the first
// look at a key, it folds the commits that the others have acknowledged, and takes the time that it
// decides at. If a deadline has come by then it closes that timestamp: no writer decides
// at an earlier time any more, so that a refusal or a read that counts a hold as expired
// stays true. Commits of others are folded between two attempts, each as a whole.
// Commits carry the leases' tokens and the versions that they build on; where either is
// not right any more, nothing is written, and the command is decided again. So leases
// spare work, and no number relies on them.
package ledger
