package httpapi

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
)

// refusal is a problem whose document is prepared but for the id of the request, so that
// whom there is no room for is told so for next to nothing.
type preparedProblem struct {
	row           problem
	before, after []byte // the id
}

// prepare makes the document of an error.
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
func (r *preparedProblem) send(c *gin.Context, err error, retrySeconds int) {
	log := record(c)
	log.Code, log.Err = r.row.code, err
	c.Writer.(*exchange).limitUnreadBody(c.Request)
	setHeader(c, "Retry-After", strconv.Itoa(retrySeconds))
	body := make([]byte, 0, len(r.before)+len(r.after)+len(log.RequestID)+16)
	body = event.AppendString(append(body, r.before...), log.RequestID)
	send(c, r.row.status, typeProblem, append(body, r.after...))
}
