package httpapi

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// reservations answers /v1/reservations.
type reservations struct {
	commands
	store ports.EventStore
}

// pathID reads the id that the path names.
func pathID(c *gin.Context) (string, error) {
	id, err := url.PathUnescape(c.Param("id"))
	if err != nil {
		return "", errRouteNotFound
	}
	return id, stock.CheckID(id)
}

// reserveStock is POST /v1/reservations and PUT /v1/reservations/{id}.
func (r reservations) reserveStock(c *gin.Context) (err error) {
	cmd := &command.ReserveStock{}
	if c.Request.Method == http.MethodPut {
		if cmd.ID, err = pathID(c); err != nil {
			return err
		}
	}
	outcome, err := runCommand(c, r.commands, cmd, decode, cmd.Handle)
	if err != nil {
		return err
	}
	answerReservation(c, outcome)
	return nil
}

// commitReservation is POST …/{id}/commit.
func (r reservations) commitReservation(c *gin.Context) error {
	cmd := &command.CommitReservation{}
	return r.change(c, cmd, &cmd.ID, decodeIfAny, cmd.Handle)
}

// releaseReservation is POST …/{id}/release.
func (r reservations) releaseReservation(c *gin.Context) error {
	cmd := &command.ReleaseReservation{}
	return r.change(c, cmd, &cmd.ID, decodeIfAny, cmd.Handle)
}

// returnReservation is POST …/{id}/return.
func (r reservations) returnReservation(c *gin.Context) error {
	cmd := &command.ReturnReservation{}
	return r.change(c, cmd, &cmd.ID, decodeIfAny, cmd.Handle)
}

// extendReservation is POST …/{id}/extend.
func (r reservations) extendReservation(c *gin.Context) error {
	cmd := &command.ExtendReservation{}
	return r.change(c, cmd, &cmd.ID, decode, cmd.Handle)
}

func (r reservations) change(
	c *gin.Context, cmd command.Operation, id *string, decode bodyDecoder,
	handle commandHandler[command.ReservationResult],
) (err error) {
	if *id, err = pathID(c); err != nil {
		return err
	}
	outcome, err := runCommand(c, r.commands, cmd, decode, handle)
	if err != nil {
		return err
	}
	answerReservation(c, outcome)
	return nil
}

func answerReservation(c *gin.Context, o command.Outcome[command.ReservationResult]) {
	r := o.Result.Reservation
	status := http.StatusOK
	if o.Result.Created {
		status = http.StatusCreated
		if !o.DryRun {
			setHeader(c, "Location", "/v1/reservations/"+r.ID)
		}
	}
	answerCommand(c, o, status, r.Version, r.AppendJSON(make([]byte, 0, 512)))
}

// getReservation is GET /v1/reservations/{id}.
func (r reservations) getReservation(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	params, err := parseQuery(c.Request.URL.RawQuery, "asOf", "version")
	if err != nil {
		return err
	}
	past, err := parsePast(params)
	if err != nil {
		return err
	}
	conditions, err := preconditions(c.Request.Header)
	if err != nil {
		return err
	}
	if err := waitForPosition(c, r.ledger); err != nil {
		return err
	}
	ctx := requestContext(c)
	found, reflects, err := query.GetReservation{ID: id}.Handle(ctx, r.ledger)
	if past != nil && err == nil {
		found, reflects, err = query.PastReservation{ID: id, Past: *past}.Handle(ctx, r.ledger, r.store)
	}
	if err != nil {
		return err
	}
	return answerVersion(c, conditions, aggregateVersion{found.Version, reflects, found.AppendJSON})
}

// listReservations is GET /v1/reservations.
func (r reservations) listReservations(c *gin.Context) error {
	params, listing, err := parseListing(c.Request.URL, "owner")
	if err != nil {
		return err
	}
	ask := query.ListReservations{Listing: listing}
	if ask.Store, ask.SKU, err = params.item(r.rules.Names); err != nil {
		return err
	}
	if ask.Statuses, err = anyOf(params, "status", reservation.HeldStatus, reservation.CommittedStatus,
		reservation.ReleasedStatus, reservation.ExpiredStatus); err != nil {
		return err
	}
	if ask.Owner, err = params.given("owner", command.MaxOwnerBytes); err != nil {
		return err
	}
	if ask.Reference, err = params.given("reference", command.MaxReferenceBytes); err != nil {
		return err
	}
	if err := waitForPosition(c, r.ledger); err != nil {
		return err
	}
	page, err := ask.Handle(requestContext(c), r.ledger)
	if err != nil {
		return err
	}
	setPosition(c, page.Position)
	writePage(c, "reservations", page.Reservations, reservation.Reservation.AppendJSON, page.NextCursor)
	return nil
}
