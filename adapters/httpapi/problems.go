package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
)

// LockHeld configures the refusal of requests that need a lock of another process, or the
// leader.
type LockHeld struct {
	Status     int           // 0: that of the table, and so is the advice
	RetryAfter time.Duration // rounded up to seconds; 0 is no advice
}

// problems writes problem documents (RFC 9457).
type problems struct {
	base  string // of the types
	locks LockHeld
}

func newProblems(publicURL string, locks LockHeld) problems {
	return problems{base: strings.TrimSuffix(publicURL, "/") + "/problems/", locks: locks}
}

// handle makes a gin handler. It is the one way for errors to become problems.
func (p problems) handle(next handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := next(c); err != nil {
			p.write(c, err)
		}
	}
}

// recoverPanics answers the panic of a handler with a 500, and lets the service continue.
func (p problems) recoverPanics(c *gin.Context) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		if value == http.ErrAbortHandler { //nolint:errorlint,err113 // the identity is the signal
			panic(value)
		}
		p.write(c, fmt.Errorf("panic: %v\n%s", value, debug.Stack()))
	}()
	c.Next()
}

// write answers a request with the problem of an error, and returns its status.
func (p problems) write(c *gin.Context, err error) (status int) {
	r := record(c)
	r.ClientGone = errors.Is(err, context.Canceled)
	row, extra := p.classify(err)
	r.Code = row.code
	if row.status >= http.StatusInternalServerError {
		r.Err = err
	}
	if c.Writer.Written() {
		return row.status // too late to say anything
	}
	exchangeOf(c).limitUnreadBody(c.Request)
	document := p.document(row, extra, err)
	document["requestId"] = r.RequestID
	if batch, ok := errors.AsType[*command.BatchRefusedError](err); ok {
		document["results"] = p.refusals(batch.Results)
	}
	body, encodeErr := json.Marshal(document)
	if encodeErr != nil {
		panic(encodeErr) // cannot happen: all members are plain values
	}
	if seconds := row.retrySeconds(err); seconds > 0 {
		setHeader(c, "Retry-After", strconv.Itoa(seconds))
	}
	if failed, ok := errors.AsType[*command.PreconditionError](err); ok && failed.Version > 0 {
		setETag(c, failed.Version)
	}
	send(c, row.status, typeProblem, body)
	return row.status
}

// classify finds the row of an error, as it is configured.
func (p problems) classify(err error) (problem, members) {
	row, extra := classify(err)
	return p.configured(row), extra
}

func classify(err error) (problem, members) {
	for _, row := range table {
		if extra, ok := row.match(err); ok {
			return row, extra
		}
	}
	return internal, nil
}

func (p problems) configured(row problem) problem {
	if row.code == lockHeld && p.locks.Status != 0 {
		row.status = p.locks.Status
		row.retryAfter = roundUpSeconds(p.locks.RetryAfter)
	}
	return row
}

// document returns the problem document of an error, without what only a request knows.
func (p problems) document(row problem, extra members, err error) members {
	document := members{
		"type":   p.base + row.code,
		"title":  row.title,
		"status": row.status,
		"code":   row.code,
	}
	switch {
	case row.hideDetail:
	case row.showsDetail():
		document["detail"] = err.Error()
	default:
		document["detail"] = meanings[row.code]
	}
	maps.Copy(document, extra)
	return document
}

// of returns the document of an error inside another answer.
func (p problems) of(err error) members {
	row, extra := p.classify(err)
	return p.document(row, extra, err)
}

// refusals returns the results of the operations for which an atomic batch was refused.
func (p problems) refusals(results []command.OperationResult) []members {
	list := make([]members, len(results))
	for i, r := range results {
		document := p.of(r.Refusal)
		list[i] = members{"index": r.Index, "status": document["status"], "problem": document}
	}
	return list
}
