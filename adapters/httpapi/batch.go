package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
)

// batches answers /v1/batch.
type batches struct {
	commands
	problems problems
}

// batchBody is the body of a batch before its operations are decoded.
type batchBody struct {
	Atomic     *bool            `json:"atomic,omitempty"` // true by default
	Operations []jsontext.Value `json:"operations"`
}

// TakesNull leaves operations to their own decoding.
func (*batchBody) TakesNull(pointer string) bool { return strings.HasPrefix(pointer, "/operations/") }

// runBatch is POST /v1/batch.
func (b batches) runBatch(c *gin.Context) error {
	cmd := &command.Batch{}
	outcome, err := runCommand(c, b.commands, cmd, b.decode, unconditionally(cmd))
	if err != nil {
		return err
	}
	status := http.StatusMultiStatus
	if outcome.Result.Atomic {
		status = http.StatusOK
	}
	answerCommand(c, outcome, status, 0, b.appendResults(nil, outcome.Result.Results))
	return nil
}

// unconditionally refuses the headers of conditions, which are about one aggregate.
func unconditionally(cmd *command.Batch) commandHandler[command.BatchResult] {
	return func(ctx context.Context, l *ledger.Ledger, call command.Call) (command.Outcome[command.BatchResult], error) {
		if call.IfMatch != nil || call.IfNoneMatch != nil {
			return command.Outcome[command.BatchResult]{}, &headerError{
				name:   "If-Match or If-None-Match",
				detail: "applies to a single resource: use expectedVersion in the operations of a batch",
			}
		}
		return cmd.Handle(ctx, l, call)
	}
}

// decode decodes a batch.
func (b batches) decode(c *gin.Context, into any) error {
	var body batchBody
	if err := decodeLimited(c, &body, maxBatchBytes); err != nil {
		return err
	}
	if n := len(body.Operations); n == 0 || n > command.MaxOperations {
		return &fieldError{
			pointer: "#/operations", detail: fmt.Sprintf("must have 1 to %d operations", command.MaxOperations),
		}
	}
	batch := into.(*command.Batch)
	batch.Atomic = body.Atomic == nil || *body.Atomic
	for _, text := range body.Operations {
		batch.Operations = append(batch.Operations, decodeOperation(text, b.rules.Names))
	}
	return nil
}
