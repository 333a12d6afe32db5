// Package projection brings the events of the log, in order, to targets: views that are built
// from them, and receivers outside that are told of them.
//
// # A runner
//
// Each projection has a runner: a goroutine that reads the feed in batches and hands them to
// the projection's target. A target gets each event at least once. A checkpoint keeps the
// position together with the state that the target has built, so each event has one effect on
// that state. A target without state, such as a webhook, gets the events since the last
// checkpoint again after a crash, with the same ids.
//
// A runner is composed of parts that own their state: the batchReader reads the log, the applier
// owns the target and decides what follows from its errors, the deliverer hands over batches, the
// retrier the events of blocked streams, the checkpointer saves and the loader loads checkpoints,
// the controls queue control requests, and published has the state for other goroutines.
//
// # Events that cannot be handled
//
// An event that the target refuses is tried again after longer and longer pauses. Meanwhile its
// stream is blocked: later events of the stream are held back, in order, and other streams
// continue. After the last attempt the event is parked as a dead letter until a client has it
// tried again (redrive) or discards it (delete). To discard is an event in the log, so a runner
// that is rebuilt makes the same decision at the same position. Events that are held back are
// read from the log when they are due; they need no memory.
//
// # Durability and order
//
// The checkpoint is the truth about a projection: its position, the state of its target, and the
// streams that are blocked, each with its version. Dead letters show clients a part of that. A
// dead letter is written before the runner continues after its event, and removed after the
// checkpoint that no longer needs it. So after a crash at any point the dead letters can be made
// to agree with the checkpoint, and nothing is lost: the runner reaches in the log what the
// checkpoint does not have.
package projection
