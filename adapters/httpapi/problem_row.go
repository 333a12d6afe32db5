package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/onhand/onhand/application/command"
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

// malformedInput matches the errors of a batch with malformed operations.
func malformedInput(err error) (members, bool) {
	if e, ok := errors.AsType[*command.InvalidError](err); ok && e.Malformed {
		return invalidMembers(e), true
	}
	return nil, false
}

// invalidInput matches errors about values of an input.
func invalidInput(err error) (members, bool) {
	if e := command.AsInvalid(err); e != nil {
		return invalidMembers(e), true
	}
	return nil, false
}

// invalidMembers lists the faults of an input.
func invalidMembers(e *command.InvalidError) members {
	shown := command.InvalidError{Faults: slices.Clone(e.Faults)}
	list := make([]fault, len(e.Faults))
	for i := range shown.Faults {
		f := &shown.Faults[i]
		if f.MaxTTL > 0 {
			f.Detail += ", the value of ONHAND_MAX_RESERVATION_TTL_SECONDS: " +
				"send a shorter time, and extend the reservation in time"
		}
		list[i] = fault{f.Pointer, f.Detail}
	}
	return members{"errors": list, "detail": shown.Error()}
}

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
