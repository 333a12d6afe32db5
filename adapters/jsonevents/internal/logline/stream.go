package logline

import (
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// SkipBase is how far apart the skip pointers of one level are, in versions, relative to the
// level below. An event has a pointer to the version before it and, for each k for which SkipBase^k
// divides its version, one to the version that is SkipBase^k lower. So a walk from the newest
// version to any other takes a number of steps that grows with the logarithm of the distance.
const SkipBase = 16

// Oldest finds the first event of a stream in the commit: its version and index, or -1 as the
// index if there is none.
func (l *Line) Oldest(id event.StreamID) (event.Version, int) {
	for i := range l.Events {
		if l.Events[i].Stream == id {
			return l.Events[i].Version, i
		}
	}
	return 0, -1
}

// Towards returns the skip pointer of l that leads closest to a version without passing it.
func (l *Line) Towards(id event.StreamID, version event.Version) (best Offset, found bool) {
	var closest event.Version
	for i := range l.Events {
		if l.Events[i].Stream != id {
			continue
		}
		reach := event.Version(1)
		for _, back := range l.Back[i] {
			target := l.Events[i].Version - reach
			if target >= version && (!found || target < closest) {
				best, closest, found = back, target, true
			}
			reach *= SkipBase
		}
	}
	return best, found
}

// Size is about how much memory the commit takes, in bytes.
func (l *Line) Size() int {
	size := len(l.Result)
	for i := range l.Events {
		size += len(l.Events[i].Data)
	}
	return size
}

// StreamEvent returns the event with an index, as readers of its stream get it.
func (l *Line) StreamEvent(i int) ports.StreamEvent {
	return ports.StreamEvent{
		Position:  l.Position,
		Index:     i,
		Actor:     l.Actor,
		RequestID: l.RequestID,
		Event:     l.Events[i],
	}
}
