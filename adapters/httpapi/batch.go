package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
)

// batchBody is the body of a batch before its operations are known.
type batchBody struct {
	Atomic     *bool            `json:"atomic,omitempty"` // true by default
	Operations []jsontext.Value `json:"operations"`
}

// TakesNull tells that null means something for the threshold of a policy. In
// other operations the member is unknown.
func (*batchBody) TakesNull(pointer string) bool {
	return strings.HasPrefix(pointer, "/operations/") && strings.HasSuffix(pointer, "/lowStockThreshold")
}

// batch is POST /v1/batch.
func (s *Server) batch(c *gin.Context) error {
	cmd := &command.Batch{}
	outcome, err := change(s, c, cmd, decodeBatch, func(ctx context.Context, l *ledger.Ledger, call command.Call) (command.Outcome[command.BatchResult], error) {
		if call.IfMatch != nil || call.IfNoneMatch != nil {
			return command.Outcome[command.BatchResult]{}, &headerError{
				name: "If-Match or If-None-Match", detail: "is about one aggregate; in a batch use expectedVersion",
			}
		}
		return cmd.Handle(ctx, l, call)
	})
	if err != nil {
		return err
	}
	status := http.StatusMultiStatus
	if outcome.Result.Atomic {
		status = http.StatusOK
	}
	answer(c, outcome, status, 0, s.appendResults(nil, outcome.Result.Results))
	return nil
}

// decodeBatch reads a batch and each of its operations as strictly as if it had
// come alone.
func decodeBatch(c *gin.Context, into any) error {
	var body batchBody
	if err := decodeUpTo(c, &body, maxBatchBytes); err != nil {
		return err
	}
	if n := len(body.Operations); n == 0 || n > command.MaxOperations {
		return &fieldError{pointer: "#/operations", detail: fmt.Sprintf("must be 1 to %d operations", command.MaxOperations)}
	}
	batch := into.(*command.Batch)
	batch.Atomic = body.Atomic == nil || *body.Atomic
	for i, text := range body.Operations {
		op, err := decodeOperation("#/operations/"+strconv.Itoa(i), text)
		if err != nil {
			return err
		}
		batch.Operations = append(batch.Operations, op)
	}
	return nil
}

func decodeOperation(at string, text jsontext.Value) (command.Operation, error) {
	name, err := operationName(text)
	if err != nil {
		return nil, decodeError(at, err)
	}
	read, known := operations[name]
	if !known {
		return nil, &fieldError{pointer: at + "/op", detail: "must be one of " + operationNames}
	}
	return read(at, text)
}

// operationName is the name of an operation. Where it comes first, as is usual, the
// rest need not be read for it; whoever reads all of it finds a second one. That
// makes a batch a twentieth faster.
func operationName(text jsontext.Value) (string, error) {
	if rest, first := bytes.CutPrefix(text, []byte(`{"op":"`)); first {
		if name, _, _ := bytes.Cut(rest, []byte{'"'}); operations[string(name)] != nil {
			return string(name), nil
		}
	}
	var kind struct {
		Op string `json:"op"`
	}
	err := json.Unmarshal(text, &kind)
	return kind.Op, err
}

const operationNames = "adjust count move policy reserve commit release return extend ship receive cancel"

var operations = map[string]func(at string, text jsontext.Value) (command.Operation, error){
	"adjust": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onItem[command.AdjustStock]{}
		return &op.Content, op.read(at, text, &op.Content.Item)
	},
	"count": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onItem[command.CountStock]{}
		return &op.Content, op.read(at, text, &op.Content.Item)
	},
	"move": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onItem[command.MoveStock]{}
		return &op.Content, op.read(at, text, &op.Content.Item)
	},
	"policy": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onItem[command.SetPolicy]{}
		return &op.Content, op.read(at, text, &op.Content.Item)
	},
	"reserve": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onID[command.ReserveStock]{free: true}
		return &op.Content, op.read(at, text, &op.Content.ID)
	},
	"commit": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onID[command.CommitReservation]{}
		return &op.Content, op.read(at, text, &op.Content.ID)
	},
	"release": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onID[command.ReleaseReservation]{}
		return &op.Content, op.read(at, text, &op.Content.ID)
	},
	"return": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onID[command.ReturnReservation]{}
		return &op.Content, op.read(at, text, &op.Content.ID)
	},
	"extend": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onID[command.ExtendReservation]{}
		return &op.Content, op.read(at, text, &op.Content.ID)
	},
	"ship": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onNothing[command.ShipTransfer]{}
		return &op.Content, unmarshalStrict(at, text, op)
	},
	"receive": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onID[command.ReceiveTransfer]{}
		return &op.Content, op.read(at, text, &op.Content.ID)
	},
	"cancel": func(at string, text jsontext.Value) (command.Operation, error) {
		op := &onID[command.CancelTransfer]{}
		return &op.Content, op.read(at, text, &op.Content.ID)
	},
}

// onItem is an operation on an item: the command's body with what would stand in
// the path.
type onItem[C any] struct {
	Op      string `json:"op"`
	Store   string `json:"store"`
	SKU     string `json:"sku"`
	Content C      `json:",embed"`
}

func (o *onItem[C]) read(at string, text jsontext.Value, item *stock.Key) error {
	if err := unmarshalStrict(at, text, o); err != nil {
		return err
	}
	key, err := stock.NewKey(o.Store, o.SKU)
	*item = key
	return underPointer(at, err)
}

// onID is an operation on a reservation or transfer.
type onID[C any] struct {
	Op      string `json:"op"`
	ID      string `json:"id"`
	Content C      `json:",embed"`

	free bool // the id may be left out
}

func (o *onID[C]) read(at string, text jsontext.Value, id *string) error {
	if err := unmarshalStrict(at, text, o); err != nil {
		return err
	}
	if *id = o.ID; o.ID == "" && o.free {
		return nil
	}
	return underPointer(at, stock.CheckID(o.ID))
}

// onNothing is an operation that names all in its body.
type onNothing[C any] struct {
	Op      string `json:"op"`
	Content C      `json:",embed"`
}

func unmarshalStrict(at string, text jsontext.Value, into any) error {
	if err := json.Unmarshal(text, into, strictJSON); err != nil {
		return decodeError(at, err)
	}
	return nil
}
