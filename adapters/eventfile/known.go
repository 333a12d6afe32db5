package eventfile

import "github.com/onhand/onhand/ports"

// knownOnes is how many of the latest events are known one by one.
const knownOnes = 8192

// known is which events a file has: the latest one by one, and all that lie at or
// before floor.
type known struct {
	latest map[ports.EventID]bool
	order  []ports.EventID // of the latest, a ring once it is full
	oldest int             // in order
	floor  ports.EventID
}

func newKnown() *known { return &known{latest: map[ports.EventID]bool{}} }

func (k *known) holds(id ports.EventID) bool { return k.latest[id] || !after(id, k.floor) }

func (k *known) add(id ports.EventID) {
	if k.holds(id) {
		return
	}
	k.latest[id] = true
	if len(k.order) < knownOnes {
		k.order = append(k.order, id)
		return
	}
	k.raise(k.order[k.oldest])
	k.order[k.oldest] = id
	k.oldest = (k.oldest + 1) % knownOnes
}

// raise takes all events up to one as known.
func (k *known) raise(to ports.EventID) {
	delete(k.latest, to)
	if after(to, k.floor) {
		k.floor = to
	}
}

// after reports whether a is later in the log than b. The first commit has position 1,
// so every event is after the zero ID.
func after(a, b ports.EventID) bool {
	return a.Position > b.Position || a.Position == b.Position && a.Index > b.Index
}
