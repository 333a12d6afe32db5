package ports

import "time"

// Clock reads the wall clock and the machine's clock. The latter counts from the start of
// the machine, the same for all its processes, and nothing sets it or holds it up. It may be called
// at any time from anywhere.
type Clock func() (wall time.Time, machine time.Duration)

// IDSource makes a new identifier, unique for ever: a UUID of version 7.
type IDSource func() string

// Reporter is told of what happens in the background, where no caller waits for
// an error. It must not block.
type Reporter func(Incident)

// Incident is one thing that an operator should be able to find out about.
type Incident struct {
	Component string // the part that noticed, for example "jsonevents"
	Message   string // what happened, constant per kind
	Detail    string // the particulars of this one
	Err       error  // what caused it, if something did
	Severe    bool   // an operator should look soon
}
