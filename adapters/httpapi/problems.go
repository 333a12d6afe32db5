package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

var (
	errRouteNotFound          = errors.New("no such route")
	errMethodNotAllowed       = errors.New("the route does not have this method")
	errIdempotencyKeyRequired = errors.New("the header Idempotency-Key is required")
)

// members are what a problem says beside the standard members.
type members map[string]any

// problem is a row of the table: one kind of refusal or fault.
type problem struct {
	code       string
	status     int
	title      string
	retryAfter int                       // seconds, 0 for no advice; at least, where retryIn says more
	retryIn    func(error) time.Duration // if the error knows when another try may help
	hideDetail bool                      // nothing is said beside the title
	match      func(error) (members, bool)
	meaning    string // for a person who follows the problem's type
}

// retrySeconds is when to try again, rounded up; 0 for no advice.
func (p problem) retrySeconds(err error) int {
	if p.retryIn == nil {
		return p.retryAfter
	}
	return max(p.retryAfter, int((p.retryIn(err)+time.Second-1)/time.Second))
}

// is matches a sentinel.
func is(target error) func(error) (members, bool) {
	return func(err error) (members, bool) { return nil, errors.Is(err, target) }
}

// as matches a type and lets it add members.
func as[E error](add func(E) members) func(error) (members, bool) {
	return func(err error) (members, bool) {
		e, ok := errors.AsType[E](err)
		if !ok || add == nil {
			return nil, ok
		}
		return add(e), true
	}
}

// invalid lists what is wrong with an input.
func invalid(pointer, detail string) members {
	return members{"errors": []fault{{Pointer: pointer, Detail: detail}}}
}

type fault struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// faults flattens ozzo's errors, ordered by member.
func faults(errs validation.Errors) members {
	list := appendFaults(nil, "#", errs)
	if len(list) == 0 {
		return members{}
	}
	detail := list[0].Pointer + " " + list[0].Detail
	if more := len(list) - 1; more > 0 {
		detail += fmt.Sprintf("; %d more in errors", more)
	}
	return members{"errors": list, "detail": detail}
}

func appendFaults(list []fault, at string, errs validation.Errors) []fault {
	for _, name := range slices.SortedFunc(maps.Keys(errs), byNumber) {
		pointer := at + "/" + name
		if inner, ok := errors.AsType[validation.Errors](errs[name]); ok {
			list = appendFaults(list, pointer, inner)
			continue
		}
		if quantity, ok := errors.AsType[*stock.QuantityError](errs[name]); ok {
			pointer += "/" + quantity.Field
		}
		list = append(list, fault{Pointer: pointer, Detail: errs[name].Error()})
	}
	return list
}

// byNumber orders names, and places in a list by their number.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(digits(a)), len(digits(b))), strings.Compare(a, b))
}

func digits(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))] }

// classify finds an error's row.
func classify(err error) (problem, members) {
	for _, row := range table {
		if extra, ok := row.match(err); ok {
			return row, extra
		}
	}
	return internal, nil
}

// meaning is what a code is explained with.
func meaning(code string) string {
	i := slices.IndexFunc(table, func(row problem) bool { return row.code == code && row.meaning != "" })
	return table[i].meaning
}

// problems writes problem documents (RFC 9457).
type problems struct {
	base  string
	locks LockHeld
}

func newProblems(publicURL string, locks LockHeld) problems {
	return problems{base: strings.TrimSuffix(publicURL, "/") + "/problems/", locks: locks}
}

// document is the problem that err is, without what only a request knows.
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
		document["detail"] = meaning(row.code)
	}
	maps.Copy(document, extra)
	return document
}

// refuse answers a request with the problem that err is, and returns its status.
func (s *Server) refuse(c *gin.Context, err error) (status int) {
	r := record(c)
	r.ClientGone = errors.Is(err, context.Canceled)
	row, extra := s.problems.classify(err)
	r.Code = row.code
	if row.status >= http.StatusInternalServerError {
		r.Err = err
	}
	if c.Writer.Written() {
		return row.status // too late to say anything
	}
	c.Writer.(*exchange).limitUnreadBody(c.Request)
	document := s.problems.document(row, extra, err)
	document["requestId"] = r.RequestID
	if batch, ok := errors.AsType[*command.BatchRefusedError](err); ok {
		document["results"] = s.problems.refusals(batch.Results)
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
