package logindex

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
)

// FileKind ends the names of saved indexes.
const FileKind = "index"

// Saved is an index that was read from a file, and its origin.
type Saved struct {
	beginning
	Index *Index
}

// ReadSaved reads the saved index at a position. The index remembers keys for keyTTL.
func ReadSaved(files snapfile.Series, at event.Position, keyTTL time.Duration) (*Saved, error) {
	s := &Saved{Index: New(keyTTL)}
	for r, err := range inorder.Decode(files.Records(context.Background(), at), decode) {
		if err == nil {
			err = r.addTo(s)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, s.complete(at)
}

func (s *Saved) begun() bool { return s.Segments != nil }

// complete checks that all is there that the beginning promised.
func (s *Saved) complete(at event.Position) error {
	switch {
	case s.Last.Position != at:
		return fmt.Errorf("it is the index at position %d", s.Last.Position)
	case at == 0 || s.Index.Streams() != s.streams || s.Index.Keys() != s.keys:
		return errors.New("it is not complete")
	}
	return nil
}

// ErrShorterTime means that keys that are to be remembered now may be missing in a saved index.
// That is no damage: IDEMP_TTL_MS was raised.
var ErrShorterTime = errors.New("it remembers idempotency keys for a shorter time")

// Fits returns the reason why the index cannot be of a log with these segments, of which
// everything up to the position durable was durable for sure, or nil.
func (s *Saved) Fits(segments []event.Position, durable event.Position) error {
	n := len(s.Segments)
	switch {
	case s.Last.Position > durable:
		return fmt.Errorf("HEAD vouches for position %d only", durable)
	case n > len(segments) || !slices.Equal(s.Segments, segments[:n]):
		return errors.New("the log has other segments")
	case s.keyTTL < s.Index.keys.ttl:
		return ErrShorterTime
	case s.Segments[n-1] > s.Last.Position+1:
		return errors.New("its last segment begins after it")
	}
	return nil
}

// Matches returns the first difference between the saved index and the index to which the log of
// an origin leads, or nil. The saved index may have one segment more, which begins after its last
// commit.
func (s *Saved) Matches(of Origin, x *Index) error {
	common := min(len(s.Segments), len(of.Segments))
	switch {
	case len(s.Segments) > len(of.Segments)+1 || !slices.Equal(s.Segments[:common], of.Segments[:common]):
		return errors.New("it names other segments than the log has")
	case s.Store != of.Store || s.Last.Hash != of.Last.Hash || !s.Last.Time.Equal(of.Last.Time) || s.events != x.events:
		return errors.New("it is not of this log at its position")
	case !s.Index.sameStreams(x):
		return errors.New("its streams are not those of the log")
	case !s.Index.sameKeys(x, of.Last.Time, s.keyTTL):
		return errors.New("its idempotency keys are not those of the log")
	}
	return nil
}

// LongestKeyTTL returns how long the saved indexes at some positions remember keys, the longest
// of them. A file that cannot be read counts nothing here; ReadSaved reports it.
func LongestKeyTTL(files snapfile.Series, positions []event.Position) time.Duration {
	longest := int64(0)
	for _, at := range positions {
		for line, err := range files.Records(context.Background(), at) {
			if err != nil {
				break
			}
			c := &logline.Cursor{Cursor: event.NewCursor(line)}
			b := decodeBeginning(c)
			if c.Expect(`}`); c.End() == nil {
				longest = max(longest, b.keyTTL)
			}
			break
		}
	}
	return time.Duration(longest) * time.Microsecond
}
