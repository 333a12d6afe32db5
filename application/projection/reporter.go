package projection

import "github.com/onhand/onhand/ports"

// component names this package in incidents.
const component = "projection"

// The messages of incidents.
const (
	cannotLoad    = "a projection could not be loaded: it tries again"
	cannotRead    = "a projection cannot read the log: it tries again"
	cannotSave    = "a checkpoint could not be saved: the projection tries again later"
	cannotPark    = "an event could be neither handled nor kept as a dead letter: the projection tries again"
	cannotRemove  = "a dead letter that is no longer needed could not be removed: the next start removes it"
	badCheckpoint = "a checkpoint cannot be used: the projection uses an older one or reads the log"
	abandoned     = "a projection failed in the middle of an event: it continues from its checkpoint"
	isParked      = "an event could not be handled: it is now a dead letter"
	allWait       = "events could not be delivered: they wait in order, and the projection tries again"
	isGone        = "a receiver wants no more events: its webhook sends nothing more"
)

// reporter reports the incidents of one projection. It belongs to the runner's goroutine.
type reporter struct {
	report     ports.Reporter
	projection string
	lasting    map[string]bool // faults that were reported and are not over
}

func newReporter(report ports.Reporter, projection string) *reporter {
	return &reporter{report: report, projection: projection, lasting: map[string]bool{}}
}

// fault reports a fault of a dependency once until it is over.
func (r *reporter) fault(message string, err error) {
	if r.lasting[message] {
		return
	}
	r.lasting[message] = true
	r.incident(message, err)
}

// over notes that a fault is over.
func (r *reporter) over(message string) { delete(r.lasting, message) }

// incident reports an incident of the projection as a whole.
func (r *reporter) incident(message string, err error) {
	r.report(ports.Incident{Component: component, Message: message, Detail: r.projection, Err: err, Severe: true})
}

// parked reports a new dead letter.
func (r *reporter) parked(letter string, cause error) {
	r.report(ports.Incident{Component: component, Message: isParked, Detail: letter, Err: cause, Severe: true})
}

// gone reports that the receiver wants no more events. That is the receiver's wish, not a fault.
func (r *reporter) gone(cause error) {
	r.report(ports.Incident{Component: component, Message: isGone, Detail: r.projection, Err: cause})
}
