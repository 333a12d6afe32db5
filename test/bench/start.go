package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// never is the environment of a service that writes no snapshots. Where 0 is
// not taken for that yet, a snapshot is due after more events than there are.
func never(b *bench) string {
	const setting = "SNAPSHOT_EVERY_N_EVENTS="
	check := exec.Command(b.binary, "config")
	check.Env = append(os.Environ(), setting+"0")
	if check.Run() != nil {
		return setting + "1000000000"
	}
	return setting + "0"
}

// snapshots are where the service keeps them below its data directory.
func snapshots(data string) string { return filepath.Join(data, "snapshots") }

// starts measures starts of the program on one data directory, with its
// snapshots or with none.
type starts struct {
	b       *bench
	dir     string // of logs
	data    string
	taken   bool // the service has had its chance to write a snapshot
	missing bool // and wrote none
	started int

	resident, heap float64 // in bytes, of the process after a start
	collected      bool    // its heap is without garbage
}

// without starts with the snapshots put aside.
func (s *starts) without(time.Duration) (sample, error) {
	aside := s.data + ".snapshots"
	hidden := os.Rename(snapshots(s.data), aside) == nil
	one, err := s.start(never(s.b), nil)
	err = errors.Join(err, os.RemoveAll(snapshots(s.data)))
	if hidden {
		err = errors.Join(err, os.Rename(aside, snapshots(s.data)))
	}
	return one, err
}

// with starts as a service does that was stopped cleanly.
func (s *starts) with(time.Duration) (sample, error) {
	if err := s.take(); err != nil {
		return sample{}, err
	}
	sizes, _ := filesIn(snapshots(s.data)) // no directory, no snapshot
	s.missing = len(sizes) == 0
	return s.start(never(s.b), nil)
}

// doubt is about starts from a snapshot of the large store.
func (s *starts) doubt() string { return cmp.Or(s.b.stock.doubt(), s.noSnapshot()) }

// noSnapshot is about starts from a snapshot that was not written.
func (s *starts) noSnapshot() string {
	if s.missing {
		return "the service wrote no snapshot when it was stopped, so it read the whole log"
	}
	return ""
}

// take starts and stops the service once, so that it writes a snapshot.
func (s *starts) take() error {
	if s.taken {
		return nil
	}
	s.taken = true
	_, err := s.start("SNAPSHOT_EVERY_N_EVENTS=100", nil)
	return err
}

// start measures from exec until /readyz answers 200, looks at the service, and
// stops it.
func (s *starts) start(environment string, look func(*server) error) (sample, error) {
	s.started++
	dir := filepath.Join(s.dir, fmt.Sprint(s.started))
	if err := os.Mkdir(dir, 0o750); err != nil {
		return sample{}, err
	}
	begin := time.Now()
	service, err := s.b.onhand(dir, s.data, environment)
	if err != nil {
		return sample{}, err
	}
	took := time.Since(begin)
	if look != nil {
		err = look(service)
	}
	return sample{value: took.Seconds()}, errors.Join(err, service.stop())
}

// look notes what memory the service has right after a start from a snapshot:
// first what it is, then what of its heap is live, if it can be told to collect.
func (s *starts) look() error {
	if s.resident > 0 {
		return nil
	}
	if err := s.take(); err != nil {
		return err
	}
	_, err := s.start(never(s.b), func(service *server) (err error) {
		if s.resident, err = service.resident(); err != nil {
			return err
		}
		s.collected = service.collect()
		s.heap, err = service.metric("go_memstats_heap_alloc_bytes")
		return err
	})
	return err
}

// perItem is a row of what look found.
func (s *starts) perItem(name string, of *float64) row {
	return row{name: name, unit: "bytes per item", once: true, measure: func(time.Duration) (sample, error) {
		err := s.look()
		return sample{value: *of / float64(s.b.items)}, err
	}}
}

func openStart(b *bench, at *site) ([]row, error) {
	data, err := b.stock.million()
	if err != nil {
		return nil, err
	}
	s := &starts{b: b, dir: at.dir, data: data}
	at.note("From exec to 200 of /readyz, files in the page cache.")
	at.atEnd(func() {
		if s.heap > 0 && !s.collected {
			at.note("The heap has garbage in it: PPROF_PORT does not answer, so the service could not be told to collect it.")
		}
		if s.missing {
			at.note("**There was no snapshot**: the service wrote none when it was stopped, so both kinds of start read the whole log.")
		}
	})
	many := count(b.items)
	return []row{
		{
			name: many + " commits, no snapshot", measure: s.without, doubt: b.stock.doubt,
			goals: []goal{valueAtMost(4, "s", "start, 1,000,000 commits, no snapshot")},
			profile: func() error {
				opened, err := openService(data)
				if err != nil {
					return err
				}
				return opened.close()
			},
		},
		{
			name: "snapshot of " + many + " items", against: many + " commits, no snapshot", measure: s.with, doubt: s.doubt,
			goals:   []goal{valueAtMost(1.5, "s", "start, snapshot of 1,000,000 items")},
			profile: func() error { return absent("a start from a snapshot is over before its port can be asked") },
		},
		s.perItem("resident memory (VmRSS) after it", &s.resident),
		s.perItem("heap (go_memstats_heap_alloc_bytes) after it", &s.heap),
	}, nil
}
