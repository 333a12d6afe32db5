package httpapi

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
)

// preparedProblem is a problem document that is encoded except for the id of the request, so
// that a request for which there is no room costs next to nothing.
type preparedProblem struct {
	row           problem
	before, after []byte // the id
}

// prepare encodes the document of an error.
func (p problems) prepare(err error) *preparedProblem {
	row, extra := p.classify(err)
	document := p.document(row, extra, err)
	document["requestId"] = json.RawMessage("0")
	whole, encodeErr := json.Marshal(document)
	if encodeErr != nil {
		panic(encodeErr) // cannot happen: all members are plain values
	}
	const id = `"requestId":`
	before, after, _ := bytes.Cut(whole, []byte(id+"0"))
	return &preparedProblem{row: row, before: append(bytes.Clone(before), id...), after: after}
}

// send answers with the document; err is the cause for the log, where it is a fault.
func (p *preparedProblem) send(c *gin.Context, err error, retrySeconds int) {
	log := record(c)
	log.Code, log.Err = p.row.code, err
	exchangeOf(c).limitUnreadBody(c.Request)
	setHeader(c, "Retry-After", strconv.Itoa(retrySeconds))
	body := make([]byte, 0, len(p.before)+len(p.after)+len(log.RequestID)+16)
	body = event.AppendString(append(body, p.before...), log.RequestID)
	send(c, p.row.status, typeProblem, append(body, p.after...))
}
