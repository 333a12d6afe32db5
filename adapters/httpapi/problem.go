package httpapi

import (
	"context"
	"errors"
	"time"

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

// table maps every error to its problem: the first row that matches wins.
// Faults of the store come before the context's errors that they may wrap.
var table = []problem{
	{
		code: "malformed-body", status: 400, title: "The body is malformed", match: as[*bodyError](nil),
		meaning: "The body is not the JSON object that this route takes: wrong type, not a whole number, unknown or repeated member, or something behind it.",
	},
	{
		code: "malformed-header", status: 400, title: "A header is malformed", match: as[*headerError](nil),
		meaning: "A request header does not have the form that its standard, or this API, gives it.",
	},
	{
		code: "malformed-query", status: 400, title: "The query is malformed", match: as[*queryError](nil),
		meaning: "A query parameter is unknown, repeated or has no proper value.",
	},
	{code: "malformed-query", status: 400, title: "The query is malformed", match: is(query.ErrMalformedCursor)},
	{
		code: "idempotency-key-required", status: 400, title: "An idempotency key is required", match: is(errIdempotencyKeyRequired),
		meaning: "This service is configured to take writes only with the header Idempotency-Key.",
	},
	{
		code: "item-not-found", status: 404, title: "The item does not exist", match: is(query.ErrItemNotFound),
		meaning: "Nothing was ever recorded of this SKU in this store.",
	},
	{
		code: "reservation-not-found", status: 404, title: "The reservation does not exist", match: is(reservation.ErrNotFound),
		meaning: "Nothing was ever recorded under this id, or not yet at the version or time that was asked for.",
	},
	{
		code: "transfer-not-found", status: 404, title: "The transfer does not exist", match: is(transfer.ErrNotFound),
		meaning: "Nothing was ever recorded under this id.",
	},
	{
		code: "dead-letter-not-found", status: 404, title: "The dead letter does not exist", match: is(projection.ErrNotFound),
		meaning: "There is no dead letter of this id, or not any more: it was redriven or deleted.",
	},
	{
		code: "projection-not-found", status: 404, title: "The projection does not exist", match: is(projection.ErrUnknownProjection),
		meaning: "No projection has this name, or it is that of a webhook that is disabled; GET /v1/sync lists all that there are. Enable the webhook first.",
	},
	{code: "redrive-failed", status: 409, title: "The event could not be handled this time either", match: as(func(e *projection.RedriveError) members {
		return members{"cause": e.Letter.Cause, "attempts": e.Letter.Attempts}
	}), meaning: "The dead letter stays as it is, with one attempt more; cause says what went wrong. Mend that, then redrive it again."},
	{
		code: "webhook-not-found", status: 404, title: "The webhook does not exist", match: is(subscription.ErrNotFound),
		meaning: "There is no webhook of this id, or not any more.",
	},
	{
		code: "not-owner", status: 403, title: "The reservation is somebody else's", match: as[*reservation.NotOwnerError](nil),
		meaning: "A live reservation is replaced by its owner only: the member owner must be the same. Nothing was changed.",
	},
	{
		code: "route-not-found", status: 404, title: "There is no such route", match: is(errRouteNotFound),
		meaning: "The path is none of this API's. Slashes in a SKU must be written as %2F.",
	},
	{
		code: "method-not-allowed", status: 405, title: "The route does not have this method", match: is(errMethodNotAllowed),
		meaning: "The header Allow lists the methods that this path has.",
	},
	{code: "version-conflict", status: 409, title: "The version is another one", match: as(func(e *command.VersionConflictError) members {
		return members{"expected": e.Expected, "actual": e.Actual}
	}), meaning: "The item is not at the version that the body expects: somebody else changed it. Read it again and decide anew."},
	{code: "version-conflict", status: 409, title: "The version is another one", match: as(func(e *ports.ConflictError) members {
		return members{"expected": e.Expected, "actual": e.Actual}
	})},
	{code: "insufficient-stock", status: 409, title: "There is not enough stock", match: as(func(e *stock.InsufficientError) members {
		return members{"lines": e.Lines}
	}), meaning: "More units were requested than there are; lines says how many of which."},
	{code: "would-break-reservations", status: 409, title: "Reservations would be broken", match: as(func(e *stock.WouldBreakReservationsError) members {
		return members{"reserved": e.Reserved, "sellable": e.Sellable, "oversellLimit": e.OversellLimit}
	}), meaning: "The change would leave less to sell than is promised to customers. A count is taken even then."},
	{code: "count-below-states", status: 409, title: "The count is too small", match: as(func(e *stock.CountBelowStatesError) members {
		return members{"counted": e.Counted, "damaged": e.Damaged, "qualityControl": e.QualityControl}
	}), meaning: "Fewer units were counted than are known to be damaged or in quality control. Move those first."},
	{code: "reservation-closed", status: 409, title: "The reservation is closed", match: as(func(e *reservation.ClosedError) members {
		return members{"reservationStatus": e.Status}
	}), meaning: "Nothing is left of what the request is about: it was committed, released, returned or expired. Or it should be replaced although a part of it was committed."},
	{code: "transfer-closed", status: 409, title: "The transfer is closed", match: as(func(e *transfer.ClosedError) members {
		return members{"transferStatus": e.Status}
	}), meaning: "Nothing is on its way any more: it was received, lost or cancelled."},
	{
		code: "batch-refused", status: 409, title: "The batch is refused", match: as[*command.BatchRefusedError](nil),
		meaning: "At least one operation of an atomic batch is refused, so nothing was done. The member results lists each of those with its problem.",
	},
	{code: "reservation-expired", status: 410, title: "The reservation has expired", match: as(func(e *reservation.ExpiredError) members {
		return members{"expiresAt": e.ExpiresAt.UTC().Format(event.TimeLayout)}
	}), meaning: "Its deadline has come, to the microsecond, and its units are for others. Reserve anew."},
	{
		code: "idempotency-in-flight", status: 409, title: "The same key is being worked on", retryAfter: 1, match: is(ledger.ErrKeyInFlight),
		meaning: "Another request with this Idempotency-Key is not finished. Repeat a little later to get its answer.",
	},
	{
		code: "precondition-failed", status: 412, title: "A precondition is not met", match: as[*command.PreconditionError](nil),
		meaning: "If-Match or If-None-Match does not fit the item; the header ETag has its present version.",
	},
	{
		code: "body-too-large", status: 413, title: "The body is too large", match: as[*bodyTooLargeError](nil),
		meaning: "A body may have at most 1 MiB, that of a batch 8 MiB.",
	},
	{
		code: "unsupported-media-type", status: 415, title: "The body must be JSON", match: is(errUnsupportedMediaType),
		meaning: "Send the header Content-Type: application/json.",
	},
	{
		code: "validation-failed", status: 422, title: "A value is not acceptable", match: as(faults),
		meaning: "The body was understood, but values in it are missing or out of range; errors lists each with a JSON pointer.",
	},
	{code: "validation-failed", status: 422, title: "A value is not acceptable", match: as(func(e *fieldError) members {
		return invalid(e.pointer, e.detail)
	})},
	{code: "validation-failed", status: 422, title: "A value is not acceptable", match: as(func(e *stock.NameError) members {
		return invalid("#/"+e.Field, e.Problem)
	})},
	{code: "validation-failed", status: 422, title: "A value is not acceptable", match: as(func(e *stock.QuantityError) members {
		return invalid("#/"+e.Field, e.Error())
	})},
	{code: "validation-failed", status: 422, title: "A value is not acceptable", match: as(func(e *ports.TooLargeError) members {
		return invalid("#", e.Error())
	})},
	{code: "exceeds-reserved", status: 422, title: "That is more than the reservation has", match: as(func(e *reservation.ExceedsError) members {
		return members{"lines": e.Lines}
	}), meaning: "More units are named than remain, or than can come back; lines says how many of which. An item that the reservation does not have has 0."},
	{code: "exceeds-pending", status: 422, title: "That is more than is on its way", match: as(func(e *transfer.ExceedsError) members {
		return members{"lines": e.Lines}
	}), meaning: "More units are named than are on their way; lines says how many of which."},
	{
		code: "idempotency-key-reused", status: 422, title: "The key belongs to another request", match: is(ledger.ErrKeyReused),
		meaning: "This Idempotency-Key was used with other content. Use a new key for a new request.",
	},
	{
		code: "precondition-required", status: 428, title: "A precondition is required", match: is(command.ErrPreconditionRequired),
		meaning: "This service is configured to take writes only with If-Match, If-None-Match or expectedVersion, so that nobody overwrites what they have not seen.",
	},
	{
		code: "rate-limited", status: 429, title: "Too many requests", match: is(errRateLimited),
		meaning: "This client, an IPv4 address or an IPv6 network of 64 bits, asks more often than the service lets it. Nothing was done. RateLimit-Policy says how often it may, RateLimit what is left, Retry-After when it may again.",
	},
	{
		code: "overloaded", status: 503, title: "Too much is waiting", retryAfter: 1, match: is(ledger.ErrOverloaded),
		meaning: "More requests are waiting than the service takes. Nothing was done.",
	},
	{
		code: "shutting-down", status: 503, title: "The service is shutting down", retryAfter: 1, match: is(ledger.ErrClosed),
		meaning: "This instance takes no more writes, and nobody can follow the feed any more. Nothing was done.",
	},
	{
		code: "shutting-down", status: 503, title: "The service is shutting down", retryAfter: 1, match: is(errShuttingDown),
	},
	{
		code: "overloaded", status: 503, title: "Too much is waiting", retryAfter: 5, match: is(errTooManyFollowers),
	},
	{
		code: "overloaded", status: 503, title: "Too much is waiting", retryAfter: 1, match: as[*ports.TooLateError](nil),
	},
	{
		code: "overloaded", status: 503, title: "Too much is waiting", retryAfter: 1, match: as[*ports.FullError](nil),
	},
	{code: "overloaded", status: 503, title: "Too much is waiting", retryAfter: 1, match: is(errNoPermit)},
	{code: "circuit-open", status: 503, title: "A dependency does not work", retryAfter: 1, retryIn: untilProbe, match: as(func(e *ports.OpenError) members {
		return members{"circuit": e.Name}
	}), meaning: "What this request needs has failed so often lately that it is left alone for a while. This request did nothing; what an earlier one with its Idempotency-Key did, stands."},
	{
		code: "lock-held", status: 503, title: "Somebody else has the lock", retryAfter: 1, match: as[*ports.StaleTokenError](nil),
		meaning: "Another process works on the item, or has the whole log locked for longer than it should; or webhooks and dead letters are another process's. Nothing was done.",
	},
	{code: "lock-held", status: 503, title: "Somebody else has the lock", retryAfter: 1, match: as[*ports.LeaseHeldError](nil)},
	{code: "lock-held", status: 503, title: "Somebody else has the lock", retryAfter: 1, match: is(ports.ErrLeaseLost)},
	{code: "lock-held", status: 503, title: "Somebody else has the lock", retryAfter: 1, match: is(ports.ErrBusy)},
	{code: "lock-held", status: 503, title: "Somebody else has the lock", retryAfter: 1, match: is(ports.ErrNotLeader)},
	{code: "limit-reached", status: 503, title: "A limit is reached", retryAfter: 60, match: as(func(e *ports.LimitError) members {
		return members{"table": e.Table, "limit": e.Limit}
	}), meaning: "A table of the service is full, and nothing in it may be forgotten. The operator can raise the limit."},
	{
		code: "storage-read-only", status: 503, title: "The storage takes no writes", retryAfter: 5, hideDetail: true, match: is(ports.ErrReadOnly),
		meaning: "The disk is full. Nothing was done; reads go on, and writes resume when there is room.",
	},
	{
		code: "outcome-unknown", status: 503, title: "The outcome is not known", retryAfter: 1, hideDetail: true, match: is(ports.ErrOutcomeUnknown),
		meaning: "The change may or may not have been made. Repeat the request with the same Idempotency-Key to find out: it has one effect at most. An order to a projection goes on: what it shows, and whether the dead letter is still there, tells.",
	},
	{
		code: "outcome-unknown", status: 503, title: "The outcome is not known", retryAfter: 1, match: is(projection.ErrUnderWay),
	},
	{
		code: "storage-unavailable", status: 503, title: "The storage does not work", retryAfter: 5, hideDetail: true, match: is(ports.ErrUnavailable),
		meaning: "This request did nothing; what an earlier one with its Idempotency-Key did, stands.",
	},
	{
		code: "view-behind", status: 503, title: "The view is behind", retryAfter: 1, match: is(ledger.ErrBehind),
		meaning: "The position of Onhand-Min-Position, or the one to follow behind, was not reached in time. Or a projection that was begun anew has not come to the event of a dead letter again.",
	},
	{code: "view-behind", status: 503, title: "The view is behind", retryAfter: 1, match: is(feed.ErrBehind)},
	{
		code: "shutting-down", status: 503, title: "The service is shutting down", retryAfter: 1, match: is(projection.ErrStopped),
	},
	{
		code: "view-behind", status: 503, title: "The view is behind", retryAfter: 1, match: is(projection.ErrNotReached),
	},
	{
		code: "timeout", status: 504, title: "The request took too long", match: is(context.DeadlineExceeded),
		meaning: "The time for the request ran out, or the client seemed to leave, before the change was decided. Nothing was done.",
	},
	{code: "timeout", status: 504, title: "The request took too long", match: is(context.Canceled)},
	internal,
}

// untilProbe is when an open breaker may be closed again.
func untilProbe(err error) time.Duration {
	if open, ok := errors.AsType[*ports.OpenError](err); ok {
		return open.RetryAfter
	}
	return 0
}

// internal is the last row: whatever is not expected.
var internal = problem{
	code: "internal", status: 500, title: "Something went wrong", hideDetail: true,
	match:   func(error) (members, bool) { return nil, true },
	meaning: "A fault of the service. Its cause is in the service's log under the requestId.",
}
