package command

import (
	"encoding/json"

	"github.com/onhand/onhand/application/ledger"
)

// UnreadableOperation takes the place of an operation of a batch that could not be
// read, so that the others keep theirs. Validate refuses it.
type UnreadableOperation struct {
	Text    string        `json:"text"` // as the caller sent it
	Problem *InvalidError `json:"-"`    // the pointers begin at the operation
}

// Validate returns the problem.
func (o *UnreadableOperation) Validate(Rules) error { return o.Problem }

func (o *UnreadableOperation) name() string      { return "unreadable" }
func (o *UnreadableOperation) subject() any      { return nil }
func (o *UnreadableOperation) keys() ledger.Keys { return ledger.Keys{} }

func (o *UnreadableOperation) decide(
	*ledger.Tx, Preconditions,
) (ledger.Result, error) { //nolint:unparam // it is an Operation
	return nil, o.Problem
}

// invalidOperation is an operation of a batch that is refused for its values,
// without a decision. It remains what it is under an idempotency key.
type invalidOperation struct {
	Operation
	problem *InvalidError
}

func (o *invalidOperation) keys() ledger.Keys { return ledger.Keys{} }

// MarshalJSON returns the content of the operation.
func (o *invalidOperation) MarshalJSON() ([]byte, error) { return json.Marshal(o.Operation) }

// fill adds the refusals of the invalid operations of a batch to its kept result,
// which has none: a repetition has the same operations.
func (b *Batch) fill(kept *BatchResult) {
	if len(kept.Results) == len(b.Operations) {
		return
	}
	all := make([]OperationResult, len(b.Operations))
	for i, op := range b.Operations {
		all[i] = OperationResult{Index: i, Refusal: &InvalidError{Faults: []Fault{{
			Pointer: "#", Detail: "was not acceptable by the rules at the time of the first request",
		}}}}
		if o, invalid := op.(*invalidOperation); invalid {
			all[i].Refusal = o.problem
		}
	}
	for _, r := range kept.Results {
		all[r.Index] = r
	}
	kept.Results = all
}
