package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
)

// maxSyncWait bounds how long POST /v1/sync waits for projections: a receiver may take
// longer, and the projection then continues without the request.
const maxSyncWait = 5 * time.Second

// projections answers /v1/sync.
type projections struct {
	group    *projection.Group
	isLeader leadership
}

// projectionDocument is a projection as clients see it.
type projectionDocument struct {
	Name        string           `json:"name"`
	Position    event.Position   `json:"position"`
	Lag         int64            `json:"lag"`
	LagSeconds  float64          `json:"lagSeconds"`
	State       projection.State `json:"state"`
	Detail      string           `json:"detail,omitempty"`
	Retrying    int              `json:"retrying"`
	DeadLetters int              `json:"deadLetters"`
}

// getSync is GET /v1/sync.
func (p projections) getSync(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	p.answerStatus(c, "")
	return nil
}

func (p projections) answerStatus(c *gin.Context, name string) {
	list := []projectionDocument{}
	for _, s := range p.group.Status(requestContext(c)) {
		if name == "" || s.Name == name {
			list = append(list, projectionDocument{
				Name: s.Name, Position: s.Position, Lag: s.Lag, LagSeconds: s.Behind.Seconds(),
				State: s.State, Detail: s.Detail, Retrying: s.Retrying, DeadLetters: s.DeadLetters,
			})
		}
	}
	sendMap(c, http.StatusOK, gin.H{"projections": list})
}

// handle makes a handler of a control request about the projection that the parameter
// projection names, or about all of them.
func (p projections) handle(do control) handler {
	do = p.isLeader.local(do)
	return func(c *gin.Context) error {
		query, err := parseQuery(c.Request.URL.RawQuery, "projection")
		if err != nil {
			return err
		}
		if err := noBody(c); err != nil {
			return err
		}
		name, err := projectionName(query)
		if err != nil {
			return err
		}
		if err := do(requestContext(c), name); err != nil {
			return err
		}
		p.answerStatus(c, name)
		return nil
	}
}

// projectionName reads which projection is meant, empty for all.
func projectionName(params parameters) (string, error) {
	name := params.text("projection")
	if params.has("projection") && name == "" {
		return "", &queryError{detail: "projection must be a name that GET /v1/sync lists"}
	}
	return name, nil
}

// sync is POST /v1/sync.
func (p projections) sync(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, maxSyncWait)
	defer cancel()
	return p.group.Sync(ctx, name)
}

// pause is POST /v1/sync/pause.
func (p projections) pause(ctx context.Context, name string) error { return p.group.Pause(ctx, name) }

// resume is POST /v1/sync/resume.
func (p projections) resume(ctx context.Context, name string) error { return p.group.Resume(ctx, name) }

// rebuild is POST /v1/sync/rebuild. It must name one projection.
func (p projections) rebuild(ctx context.Context, name string) error {
	if name == "" {
		return &queryError{detail: "projection is required: a rebuild is for one projection at a time"}
	}
	return p.group.Rebuild(ctx, name)
}
