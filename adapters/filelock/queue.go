package filelock

import "bytes"

// queue is the owners that have asked for a lease while somebody else had it, each once,
// in the order in which they did, as a slot has them: a length and a name each. Without
// it a process that always wants a lease again as soon as it has released it would leave
// the others to chance.
type queue []byte

// first is who is first, and the others; nobody if none is.
func (q queue) first() (owner []byte, others queue) {
	r := reader{rest: q}
	owner = r.text()
	return owner, r.rest
}

// with is the queue with one more owner at its end, unless it is there.
func (q queue) with(owner []byte) (_ queue, added bool) {
	for rest := q; len(rest) > 0; {
		var one []byte
		if one, rest = rest.first(); bytes.Equal(one, owner) {
			return q, false
		}
	}
	return appendText(q[:len(q):len(q)], owner), true
}
