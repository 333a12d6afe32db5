package command

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/domain/stock"
)

// Fault is one value of an input that is not acceptable.
type Fault struct {
	Pointer string // a JSON pointer as a URI fragment: "#/delta"
	Detail  string
	MaxTTL  int64 // the configured maximum, in seconds, that the value exceeds; 0 if it is another fault
}

// InvalidError refuses a command, or an operation of a batch, for its values.
type InvalidError struct {
	Faults    []Fault // at least one
	Malformed bool    // some have not even the right form
}

func (e *InvalidError) Error() string {
	text := e.Faults[0].Pointer + " " + e.Faults[0].Detail
	if more := len(e.Faults) - 1; more > 0 {
		text += fmt.Sprintf("; %d more in errors", more)
	}
	return text
}

// under returns the error for a value that has the invalid one at a pointer.
func (e *InvalidError) under(pointer string) *InvalidError {
	moved := &InvalidError{Malformed: e.Malformed, Faults: slices.Clone(e.Faults)}
	for i := range moved.Faults {
		moved.Faults[i].Pointer = pointer + strings.TrimPrefix(moved.Faults[i].Pointer, "#")
	}
	return moved
}

// AsInvalid returns the faults of an error of Validate, ordered by member; nil if it
// is not about values.
func AsInvalid(err error) *InvalidError {
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return invalid
	}
	if list := appendFaults(nil, "#", err); len(list) > 0 {
		return &InvalidError{Faults: list}
	}
	return nil
}

func appendFaults(list []Fault, at string, err error) []Fault {
	if errs, ok := errors.AsType[validation.Errors](err); ok {
		for _, name := range slices.SortedFunc(maps.Keys(errs), byNumber) {
			member := at + "/" + name
			if inner := appendFaults(nil, member, errs[name]); inner != nil {
				list = append(list, inner...)
				continue
			}
			list = append(list, Fault{Pointer: member, Detail: errs[name].Error()})
		}
		return list
	}
	if quantity, ok := errors.AsType[*stock.QuantityError](err); ok {
		return append(list, Fault{Pointer: at + "/" + quantity.Field, Detail: quantity.Error()})
	}
	if name, ok := errors.AsType[*stock.NameError](err); ok {
		return append(list, Fault{Pointer: at + "/" + name.Field, Detail: name.Problem})
	}
	if ttl, ok := errors.AsType[*TTLError](err); ok {
		return append(list, Fault{Pointer: at, Detail: ttl.Error(), MaxTTL: ttl.Most})
	}
	return list
}

// byNumber orders the names of members, and the indexes of a list by their number.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(digits(a)), len(digits(b))), strings.Compare(a, b))
}

func digits(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))] }
