package logindex

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// Origin identifies the log of an index, and the last commit in it.
type Origin struct {
	Store    string // the id of the store
	Last     logline.Tip
	Segments []event.Position
}

// markFormat is the format of the tier. A tier of another format is rebuilt.
const markFormat = 1

// Mark says up to which commit of which log the tier goes.
type Mark struct {
	Format   int
	Store    string
	Position event.Position
	Time     time.Time
	Hash     logline.Hash // of the line of that commit
	Events   int64
	Segments int      // up to the one that has that commit
	Firsts   [32]byte // the hash of their first positions
	Since    int64    // all keys of commits from this time on are known
	Buckets  []int64  // the first times of the buckets, the oldest first
}

// newMark returns the mark of an origin.
func newMark(of Origin, events int64) Mark {
	segments := of.Segments
	for len(segments) > 0 && segments[len(segments)-1] > of.Last.Position {
		segments = segments[:len(segments)-1] // it has no commit yet
	}
	return Mark{
		Format: markFormat, Store: of.Store, Position: of.Last.Position, Time: of.Last.Time, Hash: of.Last.Hash,
		Events: events, Segments: len(segments), Firsts: hashFirsts(segments),
	}
}

// Last returns the last commit in the tier.
func (m *Mark) Last() logline.Tip {
	return logline.Tip{Position: m.Position, Time: m.Time, Hash: m.Hash}
}

// ErrShorterTime means that the tier has dropped keys that are to be known now. That is no damage:
// IDEMP_TTL_MS was raised.
var ErrShorterTime = errors.New("it has dropped idempotency keys that must be known again")

// Fits returns the reason why the tier cannot be of a log with these segments, or nil. Whether the
// log has the line of the mark remains to be seen.
func (m *Mark) Fits(segments []event.Position) error {
	n := m.Segments
	if n < 1 || n > len(segments) || m.Firsts != hashFirsts(segments[:n]) || segments[n-1] > m.Position {
		return errors.New("the log has other segments")
	}
	return nil
}

// HasKeys reports whether the tier has the keys of all commits from a time on.
func (m *Mark) HasKeys(from time.Time) bool { return m.Since <= from.UnixMicro() }

func (m *Mark) encode() []byte {
	line, err := json.Marshal(m)
	if err != nil {
		panic(err) // every field has a form
	}
	return line
}

// decodeMark returns nil for a mark of another format.
func decodeMark(line []byte) *Mark {
	m := &Mark{}
	if json.Unmarshal(line, m) != nil || m.Format != markFormat || !slices.IsSorted(m.Buckets) {
		return nil
	}
	return m
}

func hashFirsts(segments []event.Position) [32]byte {
	var list []byte
	for _, first := range segments {
		list = binary.BigEndian.AppendUint64(list, uint64(first)) //nolint:gosec // positions are positive
	}
	return sha256.Sum256(list)
}
