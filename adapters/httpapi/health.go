package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/ports"
)

// health answers /livez and /readyz.
type health struct {
	store    ports.EventStore
	traffic  *traffic
	overload Overload
	tables   func(ports.StoreStatus) []ports.Table
	disk     func() DiskStatus
}

type check struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

const (
	statusOK      = "ok"
	statusFailing = "failing"
)

// live is GET /livez: the process answers.
func (h health) live(c *gin.Context) error {
	answerHealth(c, map[string]check{"process": {Status: statusOK}})
	return nil
}

// ready is GET /readyz: the service takes requests. A read-only store answers reads, so it
// only adds a detail.
func (h health) ready(c *gin.Context) error {
	store, err := h.store.Status(requestContext(c))
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
	if h.traffic.draining.Load() {
		serving = check{Status: statusFailing, Detail: "shutting down"}
	}
	answerHealth(c, map[string]check{
		"storage": storage, "serving": serving, "breakers": h.overload.check(), "limits": limitsCheck(h.tables(store)),
		"disk": h.disk().check(),
	})
	return nil
}

// limitsCheck names the tables that are nearly full. They do not make the service unready: what
// exists can be read and changed.
func limitsCheck(all []ports.Table) check {
	var full []string
	for _, t := range all {
		if t.NearlyFull() {
			full = append(full, fmt.Sprintf("%s: %d of %d entries", t.Name, t.Entries, t.Limit))
		}
	}
	return check{Status: statusOK, Detail: strings.Join(full, ", ")}
}

func answerHealth(c *gin.Context, checks map[string]check) {
	status, code := statusOK, http.StatusOK
	for _, one := range checks {
		if one.Status != statusOK {
			status, code = statusFailing, http.StatusServiceUnavailable
		}
	}
	sendMap(c, code, gin.H{"status": status, "checks": checks})
}
