package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/onhand/onhand/application/command"
)

// appendResults appends the answer of a batch.
func (b batches) appendResults(dst []byte, results []command.OperationResult) []byte {
	dst = append(dst, `{"results":[`...)
	for i := range results {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = b.appendResult(dst, &results[i])
	}
	return append(dst, `]}`...)
}

// appendResult appends the result of one operation, with the status that it would have alone.
func (b batches) appendResult(dst []byte, r *command.OperationResult) []byte {
	begin := func(status int, name string) []byte {
		dst = strconv.AppendInt(append(dst, `{"index":`...), int64(r.Index), 10)
		dst = strconv.AppendInt(append(dst, `,"status":`...), int64(status), 10)
		return append(append(append(dst, `,"`...), name...), `":`...)
	}
	switch {
	case r.Item != nil:
		dst = r.Item.AppendJSON(begin(http.StatusOK, "item"))
	case r.Reservation != nil && r.Reservation.Created:
		dst = r.Reservation.Reservation.AppendJSON(begin(http.StatusCreated, "reservation"))
	case r.Reservation != nil:
		dst = r.Reservation.Reservation.AppendJSON(begin(http.StatusOK, "reservation"))
	case r.Transfer != nil && r.Transfer.Version == 1:
		dst = r.Transfer.Transfer.AppendJSON(begin(http.StatusCreated, "transfer"))
	case r.Transfer != nil:
		dst = r.Transfer.Transfer.AppendJSON(begin(http.StatusOK, "transfer"))
	default:
		document := b.problems.of(r.Refusal)
		text, err := json.Marshal(document)
		if err != nil {
			panic(err) // cannot happen: all members are plain values
		}
		dst = append(begin(document["status"].(int), "problem"), text...)
	}
	return append(dst, '}')
}
