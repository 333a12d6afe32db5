package stock

// State is a condition that units on hand are in.
type State string

// The states, by their names on disk and on the wire.
const (
	SellableState       State = "sellable"
	DamagedState        State = "damaged"
	QualityControlState State = "qualityControl"
)

// units is how many units are in a state; 0 for a state that is none.
func (l Levels) units(s State) int64 {
	switch s {
	case SellableState:
		return l.Sellable()
	case DamagedState:
		return l.Damaged
	case QualityControlState:
		return l.QualityControl
	default:
		return 0
	}
}

// move puts units from one state into another. What is sellable follows from
// the rest, so it needs no field of its own.
func (l *Levels) move(from, to State, units int64) {
	switch from {
	case DamagedState:
		l.Damaged -= units
	case QualityControlState:
		l.QualityControl -= units
	}
	switch to {
	case DamagedState:
		l.Damaged += units
	case QualityControlState:
		l.QualityControl += units
	}
}
