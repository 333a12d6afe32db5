package jsonevents

import "time"

// chore is what the committer does next.
type chore int

const (
	serving  chore = iota // commits of the queue
	resting               // nothing was to be done for a while
	looking               // at the directory, and for room
	freezing              // of the index, for who saves it
)

// next waits for something to do. Where there are several things, the seldom ones come
// first, so that load does not keep them out for ever, and always in the same order, so
// that a simulated run can be run again.
func (s *Store) next(idle, probe <-chan time.Time) (chore, chan<- *frozen) {
	select {
	case <-probe:
		return looking, nil
	default:
	}
	select {
	case answer := <-s.freezes:
		return freezing, answer
	default:
	}
	select {
	case <-idle:
		return resting, nil
	default:
	}
	select {
	case <-s.queue.wake:
		return serving, nil
	case <-idle:
		return resting, nil
	case <-probe:
		return looking, nil
	case answer := <-s.freezes:
		return freezing, answer
	}
}
