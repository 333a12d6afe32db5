package command

import (
	"encoding/json"

	"github.com/onhand/onhand/application/ledger"
)

// UnreadableOperation takes the place of an operation of a batch that could not be
// read, so that the others keep theirs.
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

// invalidOperation is an operation of a batch that is refused for its values. It
// remains what it is under an idempotency key.
type invalidOperation struct {
	Operation
	problem *InvalidError
}

func (o *invalidOperation) keys() ledger.Keys { return ledger.Keys{} }

func (o *invalidOperation) decide(*ledger.Tx, Preconditions) (ledger.Result, error) {
	return nil, o.problem
}

// isInvalid reports whether an operation is refused without a decision.
func isInvalid(op Operation) bool {
	switch op.(type) {
	case *UnreadableOperation, *invalidOperation:
		return true
	}
	return false
}

// MarshalJSON returns the content of the operation.
func (o *invalidOperation) MarshalJSON() ([]byte, error) { return json.Marshal(o.Operation) }
