package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// deadLetters answers /v1/dead-letters.
type deadLetters struct {
	store       ports.DeadLetterStore
	projections *projection.Group
	source      string // of events
}

// listDeadLetters is GET /v1/dead-letters.
func (d deadLetters) listDeadLetters(c *gin.Context) error {
	params, err := parseQuery(c.Request.URL.RawQuery, "limit", "cursor", "projection")
	if err != nil {
		return err
	}
	ask := query.ListDeadLetters{Cursor: params.text("cursor")}
	if ask.Projection, err = projectionName(params); err != nil {
		return err
	}
	if ask.Limit, err = params.limit(); err != nil {
		return err
	}
	page, err := ask.Handle(requestContext(c), d.store)
	if err != nil {
		return err
	}
	writePage(c, "deadLetters", page.Letters, d.appendDeadLetter, page.NextCursor)
	return nil
}

func (d deadLetters) appendDeadLetter(l ports.DeadLetter, dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"id":`...), l.ID)
	dst = event.AppendString(append(dst, `,"projection":`...), l.Projection)
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(l.Event.Position), 10)
	dst = cloudevent.Append(append(dst, `,"event":`...), d.source, &l.Event)
	dst = event.AppendString(append(dst, `,"cause":`...), l.Cause)
	dst = strconv.AppendInt(append(dst, `,"attempts":`...), int64(l.Attempts), 10)
	dst = event.AppendTime(append(dst, `,"firstAt":`...), l.FirstAt)
	dst = event.AppendTime(append(dst, `,"lastAt":`...), l.LastAt)
	return append(dst, '}')
}

// redrive is POST /v1/dead-letters/{id}/redrive.
func (d deadLetters) redrive(c *gin.Context) error {
	id, err := deadLetterID(c)
	if err != nil {
		return err
	}
	if err := noBody(c); err != nil {
		return err
	}
	if err := d.projections.Redrive(requestContext(c), id); err != nil {
		return d.explainUnknown(c, id, err)
	}
	sendMap(c, http.StatusOK, gin.H{"id": id, "redriven": true})
	return nil
}

// discard is DELETE /v1/dead-letters/{id}.
func (d deadLetters) discard(c *gin.Context) error {
	id, err := deadLetterID(c)
	if err != nil {
		return err
	}
	by := projection.By{RequestID: record(c).RequestID}
	if by.Actor, err = actor(c); err != nil {
		return err
	}
	if err := d.projections.Discard(requestContext(c), id, by); err != nil {
		return d.explainUnknown(c, id, err)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// explainUnknown replaces the error about a projection that does not run if there is no such
// dead letter either. The list shows those of disabled webhooks, too.
func (d deadLetters) explainUnknown(c *gin.Context, id string, err error) error {
	if !errors.Is(err, projection.ErrUnknownProjection) {
		return err
	}
	_, found, readErr := d.store.Get(requestContext(c), id)
	switch {
	case readErr != nil:
		return fmt.Errorf("get dead letter: %w", readErr)
	case !found:
		return projection.ErrNotFound
	}
	return err
}

// deadLetterID reads the id that the path names. It does not look whether there is such a
// dead letter.
func deadLetterID(c *gin.Context) (string, error) {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return "", err
	}
	id, err := url.PathUnescape(c.Param("id"))
	if err != nil {
		return "", errRouteNotFound
	}
	return id, nil
}
