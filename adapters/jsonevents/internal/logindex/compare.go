package logindex

import (
	"errors"
	"fmt"
	"maps"
	"sort"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// Comparison compares an index on disk with the log, line by line, up to its mark.
type Comparison struct {
	tier  tier
	mark  *Mark
	keys  int // found so far
	ended bool
}

// Compare begins the comparison of the index in a store. It returns nil if that is empty.
func Compare(store orderedkv.Store) (*Comparison, error) {
	_, mark, err := Open(store, Options{})
	if err != nil || mark == nil {
		return nil, err
	}
	return &Comparison{tier: tier{store}, mark: mark}, nil
}

// Next compares the index with one line of the log, which begins at an offset. The index of the log
// up to this line has no tier.
func (c *Comparison) Next(l *logline.Line, at logline.Offset, of Origin, log *Index) error {
	if l.Position > c.mark.Position {
		return nil
	}
	if l.Key != "" {
		if err := c.key(l, at); err != nil {
			return err
		}
	}
	if l.Position < c.mark.Position {
		return nil
	}
	c.ended = true
	want := newMark(of, log.Events())
	want.Since, want.Buckets = c.mark.Since, c.mark.Buckets
	if string(want.encode()) != string(c.mark.encode()) {
		return errors.New("it is not of this log at its position")
	}
	return errors.Join(c.streams(log), c.count())
}

// End checks that the log has the last line of the index.
func (c *Comparison) End() error {
	if !c.ended {
		return fmt.Errorf("it goes to position %d, the log ends before", c.mark.Position)
	}
	return nil
}

// key checks that the index knows a key, if it must.
func (c *Comparison) key(l *logline.Line, at logline.Offset) error {
	want := usedKey{key: HashKey(l.Key), commit: at, at: l.Time.UnixMicro()}
	n := sort.Search(len(c.mark.Buckets), func(i int) bool { return c.mark.Buckets[i] > want.at })
	if n == 0 {
		return nil // its bucket is gone
	}
	value, found, err := c.tier.Get(appendKey(nil, c.mark.Buckets[n-1], &want.key))
	if err != nil {
		return err
	}
	got, err := decodeKey(want.key, value)
	switch {
	case found && err == nil && got == want:
		c.keys++
	case found && err == nil && want.commit.Before(got.commit): // it was used again
	case want.at >= c.mark.Since:
		return fmt.Errorf("it does not have the idempotency key of position %d", l.Position)
	}
	return nil
}

// streams checks that the index has the streams and tokens of the log.
func (c *Comparison) streams(log *Index) error {
	tokens, err := c.tier.tokens()
	if err != nil {
		return err
	}
	if !maps.Equal(tokens, log.tokens) {
		return errors.New("its fencing tokens are not those of the log")
	}
	n := 0
	for pair, err := range c.tier.Scan([]byte{streamPrefix}, []byte{streamPrefix + 1}, false) {
		if err != nil {
			return err
		}
		t, err := decodeTail(pair.Value)
		if err != nil || !t.equal(log.dirty.streams[event.StreamID(pair.Key[1:])]) {
			return fmt.Errorf("stream %q is not that of the log", pair.Key[1:])
		}
		n++
	}
	if n != len(log.dirty.streams) {
		return fmt.Errorf("it has %d streams, the log has %d", n, len(log.dirty.streams))
	}
	return nil
}

// count checks that the index has no keys but those of the log.
func (c *Comparison) count() error {
	n := 0
	for _, err := range c.tier.Scan([]byte{keyPrefix}, []byte{keyPrefix + 1}, false) {
		if err != nil {
			return err
		}
		n++
	}
	if n != c.keys {
		return fmt.Errorf("it has %d idempotency keys, %d of them are of the log", n, c.keys)
	}
	return nil
}
