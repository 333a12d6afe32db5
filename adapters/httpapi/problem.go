package httpapi

import (
	"context"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// table maps every error to its problem: the first row that matches wins. Faults of the store
// come before the errors of contexts that they may wrap.
var table = []problem{
	{code: "malformed-body", status: 400, title: "The body is malformed", match: as[*bodyError](nil)},
	{code: "malformed-body", status: 400, title: "The body is malformed", match: malformedInput},
	{code: "malformed-header", status: 400, title: "A header is malformed", match: as[*headerError](nil)},
	{code: "malformed-request", status: 400, title: "The request is malformed", match: as[*malformedRequestError](nil)},
	{code: "malformed-query", status: 400, title: "The query is malformed", match: as[*queryError](nil)},
	{code: "malformed-query", status: 400, title: "The query is malformed", match: is(query.ErrMalformedCursor)},
	{
		code: "idempotency-key-required", status: 400, title: "An idempotency key is required",
		match: is(errIdempotencyKeyRequired),
	},
	{code: "item-not-found", status: 404, title: "The item does not exist", match: is(query.ErrItemNotFound)},
	{
		code: "reservation-not-found", status: 404, title: "The reservation does not exist",
		match: is(reservation.ErrNotFound),
	},
	{code: "transfer-not-found", status: 404, title: "The transfer does not exist", match: is(transfer.ErrNotFound)},
	{
		code: "dead-letter-not-found", status: 404, title: "The dead letter does not exist",
		match: is(projection.ErrNotFound),
	},
	{
		code: "projection-not-found", status: 404, title: "The projection does not exist",
		match: is(projection.ErrUnknownProjection),
	},
	{
		code: "redrive-failed", status: 409, title: "The event failed again",
		match: as(func(e *projection.RedriveError) members {
			return members{"cause": e.Letter.Cause, "attempts": e.Letter.Attempts}
		}),
	},
	{code: "webhook-not-found", status: 404, title: "The webhook does not exist", match: is(subscription.ErrNotFound)},
	{
		code: "not-owner", status: 403, title: "The reservation belongs to another owner",
		match: as[*reservation.NotOwnerError](nil),
	},
	{
		code: "cross-origin", status: 403, title: "The page may not write here",
		match: is(errCrossOrigin),
	},
	{code: "route-not-found", status: 404, title: "The route does not exist", match: is(errRouteNotFound)},
	{
		code: "method-not-allowed", status: 405, title: "The route does not support this method",
		match: is(errMethodNotAllowed),
	},
	{
		code: "version-conflict", status: 409, title: "The version has changed",
		match: as(func(e *command.VersionConflictError) members {
			return members{"expected": e.Expected, "actual": e.Actual}
		}),
	},
	{
		code: "version-conflict", status: 409, title: "The version has changed",
		match: as(func(e *ports.ConflictError) members { return members{"expected": e.Expected, "actual": e.Actual} }),
	},
	{
		code: "insufficient-stock", status: 409, title: "There is not enough stock",
		match: as(func(e *stock.InsufficientError) members { return members{"lines": e.Lines} }),
	},
	{
		code: "would-break-reservations", status: 409, title: "The change would break reservations",
		match: as(func(e *stock.WouldBreakReservationsError) members {
			return members{"reserved": e.Reserved, "sellable": e.Sellable, "oversellLimit": e.OversellLimit}
		}),
	},
	{
		code: "count-below-states", status: 409, title: "The count is too small",
		match: as(func(e *stock.CountBelowStatesError) members {
			return members{"counted": e.Counted, "damaged": e.Damaged, "qualityControl": e.QualityControl}
		}),
	},
	{
		code: "reservation-closed", status: 409, title: "The reservation is closed",
		match: as(func(e *reservation.ClosedError) members { return members{"reservationStatus": e.Status} }),
	},
	{
		code: "transfer-closed", status: 409, title: "The transfer is closed",
		match: as(func(e *transfer.ClosedError) members { return members{"transferStatus": e.Status} }),
	},
	{code: "batch-refused", status: 409, title: "The batch is refused", match: as[*command.BatchRefusedError](nil)},
	{
		code: "reservation-expired", status: 410, title: "The reservation has expired",
		match: as(func(e *reservation.ExpiredError) members {
			return members{"expiresAt": e.ExpiresAt.UTC().Format(event.TimeLayout)}
		}),
	},
	{
		code: "idempotency-in-flight", status: 409, title: "A request with this key is in progress", retryAfter: 1,
		match: is(ledger.ErrKeyInFlight),
	},
	{
		code: "idempotency-key-expired", status: 409, title: "The idempotency key has expired",
		match: as(func(e *ledger.KeyExpiredError) members {
			return members{"position": e.Position, "time": e.Time.UTC().Format(event.TimeLayout)}
		}),
	},
	{
		code: "precondition-failed", status: 412, title: "A precondition is not met",
		match: as[*command.PreconditionError](nil),
	},
	{code: "body-too-large", status: 413, title: "The body is too large", match: as[*bodyTooLargeError](nil)},
	{
		code: "unsupported-media-type", status: 415, title: "The body must be JSON",
		match: is(errUnsupportedMediaType),
	},
	{code: "foreign-host", status: 421, title: "The host is not this service", match: as[*foreignHostError](nil)},
	invalidValue(as(func(e *fieldError) members { return invalid(e.pointer, e.detail) })),
	invalidValue(as(func(e *query.FutureError) members { return invalid("#/asOf", e.Error()) })),
	invalidValue(as(func(e *stock.NameError) members { return invalid("#/"+e.Field, e.Problem) })),
	invalidValue(as(func(e *stock.QuantityError) members { return invalid("#/"+e.Field, e.Error()) })),
	invalidValue(invalidInput),
	invalidValue(as(func(e *ports.TooLargeError) members { return invalid("#", e.Error()) })),
	{
		code: "exceeds-reserved", status: 422, title: "The request exceeds the reservation",
		match: as(func(e *reservation.ExceedsError) members { return members{"lines": e.Lines} }),
	},
	{
		code: "exceeds-pending", status: 422, title: "The request exceeds the units in transit",
		match: as(func(e *transfer.ExceedsError) members { return members{"lines": e.Lines} }),
	},
	{
		code: "idempotency-key-reused", status: 422, title: "The key was used for another request",
		match: is(ledger.ErrKeyReused),
	},
	{
		code: "precondition-required", status: 428, title: "A precondition is required",
		match: is(command.ErrPreconditionRequired),
	},
	{code: "headers-too-large", status: 431, title: "The headers are too large", match: is(errHeadersTooLarge)},
	{code: "rate-limited", status: 429, title: "Too many requests", match: is(errRateLimited)},
	{code: "rate-limited", status: 429, title: "Too many requests", match: is(errLogBudget)},
	{
		code: "too-many-at-once", status: 429, title: "The client has too much under way", retryAfter: 5,
		match: is(errTooManyAtOnce),
	},
	overloaded(1, is(ledger.ErrOverloaded)),
	shuttingDown(is(ledger.ErrClosed)),
	shuttingDown(is(errShuttingDown)),
	overloaded(5, is(errTooManyFollowers)),
	overloaded(1, as[*ports.TooLateError](nil)),
	overloaded(1, as[*ports.FullError](nil)),
	overloaded(1, is(errNoPermit)),
	{
		code: "circuit-open", status: 503, title: "A dependency is failing", retryAfter: 1, retryIn: untilProbe,
		match: as(func(e *ports.OpenError) members { return members{"circuit": e.Name} }),
	},
	heldLock(as[*ports.StaleTokenError](nil)),
	heldLock(as[*ports.LeaseHeldError](nil)),
	heldLock(is(ports.ErrLeaseLost)),
	heldLock(is(ports.ErrBusy)),
	heldLock(is(ports.ErrNotLeader)),
	{
		code: "limit-reached", status: 503, title: "A limit is reached", // waiting does not help
		match: as(limitReached),
	},
	{
		code: "storage-nearly-full", status: 503, title: "The storage is nearly full", retryAfter: 5,
		match: is(command.ErrDiskReserve),
	},
	{
		code: "storage-read-only", status: 503, title: "The storage is read-only", retryAfter: 5, hideDetail: true,
		match: is(ports.ErrReadOnly),
	},
	{
		code: "outcome-unknown", status: 503, title: "The outcome is unknown", retryAfter: 1, hideDetail: true,
		match: is(ports.ErrOutcomeUnknown),
	},
	{
		code: "outcome-unknown", status: 503, title: "The outcome is unknown", retryAfter: 1,
		match: is(projection.ErrUnderWay),
	},
	{
		code: "storage-unavailable", status: 503, title: "The storage is unavailable", hideDetail: true,
		match: logDamaged, // until an operator restores it, so waiting does not help
	},
	{
		code: "storage-unavailable", status: 503, title: "The storage is unavailable", retryAfter: 5, hideDetail: true,
		match: is(ports.ErrUnavailable),
	},
	viewBehind(is(ledger.ErrBehind)),
	viewBehind(is(feed.ErrBehind)),
	shuttingDown(is(projection.ErrStopped)),
	viewBehind(is(projection.ErrNotReached)),
	{code: "timeout", status: 504, title: "The request took too long", match: is(context.DeadlineExceeded)},
	{code: "timeout", status: 504, title: "The request took too long", match: is(context.Canceled)},
	internal,
}

// internal is the last row: every error that no other row expects.
var internal = problem{
	code: "internal", status: 500, title: "The service failed", hideDetail: true,
	match: func(error) (members, bool) { return nil, true },
}

// lockHeld is the code of refusals because another process has a lock, or is the leader.
const lockHeld = "lock-held"
