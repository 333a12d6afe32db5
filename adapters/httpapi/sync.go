package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
)

// projectionShape is a projection as clients see it.
type projectionStatus struct {
	Name        string           `json:"name"`
	Position    event.Position   `json:"position"`
	Lag         int64            `json:"lag"`
	LagSeconds  float64          `json:"lagSeconds"`
	State       projection.State `json:"state"`
	Detail      string           `json:"detail,omitempty"`
	Retrying    int              `json:"retrying"`
	DeadLetters int              `json:"deadLetters"`
}

// maxSync bounds how long POST /v1/sync waits for projections: a receiver may take
// longer, and goes on.
const maxSyncWait = 5 * time.Second

// sync is POST /v1/sync.
func (s *Server) sync(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, maxSyncWait)
	defer cancel()
	return s.opts.Projections.Sync(ctx, name)
}

// getSync is GET /v1/sync.
func (s *Server) getSync(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	s.answerStatus(c, "")
	return nil
}

func (s *Server) answerStatus(c *gin.Context, name string) {
	list := []projectionStatus{}
	for _, p := range s.opts.Projections.Status(requestContext(c)) {
		if name == "" || p.Name == name {
			list = append(list, projectionStatus{
				Name: p.Name, Position: p.Position, Lag: p.Lag, LagSeconds: p.Behind.Seconds(),
				State: p.State, Detail: p.Detail, Retrying: p.Retrying, DeadLetters: p.DeadLetters,
			})
		}
	}
	c.JSON(http.StatusOK, gin.H{"projections": list})
}

// order makes a handler of something that projections are asked to do: the one that
// the parameter projection names, or all of them.
func (s *Server) control(do func(context.Context, string) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		query, err := parseQuery(c.Request.URL.RawQuery, "projection")
		if err != nil {
			return err
		}
		if err := noBody(c); err != nil {
			return err
		}
		name, err := query.projection()
		if err != nil {
			return err
		}
		if err := do(requestContext(c), name); err != nil {
			return err
		}
		s.answerStatus(c, name)
		return nil
	}
}

// projection reads which projection is meant, empty for all.
func (p parameters) projection() (string, error) {
	name := p.text("projection")
	if p["projection"] != nil && name == "" {
		return "", &queryError{detail: "projection must be a name, such as GET /v1/sync shows"}
	}
	return name, nil
}

// rebuild is POST /v1/sync/rebuild. It must name one projection.
func (s *Server) rebuild(ctx context.Context, name string) error {
	if name == "" {
		return &queryError{detail: "projection must be given: all at once are never built anew"}
	}
	return s.opts.Projections.Rebuild(ctx, name)
}

// noBody refuses a body where none is taken, but for an empty object.
func noBody(c *gin.Context) error {
	return decodeIfAny(c, &struct{}{})
}
