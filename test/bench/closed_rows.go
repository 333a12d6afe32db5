package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// openClosedLists asks for pages of closed reservations, one at a time.
func openClosedLists(b *bench, at *site) ([]row, error) {
	service, err := b.closedServer(at)
	if err != nil {
		return nil, err
	}
	at.note("Pages of 100 among %s closed reservations, files in the page cache as far as they have space there.",
		count(b.closed))
	var rows []row
	for _, l := range closedLists {
		if err := fullPage(service, closedPage(l.path)); err != nil {
			return nil, err
		}
		one := load{service.address, closedPages(1000, l.path)}
		rows = append(rows, row{
			name: l.name, server: service, doubt: b.stock.doubtOfClosed,
			goals:   []goal{p99AtMost(50*time.Millisecond, "page of 10,000,000 closed reservations "+l.name+", p99")},
			measure: func(length time.Duration) (sample, error) { return one.run(1, length) },
		})
	}
	return rows, nil
}

// closedServer is the service on the store of closed reservations.
func (b *bench) closedServer(at *site) (*server, error) {
	data, err := b.stock.withClosed()
	if err != nil {
		return nil, err
	}
	service, err := b.onhand(at.dir, data)
	if err == nil {
		at.atEnd(func() { _ = service.stop() })
	}
	return service, err
}

// fullPage fails where a page is not full: a fast answer without reservations tells nothing.
func fullPage(s *server, path string) error {
	text, err := s.fetch(path)
	if err != nil {
		return err
	}
	var page struct {
		Reservations []struct{} `json:"reservations"`
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return err
	}
	if len(page.Reservations) == 0 {
		return fmt.Errorf("GET %s: no reservations", path)
	}
	return nil
}

// listReaders is how many clients list beside a writer.
const listReaders = 48

// openClosedWriter measures a writer alone and while many clients list.
func openClosedWriter(b *bench, at *site) ([]row, error) {
	service, err := b.closedServer(at)
	if err != nil {
		return nil, err
	}
	writer := load{service.address, anywhere(b)}
	measure := func(length time.Duration) (sample, error) {
		one, err := writer.run(1, length)
		one.value = milliseconds(one.p99)
		return one, err
	}
	var pages [][]byte
	for _, l := range closedLists {
		pages = append(pages, closedPages(300, l.path)...)
	}
	rand.Shuffle(len(pages), func(i, j int) { pages[i], pages[j] = pages[j], pages[i] })
	readers := &listeners{load: load{service.address, pages}}
	at.note("One connection adjusts. A client whose list gets 503 asks again after the second of `Retry-After`.")
	at.atEnd(func() {
		at.note("The clients got %d pages; %d times 503.", readers.pages.Load(), readers.refused.Load())
	})
	alone := row{name: "a writer alone", server: service, measure: measure}
	beside := row{
		name: fmt.Sprintf("beside %d clients that list", listReaders), server: service, against: alone.name,
		goals: []goal{ratioAtMost(2, fmt.Sprintf("p99 of a writer beside %d clients that list", listReaders))},
		doubt: b.stock.doubtOfClosed,
		measure: func(length time.Duration) (sample, error) {
			return readers.beside(func() (sample, error) { return measure(length) })
		},
	}
	return []row{alone, beside}, nil
}

// listeners list until they are told to stop.
type listeners struct {
	load
	pages, refused atomic.Int64
}

// beside does something while they list.
func (l *listeners) beside(work func() (sample, error)) (sample, error) {
	done := make(chan struct{})
	failures := make([]error, listReaders)
	var all sync.WaitGroup
	for n := range listReaders {
		all.Go(func() { failures[n] = l.list(n, done) })
	}
	one, err := work()
	close(done)
	all.Wait()
	return one, errors.Join(append(failures, err)...)
}

// list is one client. It asks again later where it is refused.
func (l *listeners) list(n int, done <-chan struct{}) error {
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReaderSize(conn, 8<<10)
	for at := n; ; at += listReaders {
		var pause time.Duration
		if _, err := conn.Write(l.requests[at%len(l.requests)]); err != nil {
			return err
		}
		switch err := readAnswer(answers); {
		case errors.Is(err, errShed):
			l.refused.Add(1)
			pause = time.Second + rand.N(time.Second/4)
		case err != nil:
			return err
		default:
			l.pages.Add(1)
		}
		select {
		case <-done:
			return nil
		case <-time.After(pause):
		}
	}
}

// openClosedStart measures starts with an index and a snapshot, and the memory after them.
func openClosedStart(b *bench, at *site) ([]row, error) {
	at.note("Both stores have %s items, a snapshot and an index. Memory is that after a start and a page of each list.",
		count(b.items))
	none, err := b.stock.million()
	if err != nil {
		return nil, err
	}
	some, err := b.stock.withClosed()
	if err != nil {
		return nil, err
	}
	before, after := &afterStart{}, &afterStart{}
	for name, s := range map[string]*afterStart{"none": before, "some": after} {
		s.starts = starts{b: b, dir: filepath.Join(at.dir, name), data: none}
		if err := os.Mkdir(s.dir, 0o750); err != nil {
			return nil, err
		}
	}
	after.data = some
	names := []string{"no closed reservations", count(b.closed) + " closed reservations"}
	rows := []row{{name: names[0], measure: before.with}, {
		name: names[1], against: names[0], measure: after.with, doubt: b.stock.doubtOfClosed,
		goals: []goal{ratioAtMost(1.2, "start with 10,000,000 closed reservations, beside none")},
	}}
	for _, of := range []struct {
		name   string
		memory func(*afterStart) float64
	}{
		{"heap", func(s *afterStart) float64 { return s.heap }},
		{"resident memory", func(s *afterStart) float64 { return s.resident }},
	} {
		reference := row{name: of.name + ", " + names[0], unit: "MB", once: true, measure: before.megabytes(of.memory)}
		beside := row{
			name: of.name + ", " + names[1], unit: "MB", against: reference.name, once: true,
			measure: after.megabytes(of.memory), doubt: b.stock.doubtOfClosed,
		}
		beside.goals = []goal{ratioAtMost(1.25, of.name+" with 10,000,000 closed reservations, beside none")}
		rows = append(rows, reference, beside)
	}
	return rows, nil
}

// afterStart is starts on a store with closed reservations or none.
type afterStart struct {
	starts
	looked bool
}

// megabytes is the memory after a start and some lists.
func (s *afterStart) megabytes(of func(*afterStart) float64) func(time.Duration) (sample, error) {
	return func(time.Duration) (sample, error) {
		if !s.looked {
			s.looked = true
			_, err := s.start(never(s.b), s.memory)
			if err != nil {
				return sample{}, err
			}
		}
		return sample{value: of(s) / 1e6}, nil
	}
}

func (s *afterStart) memory(service *server) (err error) {
	for _, l := range closedLists {
		if _, err := service.fetch(closedPage(l.path)); err != nil {
			return err
		}
	}
	s.collected = service.collect()
	if s.resident, err = service.resident(); err != nil {
		return err
	}
	s.heap, err = service.metric("go_memstats_heap_alloc_bytes")
	return err
}
