package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
)

// BatchResult is the answer of a batch: one result for each operation, in order.
type BatchResult struct {
	Atomic  bool              `json:"atomic"`
	Results []OperationResult `json:"results"`
}

// OperationResult is what became of one operation: one of the members but Index
// is set.
type OperationResult struct {
	Index       int
	Item        *ItemResult
	Reservation *ReservationResult
	Transfer    *TransferResult
	Refusal     error // changed nothing
}

// take keeps the answer of an accepted operation.
func (r *OperationResult) take(answer ledger.Result) {
	switch a := answer.(type) {
	case ItemResult:
		r.Item = &a
	case ReservationResult:
		r.Reservation = &a
	case TransferResult:
		r.Transfer = &a
	default:
		panic(fmt.Sprintf("command: take does not know %T", a))
	}
}

// AppendJSON implements ledger.Result. The result leaves out the refusals of invalid
// operations, so that a request writes in proportion to itself; fill adds them.
func (b BatchResult) AppendJSON(dst []byte) []byte {
	dst = strconv.AppendBool(append(dst, `{"atomic":`...), b.Atomic)
	dst = append(dst, `,"results":[`...)
	first := true
	for i := range b.Results {
		if _, invalid := errors.AsType[*InvalidError](b.Results[i].Refusal); invalid {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = b.Results[i].appendJSON(dst)
	}
	return append(dst, `]}`...)
}

func (r *OperationResult) appendJSON(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"index":`...), int64(r.Index), 10)
	switch {
	case r.Item != nil:
		dst = r.Item.AppendJSON(append(dst, `,"item":`...))
	case r.Reservation != nil:
		dst = r.Reservation.AppendJSON(append(dst, `,"reservation":`...))
	case r.Transfer != nil:
		dst = r.Transfer.AppendJSON(append(dst, `,"transfer":`...))
	default:
		dst = event.AppendString(append(dst, `,"code":`...), refusalCode(r.Refusal))
		dst = append(append(dst, `,"refusal":`...), refusalContent(r.Refusal)...)
	}
	return append(dst, '}')
}

// UnmarshalJSON reads what AppendJSON wrote.
func (r *OperationResult) UnmarshalJSON(text []byte) error {
	var stored struct {
		Index       int                `json:"index"`
		Item        *ItemResult        `json:"item"`
		Reservation *ReservationResult `json:"reservation"`
		Transfer    *TransferResult    `json:"transfer"`
		Code        string             `json:"code"`
		Refusal     json.RawMessage    `json:"refusal"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return fmt.Errorf("read operation's result: %w", err)
	}
	*r = OperationResult{
		Index: stored.Index, Item: stored.Item, Reservation: stored.Reservation, Transfer: stored.Transfer,
	}
	if stored.Code == "" {
		return nil
	}
	var err error
	r.Refusal, err = readRefusal(stored.Code, stored.Refusal)
	return err
}
