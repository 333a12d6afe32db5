package filelock

import "bytes"

// queue is the owners that asked for a lease while another owner had it, each once, in
// the order in which they asked, as a slot has them: a length and a name each. Without it
// a process that asks for a lease again as soon as it has released it could starve the
// others.
type queue []byte

// first returns the first owner, nil if there is none, and the others.
func (q queue) first() (owner []byte, others queue) {
	r := reader{rest: q}
	owner = r.text()
	return owner, r.rest
}

// with returns the queue with one more owner at its end, unless the owner is in it.
func (q queue) with(owner []byte) (_ queue, added bool) {
	for rest := q; len(rest) > 0; {
		var one []byte
		if one, rest = rest.first(); bytes.Equal(one, owner) {
			return q, false
		}
	}
	return appendText(q[:len(q):len(q)], owner), true
}
