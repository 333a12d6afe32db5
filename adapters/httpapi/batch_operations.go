package httpapi

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

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
		op := &onID[command.ReserveStock]{optional: true}
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

// onItem is an operation on an item: the command's body, with the item that alone stands in
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

	optional bool // the id may be absent
}

func (o *onID[C]) read(at string, text jsontext.Value, id *string) error {
	if err := unmarshalStrict(at, text, o); err != nil {
		return err
	}
	if *id = o.ID; o.ID == "" && o.optional {
		return nil
	}
	return underPointer(at, stock.CheckID(o.ID))
}

// onNothing is an operation that names everything in its body.
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

// underPointer moves the refusal of a name to the value that has it.
func underPointer(at string, err error) error {
	if name, ok := errors.AsType[*stock.NameError](err); ok {
		return &fieldError{pointer: at + "/" + name.Field, detail: name.Problem}
	}
	return err
}
