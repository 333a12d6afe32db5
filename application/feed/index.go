package feed

import (
	"slices"

	"github.com/onhand/onhand/domain/event"
)

// index finds the followers that want an event. An event costs a look-up for each shape
// of filters, eight at most, however many followers there are; followers that do not
// want it cost nothing.
type index struct {
	topics map[Filter]*topic
	shaped [shapes]int // how many topics have a shape
}

// topic is what the followers with one filter share.
type topic struct {
	since     event.Position   // all commits after it that pass are or were listed
	passing   []event.Position // ascending
	unlisted  event.Position   // the last that was taken off the list since the ring had let go of it
	followers map[*Follower]struct{}
}

// complete reports whether the list and the ring, which begins with first, have all
// commits that pass after a position. A follower that waited while nothing passed does
// not lag, however far the ring has moved.
func (t *topic) complete(after, first event.Position) bool {
	if after < t.since || after < t.unlisted {
		return false
	}
	next := t.search(after + 1)
	return next == len(t.passing) || t.passing[next] >= first
}

func (x *index) join(f *Follower, end event.Position) {
	t := x.topics[f.filter]
	if t == nil {
		t = &topic{since: end, followers: map[*Follower]struct{}{}}
		x.topics[f.filter] = t
		x.shaped[f.filter.shape()]++
	}
	t.followers[f] = struct{}{}
	f.topic = t
}

func (x *index) leave(f *Follower) {
	if f.topic == nil {
		return
	}
	delete(f.topic.followers, f)
	if len(f.topic.followers) == 0 {
		delete(x.topics, f.filter)
		x.shaped[f.filter.shape()]--
	}
}

// add lists a commit with the topics that it passes, and notes those in woken.
func (x *index) add(c *Commit, first event.Position, woken map[*topic]struct{}) {
	for s := range shapes {
		if x.shaped[s] == 0 {
			continue
		}
		for i := range c.Events {
			if f, ok := s.filter(c.items[i], c.Events[i].Type); ok {
				if t := x.topics[f]; t != nil {
					t.list(c.Position, first)
					woken[t] = struct{}{}
				}
			}
		}
	}
}

// list notes a position, once. Positions that the ring has dropped make room first.
func (t *topic) list(p, first event.Position) {
	n := len(t.passing)
	if n > 0 && t.passing[n-1] == p {
		return
	}
	if gone := t.search(first); n == cap(t.passing) && gone > 0 {
		t.unlisted = t.passing[gone-1]
		t.passing = slices.Delete(t.passing, 0, gone)
	}
	t.passing = append(t.passing, p)
}

// search returns the index of the first listed position from p on.
func (t *topic) search(p event.Position) int {
	i, _ := slices.BinarySearch(t.passing, p)
	return i
}
