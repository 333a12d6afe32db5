package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// below moves the refusal of a name under the value that has it.
func underPointer(at string, err error) error {
	if name, ok := errors.AsType[*stock.NameError](err); ok {
		return &fieldError{pointer: at + "/" + name.Field, detail: name.Problem}
	}
	return err
}

// appendResults appends the answer of a batch.
func (s *Server) appendResults(dst []byte, results []command.OperationResult) []byte {
	dst = append(dst, `{"results":[`...)
	for i := range results {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendResult(dst, &results[i])
	}
	return append(dst, `]}`...)
}

// appendResult appends what became of one operation, with the status that it
// would have had alone.
func (s *Server) appendResult(dst []byte, r *command.OperationResult) []byte {
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
		dst = r.Transfer.AppendJSON(begin(http.StatusCreated, "transfer"))
	case r.Transfer != nil:
		dst = r.Transfer.AppendJSON(begin(http.StatusOK, "transfer"))
	default:
		document := s.problems.of(r.Refusal)
		text, err := json.Marshal(document)
		if err != nil {
			panic(err) // cannot happen: all members are plain values
		}
		dst = append(begin(document["status"].(int), "problem"), text...)
	}
	return append(dst, '}')
}

// of is the document of an error that is not answered by itself.
func (p problems) of(err error) members {
	row, extra := p.classify(err)
	return p.document(row, extra, err)
}

// refusals are the results of the operations that an atomic batch was refused
// for.
func (p problems) refusals(results []command.OperationResult) []members {
	list := make([]members, len(results))
	for i, r := range results {
		document := p.of(r.Refusal)
		list[i] = members{"index": r.Index, "status": document["status"], "problem": document}
	}
	return list
}
