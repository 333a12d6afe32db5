package httpapi

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// pathID reads the id that the path names.
func pathID(c *gin.Context) (string, error) {
	id, err := url.PathUnescape(c.Param("id"))
	if err != nil {
		return "", errRouteNotFound
	}
	return id, stock.CheckID(id)
}

// reserveStock is POST /v1/reservations and PUT /v1/reservations/{id}.
func (s *Server) reserveStock(c *gin.Context) (err error) {
	cmd := &command.ReserveStock{}
	if c.Request.Method == http.MethodPut {
		if cmd.ID, err = pathID(c); err != nil {
			return err
		}
	}
	outcome, err := change(s, c, cmd, decode, cmd.Handle)
	if err != nil {
		return err
	}
	answerReservation(c, outcome)
	return nil
}

// commitReservation is POST …/{id}/commit.
func (s *Server) commitReservation(c *gin.Context) error {
	cmd := &command.CommitReservation{}
	return s.changeReservation(c, cmd, &cmd.ID, cmd.Handle, decodeIfAny)
}

// releaseReservation is POST …/{id}/release.
func (s *Server) releaseReservation(c *gin.Context) error {
	cmd := &command.ReleaseReservation{}
	return s.changeReservation(c, cmd, &cmd.ID, cmd.Handle, decodeIfAny)
}

// returnReservation is POST …/{id}/return.
func (s *Server) returnReservation(c *gin.Context) error {
	cmd := &command.ReturnReservation{}
	return s.changeReservation(c, cmd, &cmd.ID, cmd.Handle, decodeIfAny)
}

// extendReservation is POST …/{id}/extend.
func (s *Server) extendReservation(c *gin.Context) error {
	cmd := &command.ExtendReservation{}
	return s.changeReservation(c, cmd, &cmd.ID, cmd.Handle, decode)
}

func (s *Server) changeReservation(c *gin.Context, cmd command.Operation, id *string,
	handle handler[command.ReservationResult], decode func(*gin.Context, any) error,
) (err error) {
	if *id, err = pathID(c); err != nil {
		return err
	}
	outcome, err := change(s, c, cmd, decode, handle)
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
	answer(c, o, status, r.Version, r.AppendJSON(make([]byte, 0, 512)))
}

// getReservation is GET /v1/reservations/{id}.
func (s *Server) getReservation(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	params, err := parseQuery(c.Request.URL.RawQuery, "asOf", "version")
	if err != nil {
		return err
	}
	past, err := params.past()
	if err != nil {
		return err
	}
	conditions, err := preconditions(c.Request.Header)
	if err != nil {
		return err
	}
	if err := s.waitForPosition(c); err != nil {
		return err
	}
	ctx := requestContext(c)
	r, reflects, err := query.GetReservation{ID: id}.Handle(ctx, s.ledger)
	if past != nil && err == nil {
		r, reflects, err = query.PastReservation{ID: id, Past: *past}.Handle(ctx, s.ledger, s.store)
	}
	if err != nil {
		return err
	}
	return answerRead(c, conditions, reflects, r.Version, r.AppendJSON)
}

// listReservations is GET /v1/reservations.
func (s *Server) listReservations(c *gin.Context) error {
	params, err := parseQuery(c.Request.URL.RawQuery, "store", "sku", "status", "limit", "cursor")
	if err != nil {
		return err
	}
	ask := query.ListReservations{Cursor: params.text("cursor")}
	if ask.Store, ask.SKU, err = params.item(); err != nil {
		return err
	}
	if ask.Status, err = oneOf(params, "status", reservation.HeldStatus, reservation.CommittedStatus,
		reservation.ReleasedStatus, reservation.ExpiredStatus); err != nil {
		return err
	}
	if ask.Limit, err = params.limit(); err != nil {
		return err
	}
	if err := s.waitForPosition(c); err != nil {
		return err
	}
	page, err := ask.Handle(requestContext(c), s.ledger)
	if err != nil {
		return err
	}
	setPosition(c, page.Position)
	writePage(c, "reservations", page.Reservations, reservation.Reservation.AppendJSON, page.NextCursor)
	return nil
}
