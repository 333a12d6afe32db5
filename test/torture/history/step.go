package history

// Kind is what a step does to an item.
type Kind int

// The kinds of steps.
const (
	Read    Kind = iota
	Adjust       // by Units
	Place        // hold Units for Hold until Deadline, in place of what it held
	Commit       // Units of Hold leave, all that remain if 0; the rest is released if Rest
	Release      // Units of Hold are given back, all that remain if 0
	Extend       // Hold has Deadline from now on
	Look         // at the line of Hold
)

func (k Kind) String() string {
	return [...]string{"read", "adjust", "place", "commit", "release", "extend", "look"}[k]
}

// Step is one thing asked of an item. All steps of an operation happen at one moment.
type Step struct {
	Kind     Kind
	Units    int64
	Hold     string
	Rest     bool
	Deadline int64  // microseconds since 1970, 0 is none
	Expected *int64 // the version that the step builds on
}

// Operation is what a client asked of one item, and the answer.
type Operation struct {
	Name  string // for people
	Steps []Step
	// Effect is false where nothing stays: a read, a dry run, or a refusal of the whole.
	Effect bool
	// The time of the decision is From to Until, in microseconds since 1970.
	From, Until int64
	// Begin and End are by the monotonic clock, in nanoseconds.
	Begin, End int64
	Answers    []Answer // one for each step
}

// Fate is what became of a step.
type Fate int

// The fates of steps.
const (
	Untold  Fate = iota // the answer says nothing about the item
	Done                // accepted
	Fine                // refused, and this item is not to blame
	Refused             // for Code
)

// Answer is the answer to a step.
type Answer struct {
	Fate Fate
	Code string // of the problem

	Item      *Item  // the item after the step
	Line      *Line  // the line of the hold after the step
	Available *int64 // what a shortage says
	Actual    *int64 // what a conflict says, and what remains of a hold
}

// Item is how an item is shown.
type Item struct{ OnHand, Reserved, Available, Version int64 }

// Line is how a hold is shown.
type Line struct{ Quantity, Remaining, Committed, Released int64 }
