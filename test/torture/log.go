package torture

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Commit is a line of the log, as far as it matters here.
type Commit struct {
	Position  int64
	Time      string
	Actor     string
	RequestID string
	Key       string
	Events    []Event
}

// Event is one of its events.
type Event struct {
	Stream  string
	Version int64
	Type    string
	Time    string // where it is not the commit's
	Data    struct {
		Reference     string
		ReservationID string
		ExpiresAt     string
		After         struct {
			OnHand, Reserved, Available, Incoming, Damaged, Version int64
			ExpiresAt, Reference                                    string
		}
	}
}

// decided is when the commit was decided, in microseconds. The commit itself is never of
// an earlier time than the one before it in the log; the events that were decided then
// tell. Deadlines that came before are of their own times.
func (c *Commit) decided() int64 {
	for _, e := range c.Events {
		if e.Time != "" && !strings.HasSuffix(e.Type, ".expired.v1") {
			return micros(e.Time)
		}
	}
	return micros(c.Time)
}

// item is the item that the event is about, if it is about one.
func (e Event) item() (Item, bool) {
	name, ok := strings.CutPrefix(e.Stream, "stock/")
	store, sku, _ := strings.Cut(name, "/")
	return Item{Store: store, SKU: sku}, ok
}

// Log is the log of a directory, read line by line.
type Log struct {
	Commits   []Commit
	ByRequest map[string]*Commit
	Items     map[Item]Event // the newest event of each
}

// ReadLog reads the log of a directory that no process has open, or only to read, and
// holds it against what no log may be otherwise: positions and versions without gaps,
// none twice, and no request and no key with two effects.
func ReadLog(dir string) (*Log, error) {
	files, err := filepath.Glob(filepath.Join(dir, "log", "*.ndjson"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	l := &Log{ByRequest: map[string]*Commit{}, Items: map[Item]Event{}}
	for _, name := range files {
		if err := l.file(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return l, l.check()
}

func (l *Log) file(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	text := bufio.NewReaderSize(file, 1<<20)
	for first := true; ; first = false {
		line, err := text.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 {
				return errors.New("the last line has no end")
			}
			return nil
		}
		if err != nil {
			return err
		}
		if first {
			continue // the segment's header
		}
		var c Commit
		if err := json.Unmarshal(line, &c); err != nil {
			return err
		}
		l.Commits = append(l.Commits, c)
	}
}

func (l *Log) check() error {
	seen := effects{log: l, versions: map[string]int64{}, keys: map[string]int64{}}
	for i := range l.Commits {
		c := &l.Commits[i]
		if c.Position != int64(i)+1 {
			return fmt.Errorf("position %d is the %dth", c.Position, i+1)
		}
		if i > 0 && c.Time < l.Commits[i-1].Time {
			return fmt.Errorf("position %d is of %s, and the one before of %s", c.Position, c.Time, l.Commits[i-1].Time)
		}
		if err := seen.once(c); err != nil {
			return err
		}
		if err := seen.events(c); err != nil {
			return err
		}
	}
	return nil
}

// effects are what the commits so far did.
type effects struct {
	log      *Log
	versions map[string]int64 // of streams
	keys     map[string]int64 // the position that each key has
}

// once checks that the request and the key of a commit had no effect before.
func (d *effects) once(c *Commit) error {
	if c.RequestID != "" {
		if other := d.log.ByRequest[c.RequestID]; other != nil {
			return fmt.Errorf("request %s has two effects, at %d and %d", c.RequestID, other.Position, c.Position)
		}
		d.log.ByRequest[c.RequestID] = c
	}
	if c.Key != "" {
		if other := d.keys[c.Key]; other != 0 {
			return fmt.Errorf("key %s has two effects, at %d and %d", c.Key, other, c.Position)
		}
		d.keys[c.Key] = c.Position
	}
	return nil
}

// events checks that the versions of streams have no gaps, and keeps the newest event of
// each item.
func (d *effects) events(c *Commit) error {
	for _, e := range c.Events {
		if known := d.versions[e.Stream]; e.Version != known+1 {
			return fmt.Errorf("position %d has version %d of %s after version %d", c.Position, e.Version, e.Stream, known)
		}
		d.versions[e.Stream] = e.Version
		if item, ok := e.item(); ok {
			d.log.Items[item] = e
		}
	}
	return nil
}
