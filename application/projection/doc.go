// Package projection brings the events of the log, in order, to whatever is built
// from them or told of them: views and receivers outside.
//
// # A runner
//
// Each projection has a runner, a goroutine that reads the feed in batches and gives
// them to the projection's target. A target gets every event at least once; with the
// position that it stands at kept in one checkpoint with what it has built, each has one
// effect. A target that only hands events on, such as a webhook, gets those
// since the last checkpoint again after a crash, under the same names.
//
// # What cannot be handled
//
// An event that the target refuses is tried again, later and later. Meanwhile the rest
// of its stream is held back, in order, and other streams go on. After the
// last try it is parked as a dead letter, until somebody has it tried again (redrive) or
// gives it up (delete). Giving up is an event in the log: a runner that builds
// everything anew comes to the same decision at the same position. What was held back is
// read from the log when its turn has come; it costs no memory.
//
// # What is durable, and in which order
//
// The checkpoint is the truth about a projection: its position, what the target has
// built, and which streams stand still at which version. A dead letter is what people
// see of that. It is written before the runner goes on, and removed after the
// checkpoint that no longer needs it; so after a crash at any point the letters can be
// made to agree with the checkpoint, and nothing is lost: what the checkpoint does
// not know of is met again in the log.
package projection
