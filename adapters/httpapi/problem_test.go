package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	validation "github.com/go-ozzo/ozzo-validation/v4"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// problemsOfErrors are all errors that the service exports, with the code of their problem. No
// client causes an internal one.
var problemsOfErrors = map[string]struct {
	err  error
	code string
}{
	"query.FutureError":                 {&query.FutureError{}, "validation-failed"},
	"stock.NameError":                   {&stock.NameError{Field: "sku"}, "validation-failed"},
	"stock.QuantityError":               {&stock.QuantityError{Field: "delta"}, "validation-failed"},
	"stock.InsufficientError":           {&stock.InsufficientError{}, "insufficient-stock"},
	"stock.WouldBreakReservationsError": {&stock.WouldBreakReservationsError{}, "would-break-reservations"},
	"stock.CountBelowStatesError":       {&stock.CountBelowStatesError{}, "count-below-states"},
	"event.UnknownTypeError":            {&event.UnknownTypeError{}, "internal"},
	"stock.InvariantError":              {&stock.InvariantError{}, "internal"},
	"reservation.ErrNotFound":           {reservation.ErrNotFound, "reservation-not-found"},
	"reservation.ExpiredError":          {&reservation.ExpiredError{}, "reservation-expired"},
	"reservation.ClosedError":           {&reservation.ClosedError{}, "reservation-closed"},
	"reservation.NotOwnerError":         {&reservation.NotOwnerError{}, "not-owner"},
	"reservation.ExceedsError":          {&reservation.ExceedsError{}, "exceeds-reserved"},
	"transfer.ErrNotFound":              {transfer.ErrNotFound, "transfer-not-found"},
	"transfer.ClosedError":              {&transfer.ClosedError{}, "transfer-closed"},
	"transfer.ExceedsError":             {&transfer.ExceedsError{}, "exceeds-pending"},
	"ports.TooLateError":                {&ports.TooLateError{}, "overloaded"}, // the ledger decides again, some times
	"command.BatchRefusedError":         {&command.BatchRefusedError{}, "batch-refused"},
	"ports.ErrOutcomeUnknown":           {ports.ErrOutcomeUnknown, "outcome-unknown"},
	"ports.ErrUnavailable":              {ports.ErrUnavailable, "storage-unavailable"},
	"command.ErrDiskReserve":            {command.ErrDiskReserve, "storage-nearly-full"},
	"ports.ErrReadOnly":                 {ports.ErrReadOnly, "storage-read-only"},
	"ports.ConflictError":               {&ports.ConflictError{}, "version-conflict"},
	"ports.DuplicateKeyError":           {&ports.DuplicateKeyError{}, "internal"}, // the ledger answers it
	"ports.StaleTokenError":             {&ports.StaleTokenError{}, "lock-held"},
	"ports.ErrNotStored":                {ports.ErrNotStored, "internal"}, // stays between the service and its stores
	"ports.ErrInUse":                    {ports.ErrInUse, "internal"},     // stays between the service and its stores
	"ports.ErrFailed":                   {ports.ErrFailed, "storage-unavailable"},
	"ports.ErrBusy":                     {ports.ErrBusy, "lock-held"},
	"ports.ErrLeaseLost":                {ports.ErrLeaseLost, "lock-held"},
	"ports.ErrNotLeader":                {ports.ErrNotLeader, "lock-held"},
	"ports.LeaseHeldError":              {&ports.LeaseHeldError{}, "lock-held"},
	"ports.LimitError":                  {&ports.LimitError{}, "limit-reached"},
	"ports.TooLargeError":               {&ports.TooLargeError{}, "validation-failed"},
	"ports.MalformedCommitError":        {&ports.MalformedCommitError{}, "internal"},
	"ports.CorruptError":                {&ports.CorruptError{}, "internal"},
	"ports.NewerFormatError":            {&ports.NewerFormatError{}, "internal"},
	"ports.FullError":                   {&ports.FullError{}, "overloaded"},
	"ports.OpenError":                   {fmt.Errorf("%w: %w", ports.ErrUnavailable, &ports.OpenError{}), "circuit-open"},
	"ledger.ErrOverloaded":              {ledger.ErrOverloaded, "overloaded"},
	"ledger.ErrClosed":                  {ledger.ErrClosed, "shutting-down"},
	"ledger.ErrKeyInFlight":             {ledger.ErrKeyInFlight, "idempotency-in-flight"},
	"ledger.ErrKeyReused":               {ledger.ErrKeyReused, "idempotency-key-reused"},
	"ledger.KeyExpiredError":            {&ledger.KeyExpiredError{}, "idempotency-key-expired"},
	"ledger.ErrBehind":                  {late(ledger.ErrBehind), "view-behind"},
	"feed.ErrBehind":                    {late(feed.ErrBehind), "view-behind"},
	"ledger.LeapError":                  {&ledger.LeapError{}, "internal"},
	"ledger.PanicError":                 {&ledger.PanicError{}, "internal"},
	"command.PreconditionError":         {&command.PreconditionError{}, "precondition-failed"},
	"command.VersionConflictError":      {&command.VersionConflictError{}, "version-conflict"},
	"command.InvalidError":              {&command.InvalidError{Faults: []command.Fault{{}}}, "validation-failed"},
	"command.TTLError":                  {validation.Errors{"ttlSeconds": &command.TTLError{}}, "validation-failed"},
	"command.ErrPreconditionRequired":   {command.ErrPreconditionRequired, "precondition-required"},
	"ports.ErrGone":                     {ports.ErrGone, "internal"}, // stays between the service and the receiver
	"ports.DeliveryError":               {&ports.DeliveryError{}, "internal"},
	"projection.ErrNotFound":            {projection.ErrNotFound, "dead-letter-not-found"},
	"projection.ErrUnknownProjection":   {projection.ErrUnknownProjection, "projection-not-found"},
	"projection.ErrNotReached":          {projection.ErrNotReached, "view-behind"},
	"projection.ErrStopped":             {projection.ErrStopped, "shutting-down"},
	"projection.ErrUnderWay":            {late(projection.ErrUnderWay), "outcome-unknown"},
	"projection.RedriveError":           {&projection.RedriveError{}, "redrive-failed"},
	"indexing.DifferenceError":          {&indexing.DifferenceError{}, "internal"}, // only a start gives it
	"snapshot.DifferenceError":          {&snapshot.DifferenceError{}, "internal"}, // only verify gives it
	"query.ErrItemNotFound":             {query.ErrItemNotFound, "item-not-found"},
	"subscription.ErrNotFound":          {subscription.ErrNotFound, "webhook-not-found"},
	"query.ErrMalformedCursor":          {query.ErrMalformedCursor, "malformed-query"},
}

// late wraps an error as the end of a wait does.
func late(err error) error { return fmt.Errorf("%w: %w", err, context.DeadlineExceeded) }

func TestEveryExportedErrorHasItsProblem(t *testing.T) {
	found := exportedErrors(t, "../../domain", "../../ports", "../../application")
	for _, name := range found {
		require.Contains(t, problemsOfErrors, name, "add its problem to problemsOfErrors")
	}
	for name, k := range problemsOfErrors {
		require.Contains(t, found, name, "the error does not exist any more")
		row, _ := classify(fmt.Errorf("wrapped: %w", k.err))
		require.Equal(t, k.code, row.code, name)
	}
	for err, code := range map[error]string{
		context.DeadlineExceeded:                                        "timeout",
		late(ports.ErrOutcomeUnknown):                                   "outcome-unknown",
		fmt.Errorf("%w: %w", ports.ErrReadOnly, errors.New("no space")): "storage-read-only",
		errors.New("whatever"):                                          "internal",
	} {
		row, _ := classify(err)
		require.Equal(t, code, row.code)
	}
}

func TestTheTableIsSound(t *testing.T) {
	first := map[string]problem{}
	var codes []string
	for _, row := range table {
		before, again := first[row.code]
		if !again {
			require.NotEmpty(t, meanings[row.code], row.code)
			first[row.code] = row
			codes = append(codes, row.code)
			continue
		}
		require.Equal(t, before.status, row.status, row.code)
		require.Equal(t, before.title, row.title, "the title is constant per type")
	}
	for _, row := range table {
		if row.status == 503 && row.code != "limit-reached" && !matches(row, errDamagedLog) {
			require.Positive(t, row.retryAfter, row.code)
		}
	}
	require.Len(t, meanings, len(codes), "no meaning is left over")
	listed := regexp.MustCompile(`(?m)^            - ([a-z-]+)$`).FindAllStringSubmatch(string(openAPIDocument), -1)
	var documented []string
	for _, match := range listed {
		documented = append(documented, match[1])
	}
	slices.Sort(codes)
	slices.Sort(documented)
	require.Equal(t, codes, documented, "the OpenAPI document lists every code")
}

var errDamagedLog = fmt.Errorf("%w: %w", ports.ErrUnavailable, &ports.CorruptError{Location: "log"})

// matches reports whether a row is the problem of an error, and of a more general one not.
func matches(row problem, err error) bool {
	_, matched := row.match(err)
	_, general := row.match(ports.ErrUnavailable)
	return matched && !general && row.code != internal.code
}

func TestAProblemThatWaitingDoesNotSolveHasNoRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		detail []string
	}{
		"a full ledger": {&ports.LimitError{Table: ports.LiveTable, Limit: 7}, []string{
			"The limit of 7 live streams is reached", "Items, open reservations and open transfers count", "ONHAND_MAX_STREAMS",
		}},
		"one has too much":  {&ports.LimitError{Table: ports.ClientTable, Limit: 7}, []string{"ONHAND_MAX_OPEN_PER_CLIENT"}},
		"too much is open":  {&ports.LimitError{Table: ports.OpenTable, Limit: 7}, []string{"ONHAND_MAX_OPEN"}},
		"too many keys":     {&ports.LimitError{Table: ports.KeysTable, Limit: 7}, []string{"ONHAND_MAX_IDEMPOTENCY_KEYS"}},
		"too many changes":  {&ports.LimitError{Table: ports.ChangedTable, Limit: 7}, []string{"ONHAND_MAX_IDEMPOTENCY_KEYS"}},
		"too many webhooks": {&ports.LimitError{Table: ports.SubscriptionsTable, Limit: 7}, []string{"ONHAND_MAX_WEBHOOKS"}},
		"too many letters":  {&ports.LimitError{Table: ports.DeadLettersTable, Limit: 7}, []string{"ONHAND_MAX_DEAD_LETTERS"}},
		"another table":     {&ports.LimitError{Table: "x", Limit: 7}, []string{"The request changed nothing"}},
		"a damaged log":     {errDamagedLog, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newAdmissionFixture(t, Options{}, func(*gin.Context) error { return fmt.Errorf("append: %w", c.err) })
			answer := d.ask(t.Context(), nil)
			require.Equal(t, http.StatusServiceUnavailable, answer.Code)
			require.Empty(t, answer.Header().Get("Retry-After"))
			for _, text := range c.detail {
				require.Contains(t, answer.Body.String(), text)
			}
		})
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for in, seconds := range map[time.Duration]int{
		0: 1, time.Millisecond: 1, time.Second: 1, time.Second + 1: 2, 29*time.Second + 1: 30,
	} {
		err := fmt.Errorf("write log: %w", &ports.OpenError{Name: "filesystem-writes", RetryAfter: in})
		row, extra := classify(err)
		require.Equal(t, seconds, row.retrySeconds(err), in)
		require.Equal(t, members{"circuit": "filesystem-writes"}, extra)
	}
}

func TestValidationErrorsBecomePointers(t *testing.T) {
	cmd := command.AdjustStock{Reason: "a\nb"}
	_, extra := classify(cmd.Validate(command.Rules{}))
	require.Equal(t, members{"detail": "#/delta is required and must not be 0; 1 more in errors", "errors": []fault{
		{Pointer: "#/delta", Detail: "is required and must not be 0"},
		{Pointer: "#/reason", Detail: "must not have control characters"},
	}}, extra)
	row, _ := classify(validation.NewInternalError(errors.New("a broken rule")))
	require.Equal(t, "internal", row.code)
}
