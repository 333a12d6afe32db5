package ledger

import (
	"sync"

	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// answerStream is a stream of kept answers that one command at a time writes to.
type answerStream struct {
	id      event.StreamID
	version event.Version
}

// answerStreams are streams of this process for the answers of commands that change nothing. Such a
// command writes to one that no other command uses meanwhile, so it conflicts with none, and
// there are no more streams than such commands were ever under way at a time.
type answerStreams struct {
	newID ports.IDSource

	mu   sync.Mutex
	free []answerStream
}

// take returns a stream that no command uses.
func (s *answerStreams) take() *answerStream {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.free) - 1
	if last < 0 {
		return &answerStream{id: answer.Stream(s.newID())}
	}
	stream := s.free[last]
	s.free = s.free[:last]
	return &stream
}

// give lets other commands use a stream whose next version is written. A stream whose write
// failed is not used again.
func (s *answerStreams) give(stream *answerStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, answerStream{id: stream.id, version: stream.version + 1})
}
