package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// listDeadLetters is GET /v1/dead-letters.
func (s *Server) listDeadLetters(c *gin.Context) error {
	params, err := parseQuery(c.Request.URL.RawQuery, "limit", "cursor", "projection")
	if err != nil {
		return err
	}
	ask := query.ListDeadLetters{Cursor: params.text("cursor")}
	if ask.Projection, err = params.projection(); err != nil {
		return err
	}
	if ask.Limit, err = params.limit(); err != nil {
		return err
	}
	page, err := ask.Handle(requestContext(c), s.opts.DeadLetters)
	if err != nil {
		return err
	}
	writePage(c, "deadLetters", page.Letters, s.appendDeadLetter, page.NextCursor)
	return nil
}

func (s *Server) appendDeadLetter(l ports.DeadLetter, dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"id":`...), l.ID)
	dst = event.AppendString(append(dst, `,"projection":`...), l.Projection)
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(l.Event.Position), 10)
	dst = cloudevent.Append(append(dst, `,"event":`...), cloudevent.Source(s.opts.PublicURL), &l.Event)
	dst = event.AppendString(append(dst, `,"cause":`...), l.Cause)
	dst = strconv.AppendInt(append(dst, `,"attempts":`...), int64(l.Attempts), 10)
	dst = event.AppendTime(append(dst, `,"firstAt":`...), l.FirstAt)
	dst = event.AppendTime(append(dst, `,"lastAt":`...), l.LastAt)
	return append(dst, '}')
}

// redrive is POST /v1/dead-letters/{id}/redrive.
func (s *Server) redrive(c *gin.Context) error {
	id, err := s.deadLetterID(c)
	if err != nil {
		return err
	}
	if err := noBody(c); err != nil {
		return err
	}
	if err := s.opts.Projections.Redrive(requestContext(c), id); err != nil {
		return s.explainMissing(c, id, err)
	}
	c.JSON(http.StatusOK, gin.H{"id": id, "redriven": true})
	return nil
}

// deleteDeadLetter is DELETE /v1/dead-letters/{id}.
func (s *Server) deleteDeadLetter(c *gin.Context) error {
	id, err := s.deadLetterID(c)
	if err != nil {
		return err
	}
	actor, _, err := singleHeader(c.Request.Header, "X-Actor")
	if err != nil {
		return err
	}
	if err := command.CheckText(actor, command.MaxActorBytes); err != nil {
		return &headerError{name: "X-Actor", detail: err.Error()}
	}
	record(c).Actor = clip(actor)
	by := projection.By{Actor: actor, RequestID: record(c).RequestID}
	if err := s.opts.Projections.Discard(requestContext(c), id, by); err != nil {
		return s.explainMissing(c, id, err)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// letterError says of a letter whose projection does not run whether it is there: the
// list shows those of webhooks that are disabled, too.
func (s *Server) explainMissing(c *gin.Context, id string, err error) error {
	if !errors.Is(err, projection.ErrUnknownProjection) {
		return err
	}
	_, kept, unread := s.opts.DeadLetters.Get(requestContext(c), id)
	switch {
	case unread != nil:
		return fmt.Errorf("get dead letter: %w", unread)
	case !kept:
		return projection.ErrNotFound
	}
	return err
}

// letterID reads a letter's id; whether there is such a letter is found out later.
func (s *Server) deadLetterID(c *gin.Context) (string, error) {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return "", err
	}
	id, err := url.PathUnescape(c.Param("id"))
	if err != nil {
		return "", errRouteNotFound
	}
	return id, nil
}
