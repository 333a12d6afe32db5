package stock

// State is a condition that units on hand are in.
type State string

// The states, by their names on disk and on the wire.
const (
	SellableState       State = "sellable"
	DamagedState        State = "damaged"
	QualityControlState State = "qualityControl"
)
