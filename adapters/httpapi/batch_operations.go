package httpapi

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// decodeOperation decodes an operation of a batch, as strictly as if it had come alone. One that
// cannot be decoded is an *command.UnreadableOperation.
func decodeOperation(text jsontext.Value, names stock.Names) command.Operation {
	op, err := readOperation(text, names)
	if err == nil {
		return op
	}
	problem := command.AsInvalid(err)
	if problem == nil {
		problem = faultOf(err)
	}
	return &command.UnreadableOperation{Text: string(text), Problem: problem}
}

// faultOf returns an error of decoding as that of an operation.
func faultOf(err error) *command.InvalidError {
	if field, ok := errors.AsType[*fieldError](err); ok {
		return &command.InvalidError{Faults: []command.Fault{{Pointer: field.pointer, Detail: field.detail}}}
	}
	fault := command.Fault{Pointer: "#", Detail: err.Error()}
	if body, ok := errors.AsType[*bodyError](err); ok && body.pointer != "" {
		fault = command.Fault{Pointer: body.pointer, Detail: body.detail}
	}
	return &command.InvalidError{Faults: []command.Fault{fault}, Malformed: true}
}

func readOperation(text jsontext.Value, names stock.Names) (command.Operation, error) {
	name, err := operationName(text)
	if err != nil {
		return nil, decodeError(err)
	}
	var takes nullable
	if name == "policy" {
		takes = &command.SetPolicy{}
	}
	if err := rejectNulls(text, takes); err != nil {
		return nil, err
	}
	read, known := operations[name]
	if !known {
		return nil, &fieldError{pointer: "#/op", detail: "must be one of " + operationNames}
	}
	return read(text, names)
}

// operationName returns the name of an operation. Where it comes first, as is usual, the rest
// is not read for it, which makes a batch a twentieth faster; decoding the operation then finds
// a second name.
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

var operations = map[string]func(text jsontext.Value, names stock.Names) (command.Operation, error){
	"adjust": func(text jsontext.Value, names stock.Names) (command.Operation, error) {
		op := &onItem[command.AdjustStock]{}
		return &op.Content, op.read(text, names, &op.Content.Item)
	},
	"count": func(text jsontext.Value, names stock.Names) (command.Operation, error) {
		op := &onItem[command.CountStock]{}
		return &op.Content, op.read(text, names, &op.Content.Item)
	},
	"move": func(text jsontext.Value, names stock.Names) (command.Operation, error) {
		op := &onItem[command.MoveStock]{}
		return &op.Content, op.read(text, names, &op.Content.Item)
	},
	"policy": func(text jsontext.Value, names stock.Names) (command.Operation, error) {
		op := &onItem[command.SetPolicy]{}
		return &op.Content, op.read(text, names, &op.Content.Item)
	},
	"reserve": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onID[command.ReserveStock]{optional: true}
		return &op.Content, op.read(text, &op.Content.ID)
	},
	"commit": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onID[command.CommitReservation]{}
		return &op.Content, op.read(text, &op.Content.ID)
	},
	"release": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onID[command.ReleaseReservation]{}
		return &op.Content, op.read(text, &op.Content.ID)
	},
	"return": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onID[command.ReturnReservation]{}
		return &op.Content, op.read(text, &op.Content.ID)
	},
	"extend": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onID[command.ExtendReservation]{}
		return &op.Content, op.read(text, &op.Content.ID)
	},
	"ship": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onNothing[command.ShipTransfer]{}
		return &op.Content, unmarshalStrict(text, op)
	},
	"receive": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onID[command.ReceiveTransfer]{}
		return &op.Content, op.read(text, &op.Content.ID)
	},
	"cancel": func(text jsontext.Value, _ stock.Names) (command.Operation, error) {
		op := &onID[command.CancelTransfer]{}
		return &op.Content, op.read(text, &op.Content.ID)
	},
}

// onItem is an operation on an item: the command's body, with the item that alone stands in
// the path.
type onItem[C any] struct {
	Op      string `json:"op"`
	Store   string `json:"store"`
	SKU     string `json:"sku"`
	Content C      `json:",embed"`
}

func (o *onItem[C]) read(text jsontext.Value, names stock.Names, item *stock.Key) error {
	if err := unmarshalStrict(text, o); err != nil {
		return err
	}
	key, err := names.Key(o.Store, o.SKU)
	*item = key
	return err
}

// onID is an operation on a reservation or transfer.
type onID[C any] struct {
	Op      string `json:"op"`
	ID      string `json:"id"`
	Content C      `json:",embed"`

	optional bool // the id may be absent
}

func (o *onID[C]) read(text jsontext.Value, id *string) error {
	if err := unmarshalStrict(text, o); err != nil {
		return err
	}
	if *id = o.ID; o.ID == "" && o.optional {
		return nil
	}
	return stock.CheckID(o.ID)
}

// onNothing is an operation that names everything in its body.
type onNothing[C any] struct {
	Op      string `json:"op"`
	Content C      `json:",embed"`
}
