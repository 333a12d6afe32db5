package jsonevents

import (
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/ports"
)

// badLine is the first line of a segment that does not check out.
type badLine struct {
	at      logline.Offset // where it begins
	number  int            // in its segment, from 1
	problem string
	rest    []byte // the segment from there on
}

// damage returns nil if a bad line is the torn end of a write, of which no caller was told, and
// the error if it is damage to acknowledged commits. Everything before the offset durable was
// durable for sure.
func (b *badLine) damage(file string, durable logline.Offset, inLastSegment bool) error {
	var problem string
	switch {
	case b.number == 1:
		problem = "the segment's header is damaged: "
	case !inLastSegment:
		problem = "damaged before a later segment: "
	case b.at.Before(durable):
		problem = "damaged before the end that HEAD vouches for: "
	case b.syncedAfter():
		problem = "damaged before a later group commit: "
	default:
		return nil
	}
	return &ports.CorruptError{Location: durablefile.Location(file, b.number, b.at.Byte), Problem: problem + b.problem}
}

// syncedAfter looks for proof, after the bad line, that the line had been synced: a
// valid line whose group commit begins after it, or any of a newer version. It does not trust line
// breaks, because the bad byte may be a line break.
func (b *badLine) syncedAfter() bool {
	rest := string(b.rest)
	for at := 0; ; {
		next := strings.Index(rest[at+1:], logline.FormatStart)
		if next < 0 {
			return false
		}
		at += 1 + next
		candidate, _, _ := strings.Cut(rest[at:], "\n")
		l, err := logline.Decode([]byte(candidate))
		if isNewer(err) || err == nil && l.Batch > b.at.Byte {
			return true
		}
	}
}
