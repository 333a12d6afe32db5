package httpapi

import (
	"errors"
	"net/netip"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/ports"
)

var errIdempotencyKeyRequired = errors.New(
	"the header Idempotency-Key is required: send a new key with every new request",
)

// callReader reads what every write may say besides its body.
type callReader struct {
	newID                ports.IDSource
	idempotencyRequired  bool
	preconditionRequired bool
	disk                 func() DiskStatus
}

func (r callReader) read(c *gin.Context) (command.Call, error) {
	call := command.Call{
		RequestID: record(c).RequestID, Client: clientName(record(c).Client), NewID: r.newID,
		OnlyCompletions: r.disk().Low,
	}
	var err error
	if call.Actor, err = actor(c); err != nil {
		return call, err
	}
	if call.IdempotencyKey, err = idempotencyKey(c.Request.Header); err != nil {
		return call, err
	}
	if call.IdempotencyKey == "" && r.idempotencyRequired {
		return call, errIdempotencyKeyRequired
	}
	if call.Preconditions, err = preconditions(c.Request.Header); err != nil {
		return call, err
	}
	call.Required = r.preconditionRequired
	query, err := parseQuery(c.Request.URL.RawQuery, "dryRun")
	if err != nil {
		return call, err
	}
	call.DryRun, err = query.boolean("dryRun")
	return call, err
}

// actor reads X-Actor and notes it in the record of the request.
func actor(c *gin.Context) (string, error) {
	const name = "X-Actor"
	actor, _, err := singleHeader(c.Request.Header, name)
	if err != nil {
		return "", err
	}
	if err := command.CheckText(actor, command.MaxActorBytes); err != nil {
		return "", &headerError{name: name, detail: err.Error()}
	}
	record(c).Actor = clip(actor)
	return actor, nil
}

// clientName returns the name of a client, as the rate limit counts clients: one without an address
// has none.
func clientName(address netip.Addr) string {
	if !address.IsValid() {
		return ""
	}
	return clientNetwork(address).String()
}
