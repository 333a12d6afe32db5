package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
)

// Operation is a command of this package, to be carried out alone or as a part
// of a batch.
type Operation interface {
	// Validate checks, and brings to its normal form, what can be checked
	// without knowing the state. An error is about values, as FaultsOf reads it.
	Validate(rules Rules) error
	name() string
	// subject is what the command is about as far as the caller named it beside
	// the body: together with the body it is what two calls under one key must
	// have in common.
	subject() any
	keys() ledger.Keys
	// decide checks everything before it records anything.
	decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error)
}

// namer is an operation that may need a name for the reservation or transfer that it creates.
type namer interface{ giveID(newID func() string) }

// Outcome is what became of a command.
type Outcome[R ledger.Result] struct {
	Result   R
	Position event.Position // of the commit; 0 for a dry run
	Replayed bool           // the effect is that of an earlier call with the same key
	DryRun   bool           // there is no effect
	// KeyExpires is when the idempotency key expires; zero if no key was kept.
	KeyExpires time.Time
}

// handle carries one operation out.
func handle[R ledger.Result](ctx context.Context, l *ledger.Ledger, call Call, op Operation) (Outcome[R], error) {
	if n, ok := op.(namer); ok {
		n.giveID(call.NewID)
	}
	refused := call.OnlyCompletions && !completes(op)
	request := ledger.Request{
		Keys: op.keys(),
		Decide: func(tx *ledger.Tx) (ledger.Result, error) {
			if refused { // not before: a repetition gets the answer of its key
				return nil, ErrDiskReserve
			}
			return op.decide(tx, call.Preconditions)
		},
		Actor:     call.Actor,
		RequestID: call.RequestID,
		Client:    call.Client,
		Written:   call.Written,
		Key:       call.IdempotencyKey,
		DryRun:    call.DryRun,
	}
	if request.Key != "" {
		var err error
		if request.Fingerprint, err = fingerprint(op); err != nil {
			return Outcome[R]{}, err
		}
	}
	outcome, err := l.Execute(ctx, request)
	if err != nil {
		return Outcome[R]{}, err
	}
	answer := Outcome[R]{
		Position: outcome.Position, Replayed: outcome.Replayed, DryRun: call.DryRun, KeyExpires: outcome.KeyExpires,
	}
	if outcome.Replayed {
		if err := json.Unmarshal(outcome.Stored, &answer.Result); err != nil {
			return Outcome[R]{}, fmt.Errorf("read stored result: %w", err)
		}
		if b, isBatch := any(op).(*Batch); isBatch {
			b.fill(any(&answer.Result).(*BatchResult))
		}
		if kept, may := any(&answer.Result).(abridged); may {
			return answer, kept.restore(newRestorer(ctx, l))
		}
		return answer, nil
	}
	answer.Result = outcome.Result.(R)
	return answer, nil
}

// fingerprint stands for a normalised command: the first half of a SHA-256 over
// its name, subject and content.
func fingerprint(op Operation) (string, error) {
	body, err := json.Marshal([]any{op.name(), op.subject(), op})
	if err != nil {
		return "", fmt.Errorf("fingerprint command: %w", err)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:len(sum)/2]), nil
}
