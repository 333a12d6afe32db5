package httpapi

import (
	_ "embed"
	"math"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

//go:embed openapi.yaml
var openAPIDocument []byte

// openAPI is GET /openapi.yaml.
func (s *Server) openAPI(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml", openAPIDocument)
	return nil
}

type check struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

const (
	statusOK      = "ok"
	statusFailing = "failing"
)

func answerHealth(c *gin.Context, checks map[string]check) {
	status, code := statusOK, http.StatusOK
	for _, one := range checks {
		if one.Status != statusOK {
			status, code = statusFailing, http.StatusServiceUnavailable
		}
	}
	c.JSON(code, gin.H{"status": status, "checks": checks})
}

// live is GET /livez: the process answers.
func (s *Server) live(c *gin.Context) error {
	answerHealth(c, map[string]check{"process": {Status: statusOK}})
	return nil
}

// ready is GET /readyz: requests are welcome. A store that is read-only is
// shown, but it answers reads.
func (s *Server) ready(c *gin.Context) error {
	store, err := s.store.Status(requestContext(c))
	storage := check{Status: statusOK, Detail: store.Detail}
	switch {
	case err != nil:
		storage = check{Status: statusFailing, Detail: "the store does not answer"}
	case store.Failed:
		storage.Status = statusFailing
	case store.ReadOnly:
		storage.Detail = "read-only: " + store.Detail
	}
	serving := check{Status: statusOK}
	if s.draining.Load() {
		serving = check{Status: statusFailing, Detail: "shutting down"}
	}
	answerHealth(c, map[string]check{"storage": storage, "serving": serving, "breakers": s.opts.check()})
	return nil
}

// status is GET /v1/status.
func (s *Server) status(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	store, err := s.store.Status(requestContext(c))
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, gin.H{
		"build": gin.H{"version": s.opts.Version, "go": runtime.Version()},
		"store": gin.H{
			"kind":     s.store.Properties().Kind,
			"position": store.Position,
			"events":   store.Events,
			"bytes":    store.Details.Bytes,
			"queued":   store.Queued,
			"readOnly": store.ReadOnly,
			"failed":   store.Failed,
			"detail":   store.Detail,
			"headHash": store.Details.Hash,
		},
		"ledger":   gin.H{"waiting": s.ledger.Waiting(), "position": s.ledger.Position(), "items": s.ledger.Inventory().ItemCount(), "stores": s.ledger.Inventory().StoreCount()},
		"requests": gin.H{"inFlight": s.InFlight()},
		"limits": gin.H{
			"bodyBytes":   maxBodyBytes,
			"headerBytes": maxHeaderBytes,
			"connections": s.opts.MaxConnections,
			"memoryBytes": memoryLimit(),
			"tables":      tables(store.Tables),
			"rate":        s.RateStatus().statusDocument(),
		},
		"breakers":    s.opts.breakers(),
		"bulkheads":   s.opts.bulkheads(),
		"feed":        s.FeedStatus().statusDocument(),
		"snapshots":   snapshots(s.opts.Snapshots()),
		"idempotency": gin.H{"required": s.opts.IdempotencyRequired, "ttlSeconds": s.opts.IdempotencyTTL.Seconds()},
	})
	return nil
}

// memoryLimit is the runtime's soft limit in bytes, 0 if there is none.
func memoryLimit() int64 {
	limit := debug.SetMemoryLimit(-1) // less than 0 changes nothing
	if limit == math.MaxInt64 {
		return 0
	}
	return limit
}

// tables shows how full each bounded table is.
func tables(all []ports.Table) gin.H {
	shown := gin.H{}
	for _, t := range all {
		shown[t.Name] = gin.H{"entries": t.Entries, "limit": t.Limit}
	}
	return shown
}

// snapshots shows how far the newest snapshot got.
func snapshots(s snapshot.Status) gin.H {
	shown := gin.H{"position": s.Position, "bytes": s.Bytes, "failures": s.Failures}
	if !s.At.IsZero() {
		shown["takenAt"] = s.At.UTC().Format(event.TimeLayout)
	}
	return shown
}
