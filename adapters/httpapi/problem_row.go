package httpapi

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// problem is a row of the table: one kind of refusal or fault.
type problem struct {
	code       string
	status     int
	title      string
	retryAfter int                       // seconds, 0 for no advice; at least, where retryIn says more
	retryIn    func(error) time.Duration // nil unless the error knows when another try may help
	hideDetail bool                      // the document has no detail
	match      matcher
}

// retrySeconds returns when to try again, rounded up; 0 for no advice.
func (p problem) retrySeconds(err error) int {
	if p.retryIn == nil {
		return p.retryAfter
	}
	return max(p.retryAfter, roundUpSeconds(p.retryIn(err)))
}

func roundUpSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// showsDetail reports whether a problem's document says what the error does. A fault may come
// from anywhere and name files and addresses; which process has a lock is internal, too.
func (p problem) showsDetail() bool {
	return p.status < http.StatusInternalServerError && p.code != lockHeld
}

// members are the extension members of a problem (RFC 9457, section 3.2). A member detail
// replaces the standard one.
type members map[string]any

// matcher reports whether a row of the table is the problem of an error, and returns the
// members that the error adds.
type matcher func(error) (members, bool)

// is matches a sentinel.
func is(target error) matcher {
	return func(err error) (members, bool) { return nil, errors.Is(err, target) }
}

// as matches a type, and lets it add members if add is not nil.
func as[E error](add func(E) members) matcher {
	return func(err error) (members, bool) {
		e, ok := errors.AsType[E](err)
		if !ok || add == nil {
			return nil, ok
		}
		return add(e), true
	}
}

// fault is one value of an input that is not acceptable.
type fault struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// invalid lists the one fault of an input.
func invalid(pointer, detail string) members {
	return members{"errors": []fault{{Pointer: pointer, Detail: detail}}}
}

// invalidMembers lists the faults of an input, ordered by member.
func invalidMembers(errs validation.Errors) members {
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
		detail := errs[name].Error()
		if _, ok := errors.AsType[*command.TTLError](errs[name]); ok {
			detail += ", the value of ONHAND_MAX_RESERVATION_TTL_SECONDS: send a shorter time, and extend the reservation in time"
		}
		list = append(list, fault{Pointer: pointer, Detail: detail})
	}
	return list
}

// byNumber orders the names of members, and the indexes of a list by their number.
func byNumber(a, b string) int {
	return cmp.Or(cmp.Compare(len(digits(a)), len(digits(b))), strings.Compare(a, b))
}

func digits(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))] }

func invalidValue(match matcher) problem {
	return problem{code: "validation-failed", status: 422, title: "A value is not acceptable", match: match}
}

func overloaded(retryAfter int, match matcher) problem {
	return problem{
		code: "overloaded", status: 503, title: "The service is overloaded", retryAfter: retryAfter, match: match,
	}
}

func shuttingDown(match matcher) problem {
	return problem{
		code: "shutting-down", status: 503, title: "The service is shutting down", retryAfter: 1, match: match,
	}
}

func heldLock(match matcher) problem {
	return problem{code: lockHeld, status: 503, title: "Another process holds the lock", retryAfter: 1, match: match}
}

func viewBehind(match matcher) problem {
	return problem{code: "view-behind", status: 503, title: "The position is not reached yet", retryAfter: 1, match: match}
}

// logDamaged matches the error of a store that stays unavailable because its log is damaged.
func logDamaged(err error) (members, bool) {
	_, damaged := errors.AsType[*ports.CorruptError](err)
	return nil, damaged && errors.Is(err, ports.ErrUnavailable)
}

// untilProbe returns when an open breaker may be closed again.
func untilProbe(err error) time.Duration {
	if open, ok := errors.AsType[*ports.OpenError](err); ok {
		return open.RetryAfter
	}
	return 0
}
