package ledger

import (
	"errors"

	"github.com/onhand/onhand/ports"
)

// decisionKind says what follows from a decision.
type decisionKind int

const (
	// toAnswer is a refusal, a dry run or a command that has nothing to write: it is
	// answered once the commits that it stands on are durable.
	toAnswer decisionKind = iota
	// toWrite is a commit.
	toWrite
	// toRequeue is a command that needs other queues than it waited in.
	toRequeue
	// toDecideNext is a command that cannot be written together with what it relies on:
	// it must see the outcome of this attempt first.
	toDecideNext
	// toExpireFirst is a command on items with so many overdue holds that these must be
	// written in commits of their own first.
	toExpireFirst
)

// decision is the result of deciding one command.
type decision struct {
	kind    decisionKind
	command *pending
	result  Result
	err     error
	tx      *Tx           // what a commit changes
	adds    growth        // of the tables once it is published
	commit  int           // index into the attempt's commits
	answer  *answerStream // that a commit which only keeps an answer is written to
}

// retryAction says what becomes of a command whose commit was not written.
type retryAction int

const (
	giveUp      retryAction = iota // it is answered with the error
	decideAgain                    // at once, in the same batch
	queueAgain                     // later, on the log as it is then
)

// maxTries is how often a command is decided because its commit was not written: another
// writer wrote to its items or took its leases over, or a deadline came meanwhile.
const maxTries = 5

// retry returns what becomes of a command whose commit was not written, and the error
// that ends it if it is given up.
func (p *pending) retry(fate error) (retryAction, error) {
	_, duplicate := errors.AsType[*ports.DuplicateKeyError](fate)
	_, conflict := errors.AsType[*ports.ConflictError](fate)
	_, late := errors.AsType[*ports.TooLateError](fate)
	lost := lostLease(fate)
	absent := errors.Is(fate, errNotWritten)
	p.tries++
	switch {
	case p.tries >= maxTries, absent && p.left.Load(): // a caller that left may have asked again without a key
	case duplicate, late, absent:
		return decideAgain, nil
	case conflict, lost:
		return queueAgain, nil
	}
	switch {
	case duplicate:
		return giveUp, ErrKeyInFlight
	case late:
		return giveUp, ErrOverloaded
	case lost:
		return giveUp, &ports.LeaseHeldError{Stream: p.set.streams[0]}
	}
	return giveUp, fate
}
