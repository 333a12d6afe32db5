package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// growth is how the index gets longer where several processes write. Whoever does that
// has taken it: who reads what others wrote, and the committer from when others may
// read what it wrote until it is shown here.
type growth struct {
	// taken holds one while somebody has it. It is no mutex since it is had while the disk
	// works: who cannot wait for that leaves, and a simulation sees who waits.
	taken   chan struct{}
	file    durablefile.File // the segment that is read, nil before the first
	first   event.Position   // of that
	scanner scanner
	buffer  []byte
}

func (g *growth) take(ctx context.Context) error {
	select {
	case g.taken <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *growth) leave() { <-g.taken }

// pieceBytes is how much of what others wrote is read at a time.
const pieceBytes = 1 << 20

func (g *growth) open(dir directory, first event.Position) (durablefile.File, error) {
	if g.file != nil && g.first == first {
		return g.file, nil
	}
	file, err := dir.disk.Open(dir.segment(first))
	if err != nil {
		return nil, err
	}
	g.close()
	g.file, g.first = file, first
	return file, nil
}

func (g *growth) close() {
	if g.file != nil {
		_ = g.file.Close() // it was only read
		g.file = nil
	}
}

// follow brings in what the log has up to an end that is known to be durable. The
// growth is taken.
func (s *Store) follow(until poison) error {
	for {
		at := s.logEnd()
		if at.Segment > until.Segment || at.Segment == until.Segment && at.Offset >= until.Offset {
			return nil
		}
		to := until.Offset
		if at.Segment < until.Segment {
			var err error
			if to, err = s.sizeOf(at.Segment); err != nil {
				return err
			}
		}
		bad, err := s.takeLines(at.Segment, at.Offset, to)
		if err == nil && bad == nil && at.Segment < until.Segment {
			bad, err = s.takeHeader()
		}
		if err != nil {
			return err
		}
		if bad != nil {
			return s.badForeign(bad)
		}
	}
}

// badForeign is the damage that a line is which another process made durable.
func (s *Store) badForeign(bad *badLine) error {
	damage := &ports.CorruptError{File: s.dir.segment(s.logEnd().Segment), Offset: bad.offset, Problem: bad.problem}
	s.foundDamage(damage)
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, damage)
}

// logEnd is how far the log is known.
func (s *Store) logEnd() poison {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return poison{Segment: s.state.segments[len(s.state.segments)-1], Offset: s.state.end}
}

func (s *Store) sizeOf(first event.Position) (int64, error) {
	file, err := s.growth.open(s.dir, first)
	if err != nil {
		return 0, fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	size, err := file.Size()
	if err != nil {
		return 0, fmt.Errorf("%w: size of segment: %w", ports.ErrUnavailable, err)
	}
	return size, nil
}

// takeLines takes whole lines of a segment, until one is bad.
func (s *Store) takeLines(first event.Position, from, to int64) (*badLine, error) {
	for from < to {
		piece, err := s.readPiece(first, from, to)
		if err != nil {
			return nil, err
		}
		lines := block{bytes: piece}.parse()
		end, fault := s.merge(first, from, lines)
		if fault != nil {
			rest := make([]byte, to-end)
			_, err := s.growth.file.ReadAt(rest, end)
			if err != nil {
				return nil, fmt.Errorf("%w: read segment: %w", ports.ErrUnavailable, err)
			}
			return &badLine{offset: end, problem: fault.problem, rest: rest}, nil
		}
		from = end
	}
	return nil, nil //nolint:nilnil // nil is "none is bad"
}

func (s *Store) readPiece(first event.Position, from, to int64) ([]byte, error) {
	file, err := s.growth.open(s.dir, first)
	if err != nil {
		return nil, fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	piece, err := readLines(file, s.growth.buffer, from, to, pieceBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	s.growth.buffer = piece[:0]
	return piece, nil
}

// takeHeader begins with the segment that follows the last one, which has a name only
// since all of its header is durable. There is one.
func (s *Store) takeHeader() (*badLine, error) {
	s.mu.RLock()
	first := s.state.last.Last + 1
	s.mu.RUnlock()
	size, err := s.sizeOf(first)
	if err != nil {
		return nil, err
	}
	piece, err := s.readPiece(first, 0, min(size, headerBytes))
	if err != nil {
		return nil, err
	}
	lines := block{bytes: piece, begins: true}.parse()
	if len(lines) > 1 {
		lines = lines[:1]
	}
	if len(lines) == 0 {
		return &badLine{problem: "the segment is empty"}, nil
	}
	if _, fault := s.merge(first, 0, lines); fault != nil {
		return &badLine{problem: fault.problem}, nil
	}
	return nil, nil //nolint:nilnil // nil is "it is good"
}

// headerBytes is more than a segment's header takes.
const headerBytes = 4 << 10

// nextSegment tells whether there is a segment behind the last one that is known.
func (s *Store) nextSegment() (bool, error) {
	s.mu.RLock()
	first := s.state.last.Last + 1
	known := s.state.segments[len(s.state.segments)-1]
	s.mu.RUnlock()
	if first == known {
		return false, nil // the last one has no commit yet
	}
	_, err := s.growth.open(s.dir, first)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	return true, nil
}

// merge takes lines that another process wrote, those of a segment from a byte on, and
// shows them. It returns where the good ones end.
func (s *Store) merge(first event.Position, offset int64, lines []parsed) (end int64, fault *lineFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, scan := &s.state, &s.growth.scanner
	scan.dir, scan.index, scan.store = s.dir, st.index, s.writer.storeID
	scan.positions, scan.chain, scan.segments = st.last, st.chain, st.segments
	for end = offset; len(lines) > 0; lines = lines[1:] {
		if end == 0 {
			scan.segments = append(scan.segments, first)
		}
		if fault = scan.follow(lines[0], first, end); fault != nil {
			break
		}
		end += int64(lines[0].length)
	}
	if end == offset {
		return end, fault
	}
	if scan.positions.Last > st.last.Last {
		st.foreign = scan.positions.Last
	}
	st.last, st.chain, st.segments = scan.positions, scan.chain, scan.segments
	st.bytes += end - offset
	st.end = end
	st.wake()
	return end, fault
}
