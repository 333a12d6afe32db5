package projection

import (
	"time"

	"github.com/onhand/onhand/ports"
)

// again is how long after a fault of the stores around it a runner tries again.
const again = time.Second

// parkAgain is how long an event waits that is too many among the dead letters: its
// receiver is asked again each time.
const parkAgain = time.Minute

// fault reports that something went wrong which is not about an event, once until it is over.
func (r *Runner) fault(message string, err error) {
	if r.told[message] {
		return
	}
	r.told[message] = true
	r.world.Report(ports.Incident{Component: component, Message: message, Detail: r.opts.Name, Err: err, Severe: true})
}

// fine notes that a fault is over.
func (r *Runner) fine(message string) { delete(r.told, message) }

// What is reported.
const (
	cannotLoad    = "a projection could not be loaded; it is tried again"
	cannotRead    = "a projection cannot read the log; it is tried again"
	cannotSave    = "a checkpoint could not be saved; it is tried again later"
	cannotPark    = "an event could neither be handled nor kept as a dead letter; it is tried again"
	cannotRemove  = "a dead letter that is settled could not be removed; the next start does it"
	badCheckpoint = "a checkpoint cannot be used: an older one is, or the log"
	abandoned     = "a projection was given up in the middle of an event and begins at its checkpoint again"
	isParked      = "an event could not be handled: it is a dead letter now"
	allWait       = "events could not be handed on; they wait, in order, and are tried again"
	isGone        = "a receiver wants no more events: nothing is sent to it any more"
)
