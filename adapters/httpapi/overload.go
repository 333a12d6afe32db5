package httpapi

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Overload is what keeps requests from taking what others need. Health, metrics, the
// status page, documents and the feed, which has a limit of its own, pass it all by.
type Overload struct {
	// Work bounds the requests at work; nil is no bound. Commits and releases of
	// reservations are urgent.
	Work ports.Bulkhead
	// Breaker is around the work; nil is none. It must count what IsFault says.
	Breaker ports.Breaker
	// Waits bounds the requests that wait, without a place at work, for a position or
	// for a body that comes slowly; nil is no bound. It should have no waiting room.
	Waits ports.Bulkhead
	// Pages bounds the pages of the feed that are made at a time; nil is no bound. Long
	// polls are urgent.
	Pages ports.Bulkhead
	// Orders bounds changes of webhooks and orders to projections, which may wait for a
	// receiver that hangs, and Tests those who have a receiver called; nil is no bound.
	Control, Tests ports.Bulkhead

	// BodyBytes bounds the memory of all bodies together, but for the first 16 KiB of
	// each; 0 is no bound.
	BodyBytes int64

	Bulkheads func() []ports.BulkheadStatus // for the status page; may be nil
	Breakers  func() []ports.BreakerStatus  // for the status page and readiness; may be nil
}

// bulkheads shows how full each bulkhead is.
func (o Overload) bulkheads() gin.H {
	shown := gin.H{}
	if o.Bulkheads == nil {
		return shown
	}
	for _, b := range o.Bulkheads() {
		shown[b.Name] = gin.H{"inUse": b.InUse, "limit": b.Limit, "waiting": b.Waiting, "waitingLimit": b.WaitingLimit, "shed": b.Shed}
	}
	return shown
}

// breakers shows how each breaker stands.
func (o Overload) breakers() gin.H {
	shown := gin.H{}
	if o.Breakers == nil {
		return shown
	}
	for _, b := range o.Breakers() {
		shown[b.Name] = gin.H{
			"state": b.State, "since": b.Since.UTC().Format(event.TimeLayout), "forced": b.Forced,
			"refused": b.Refused, "faults": b.Faults, "dropped": b.Dropped,
		}
	}
	return shown
}

// check shows which breakers are not closed. That does not make the service unready:
// what does not need them goes on, and another instance has the same disk.
func (o Overload) check() check {
	shown := check{Status: statusOK}
	if o.Breakers == nil {
		return shown
	}
	var open []string
	for _, b := range o.Breakers() {
		if b.State != ports.BreakerClosed {
			open = append(open, b.Name+" is "+string(b.State))
		}
	}
	shown.Detail = strings.Join(open, ", ")
	return shown
}
