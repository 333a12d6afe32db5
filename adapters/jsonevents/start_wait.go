package jsonevents

import (
	"cmp"
	"fmt"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/ports"
)

// newPatience lets a start wait for other processes of a directory, and reports that once a second.
func newPatience(o *Options, dir string) *processlock.Patience {
	return &processlock.Patience{Left: o.StartWait, Tell: func(waited time.Duration) {
		holder := cmp.Or(processlock.Owner(o.Disk, dir), "unknown")
		o.Report(ports.Incident{
			Component: component,
			Message:   "the start waits for another process, which holds a lock of the data directory",
			Detail:    fmt.Sprintf("%s; started last: %s; for %v so far", dir, holder, waited),
		})
	}}
}
