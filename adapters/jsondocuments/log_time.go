package jsondocuments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// logTimeSize is the length of the document: with its hash it lies in one sector.
const logTimeSize = 320

const logTimeFormat = 1

// LogTime is a ports.LogTimeStore in a file. A Save overwrites the file in place, so that several
// processes need no lock, unless the file has hard links: a copy of the directory has a log time of its own.
type LogTime struct {
	disk durablefile.Disk
	name string
}

var _ ports.LogTimeStore = (*LogTime)(nil)

// NewLogTime makes a store on a file, which need not exist. A nil disk is the machine's file
// system.
func NewLogTime(name string, disk durablefile.Disk) *LogTime {
	return &LogTime{disk: orOS(disk), name: name}
}

type logTimeDocument struct {
	V           int    `json:"v"`
	Boot        string `json:"boot"`
	Zero        string `json:"zero"`
	AheadMicros int64  `json:"aheadMicros"`
	Since       string `json:"since"`
	Seen        string `json:"seen"`
}

// logTimeLooks is how often the file is read until it is whole: another process may be at a save.
const logTimeLooks = 10

// Load implements ports.LogTimeStore.
func (s *LogTime) Load() (t ports.LogTime, found bool, err error) {
	for range logTimeLooks {
		t, found, err = s.loadOnce()
		if _, damaged := errors.AsType[*ports.CorruptError](err); !damaged {
			break
		}
	}
	return t, found, err
}

func (s *LogTime) loadOnce() (ports.LogTime, bool, error) {
	content, err := durablefile.ReadAll(s.disk, s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return ports.LogTime{}, false, nil
	}
	if err != nil {
		return ports.LogTime{}, false, fmt.Errorf("read log time: %w", err)
	}
	t, err := s.decode(content)
	if _, newer := errors.AsType[*ports.NewerFormatError](err); newer {
		return ports.LogTime{}, false, err
	}
	if err != nil {
		err = &ports.CorruptError{Location: durablefile.Location(s.name, 1, 0), Problem: err.Error()}
		return ports.LogTime{}, false, err
	}
	return t, true, nil
}

func (s *LogTime) decode(content []byte) (ports.LogTime, error) {
	text, err := unseal(content)
	if err != nil {
		return ports.LogTime{}, err
	}
	if format := formatOf(text); format > logTimeFormat {
		return ports.LogTime{}, &ports.NewerFormatError{Location: s.name, Format: format, Known: logTimeFormat}
	}
	var d logTimeDocument
	if err := json.Unmarshal(text, &d); err != nil {
		return ports.LogTime{}, err
	}
	if d.V != logTimeFormat {
		return ports.LogTime{}, fmt.Errorf("format %d is not known", d.V)
	}
	zero, badZero := time.Parse(event.TimeLayout, d.Zero)
	since, badSince := time.Parse(event.TimeLayout, d.Since)
	seen, badSeen := time.Parse(event.TimeLayout, d.Seen)
	ahead := time.Duration(d.AheadMicros) * time.Microsecond
	t := ports.LogTime{Boot: d.Boot, Zero: zero, Ahead: ahead, Since: since, Seen: seen}
	return t, errors.Join(badZero, badSince, badSeen)
}

// Save implements ports.LogTimeStore.
func (s *LogTime) Save(t ports.LogTime) error {
	text, err := json.Marshal(logTimeDocument{
		V: logTimeFormat, Boot: t.Boot, Zero: t.Zero.UTC().Format(event.TimeLayout),
		AheadMicros: t.Ahead.Microseconds(), Since: t.Since.UTC().Format(event.TimeLayout),
		Seen: t.Seen.UTC().Format(event.TimeLayout),
	})
	if err != nil {
		return fmt.Errorf("encode log time: %w", err)
	}
	padding := bytes.Repeat([]byte{' '}, max(0, logTimeSize-len(text)))
	if err := s.write(seal(append(text, padding...))); err != nil {
		return fmt.Errorf("save log time: %w", readOnlyIfFull(err))
	}
	return nil
}

func (s *LogTime) write(content []byte) (err error) {
	if links, err := s.disk.Links(s.name); err == nil && links > 1 {
		return durablefile.WriteAtomically(s.disk, s.name, content) // the other name keeps its content
	}
	f, err := s.disk.OpenRW(s.name)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = s.disk.Create(s.name) // the next sync of HEAD's name makes this one durable
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteAt(content, 0); err != nil {
		return err
	}
	return f.Datasync()
}
