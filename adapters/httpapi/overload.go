package httpapi

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Overload limits the requests at work. Health, metrics, the status page and documents pass it by,
// and so does the feed, which has a limit of its own.
type Overload struct {
	// Work bounds the writes at work; nil is no bound. Commits and releases of
	// reservations are urgent.
	Work ports.Bulkhead
	// Reads bounds the reads of one thing, and Lists the requests that list or scan; nil is
	// no bound. Neither takes a permit of a write.
	Reads, Lists ports.Bulkhead
	// Breaker is around the writes; nil is none. It must count what IsFault reports. A read
	// that fails or takes too long never opens it.
	Breaker ports.Breaker
	// Waits bounds the requests that wait, without a permit, for a position or for a body
	// that arrives slowly; nil is no bound. It should have no waiting room.
	Waits ports.Bulkhead
	// Pages bounds the pages of the feed that are made at a time; nil is no bound. Long
	// polls are urgent.
	Pages ports.Bulkhead
	// Control bounds changes of webhooks and control requests to projections, which may wait
	// for a receiver that hangs; Tests bounds the requests that call a receiver. nil is no
	// bound.
	Control, Tests ports.Bulkhead

	// BodyBytes bounds the memory of all bodies together, except for the first 16 KiB of
	// each; 0 is no bound.
	BodyBytes int64

	Bulkheads func() []ports.BulkheadStatus // for the status page; may be nil
	Breakers  func() []ports.BreakerStatus  // for the status page and readiness; may be nil
}

// bulkheadsDocument shows how full each bulkhead is.
func (o Overload) bulkheadsDocument() gin.H {
	document := gin.H{}
	if o.Bulkheads == nil {
		return document
	}
	for _, b := range o.Bulkheads() {
		document[b.Name] = gin.H{
			"inUse": b.InUse, "limit": b.Limit, "waiting": b.Waiting, "waitingLimit": b.WaitingLimit, "shed": b.Shed,
		}
	}
	return document
}

// breakersDocument shows the state of each breaker.
func (o Overload) breakersDocument() gin.H {
	document := gin.H{}
	if o.Breakers == nil {
		return document
	}
	for _, b := range o.Breakers() {
		document[b.Name] = gin.H{
			"state": b.State, "since": b.Since.UTC().Format(event.TimeLayout), "forced": b.Forced,
			"refused": b.Refused, "faults": b.Faults, "dropped": b.Dropped,
		}
	}
	return document
}

// check names the breakers that are not closed. They do not make the service unready: requests
// that do not need them work, and another instance has the same disk.
func (o Overload) check() check {
	result := check{Status: statusOK}
	if o.Breakers == nil {
		return result
	}
	var open []string
	for _, b := range o.Breakers() {
		if b.State != ports.BreakerClosed {
			open = append(open, b.Name+" is "+string(b.State))
		}
	}
	result.Detail = strings.Join(open, ", ")
	return result
}
