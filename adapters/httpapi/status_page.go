package httpapi

import (
	"math"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// statusPage answers /v1/status.
type statusPage struct {
	store     ports.EventStore
	ledger    *ledger.Ledger
	traffic   *traffic
	rate      *rateLimiter
	log       logBudget
	followers *followers

	connections *connections
	opts        Options
}

// getStatus is GET /v1/status.
func (s statusPage) getStatus(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	store, err := s.store.Status(requestContext(c))
	if err != nil {
		return err
	}
	sendMap(c, http.StatusOK, gin.H{
		"build": gin.H{"version": s.opts.Version, "go": runtime.Version()},
		"store": storeDocument(s.store.Properties(), store),
		"ledger": gin.H{
			"waiting": s.ledger.Waiting(), "position": s.ledger.Position(),
			"items": s.ledger.Inventory().ItemCount(), "stores": s.ledger.Inventory().StoreCount(),
		},
		"requests":    gin.H{"inFlight": int(s.traffic.inFlight.Load())},
		"connections": s.connections.currentStatus().document(),
		"limits": gin.H{
			"bodyBytes":   maxBodyBytes,
			"headerBytes": maxHeaderBytes,
			"connections": s.opts.Connections.Max,
			"memoryBytes": memoryLimit(),
			"tables":      tablesDocument(s.opts.Tables(store)),
			"rate":        s.rate.status().document(),
			"log":         s.log.status().logDocument(),
			"disk":        s.opts.Disk().document(),
		},
		"breakers":    s.opts.breakersDocument(),
		"bulkheads":   s.opts.bulkheadsDocument(),
		"feed":        s.followers.status().document(),
		"snapshots":   snapshotsDocument(s.opts.Snapshots()),
		"index":       indexDocument(s.opts.Index()),
		"idempotency": gin.H{"required": s.opts.IdempotencyRequired, "ttlSeconds": s.opts.IdempotencyTTL.Seconds()},
	})
	return nil
}

func storeDocument(properties ports.Properties, store ports.StoreStatus) gin.H {
	return gin.H{
		"kind":     properties.Kind,
		"position": store.Position,
		"events":   store.Events,
		"bytes":    store.Details.Bytes,
		"queued":   store.Queued,
		"readOnly": store.ReadOnly,
		"failed":   store.Failed,
		"detail":   store.Detail,
		"headHash": store.Details.Hash,
	}
}

func (s ConnectionStatus) document() gin.H {
	return gin.H{"open": s.Open, "refused": s.Refused, "closedIdle": s.Closed}
}

// memoryLimit returns the runtime's soft limit in bytes, 0 if there is none.
func memoryLimit() int64 {
	limit := debug.SetMemoryLimit(-1) // less than 0 changes nothing
	if limit == math.MaxInt64 {
		return 0
	}
	return limit
}

// tablesDocument shows how full each bounded table is.
func tablesDocument(all []ports.Table) gin.H {
	document := gin.H{}
	for _, t := range all {
		document[t.Name] = gin.H{"entries": t.Entries, "limit": t.Limit}
	}
	return document
}

// indexDocument shows how far the index of closed reservations and transfers is.
func indexDocument(s indexing.Status) gin.H {
	return gin.H{
		"entries": s.Entries, "bytes": s.Bytes, "position": s.Position, "lag": s.Lag, "ending": s.Ending, "detail": s.Detail,
	}
}

// snapshotsDocument shows which position the newest snapshot has.
func snapshotsDocument(s snapshot.Status) gin.H {
	document := gin.H{"position": s.Position, "bytes": s.Bytes, "failures": s.Failures}
	if !s.At.IsZero() {
		document["takenAt"] = s.At.UTC().Format(event.TimeLayout)
	}
	return document
}
