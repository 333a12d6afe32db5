package command

import (
	"context"
	"fmt"
	"strconv"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
)

// The largest batch.
const (
	MaxOperations = 1000
	MaxBatchLines = 1000 // of all operations together
)

// Batch is many operations in one commit, each judged on what the ones before it
// leave. Atomic: all of them or none. Otherwise each for itself, invalid ones
// included: the accepted ones form the commit, which also holds the whole result.
type Batch struct {
	Atomic     bool
	Operations []Operation

	turn string // an id that nothing has, if each operation is invalid: a command waits its turn somewhere
}

// Validate checks every operation. Of an atomic batch it returns an *InvalidError
// with the faults of all operations. Otherwise each invalid operation is refused in
// its turn, with its own.
func (b *Batch) Validate(rules Rules) error {
	if len(b.Operations) == 0 || len(b.Operations) > MaxOperations {
		return validation.Errors{"operations": fmt.Errorf("must have 1 to %d operations", MaxOperations)}
	}
	var all InvalidError
	lines := 0
	for i, op := range b.Operations {
		if l, ok := op.(interface{ lineCount() int }); ok {
			lines += l.lineCount()
		}
		err := op.Validate(rules)
		if err == nil {
			continue
		}
		invalid := AsInvalid(err)
		if invalid == nil {
			return err // a fault of the program
		}
		if !b.Atomic {
			b.Operations[i] = &invalidOperation{op, invalid}
			continue
		}
		all.Malformed = all.Malformed || invalid.Malformed
		all.Faults = append(all.Faults, invalid.under("#/operations/"+strconv.Itoa(i)).Faults...)
	}
	if len(all.Faults) > 0 {
		return &all
	}
	if lines > MaxBatchLines {
		return validation.Errors{"operations": fmt.Errorf("must have at most %d lines in total", MaxBatchLines)}
	}
	return nil
}

// Handle carries the batch out. An atomic one is refused with
// *BatchRefusedError. What any operation may give besides a refusal ends the
// whole batch, as do the errors of ledger.Ledger's Execute.
func (b *Batch) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[BatchResult], error) {
	return handle[BatchResult](ctx, l, call, b)
}

func (b *Batch) name() string { return "batch" }

// subject is what each operation is and is about; its content is in the batch's.
func (b *Batch) subject() any {
	list := make([][2]any, len(b.Operations))
	for i, op := range b.Operations {
		list[i] = [2]any{op.name(), op.subject()}
	}
	return list
}

func (b *Batch) giveID(newID func() string) {
	onlyInvalid := true
	for _, op := range b.Operations {
		if n, ok := op.(namer); ok {
			n.giveID(newID)
		}
		_, invalid := op.(*invalidOperation)
		onlyInvalid = onlyInvalid && invalid
	}
	if onlyInvalid {
		b.turn = newID()
	}
}

func (b *Batch) keys() ledger.Keys {
	var all ledger.Keys
	for _, op := range b.Operations {
		k := op.keys()
		all.Items = append(all.Items, k.Items...)
		all.Reservations = append(all.Reservations, k.Reservations...)
		all.Transfers = append(all.Transfers, k.Transfers...)
		all.Lines = all.Lines || k.Lines
	}
	if b.turn != "" {
		all.Reservations = []string{b.turn}
	}
	return all
}

func (b *Batch) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	result := BatchResult{Atomic: b.Atomic, Results: make([]OperationResult, len(b.Operations))}
	var refused []OperationResult
	for i, op := range b.Operations {
		r := &result.Results[i]
		r.Index = i
		if o, invalid := op.(*invalidOperation); invalid {
			r.Refusal = o.problem
			continue
		}
		answer, err := op.decide(tx, inside(op, when))
		switch {
		case err == nil:
			r.take(answer)
			if err := tx.Fits(); err != nil {
				return nil, err
			}
		case refusalCode(err) == "":
			return nil, fmt.Errorf("operation %d: %w", i, err)
		default:
			r.Refusal = err
			refused = append(refused, *r)
		}
	}
	if b.Atomic && len(refused) > 0 {
		return nil, &BatchRefusedError{Results: refused}
	}
	return result, nil
}

// inside is what an operation of a batch must keep: the version that its body
// expects, where there is a place to say so. Headers are about single commands.
func inside(op Operation, when Preconditions) Preconditions {
	switch op.(type) {
	case *AdjustStock, *CountStock:
		return Preconditions{Required: when.Required}
	default:
		return Preconditions{}
	}
}

// BatchRefusedError refuses an atomic batch: nothing was done. Results are those
// of the operations that were refused.
type BatchRefusedError struct {
	Results []OperationResult
}

func (e *BatchRefusedError) Error() string {
	if len(e.Results) == 1 {
		only := e.Results[0]
		return fmt.Sprintf("operation %d is refused, so the batch changes nothing: %v", only.Index, only.Refusal)
	}
	return fmt.Sprintf("%d operations are refused, so the batch changes nothing: see results", len(e.Results))
}
