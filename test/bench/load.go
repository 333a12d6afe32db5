package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// load is a closed loop: each connection sends its next request when the answer
// to the one before is there. It parses no more of an answer than it must, so
// that on shared cores little of the time is its own.
type load struct {
	address  string
	requests [][]byte
}

// post makes a request with a JSON body.
func post(path, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

func get(path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
}

// answered is a request that was, from the beginning of the load on.
type answered struct {
	at, took time.Duration
}

func durations(all []answered) []time.Duration {
	took := make([]time.Duration, len(all))
	for i, a := range all {
		took[i] = a.took
	}
	return took
}

// run loads the server for some time over so many connections.
func (l load) run(connections int, length time.Duration) (sample, error) {
	begin := time.Now()
	all, err := l.trace(connections, begin, func(now time.Duration) bool { return now > length })
	return rate(durations(all), time.Since(begin)), err
}

// trace loads the server until it is over and gives every single request.
func (l load) trace(connections int, begin time.Time, over func(now time.Duration) bool) ([]answered, error) {
	var loops sync.WaitGroup
	var mu sync.Mutex
	var all []answered
	var failure error
	for n := range connections {
		loops.Go(func() {
			own, err := l.connection(n, connections, begin, over)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
			failure = errors.Join(failure, err)
		})
	}
	loops.Wait()
	return all, failure
}

// connection sends every connections-th request from the n-th on, over and over.
func (l load) connection(n, connections int, start time.Time, over func(time.Duration) bool) ([]answered, error) {
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReaderSize(conn, 8<<10)
	all := make([]answered, 0, 1<<12)
	for at := n; ; at += connections {
		begin := time.Since(start)
		if over(begin) {
			return all, nil
		}
		if _, err := conn.Write(l.requests[at%len(l.requests)]); err != nil {
			return all, err
		}
		if err := readAnswer(answers); err != nil {
			return all, err
		}
		all = append(all, answered{begin, time.Since(start) - begin})
	}
}

var (
	contentLength = []byte("Content-Length: ")
	chunked       = []byte("Transfer-Encoding: chunked")
)

// errShed is an answer of a server that has too much to do.
var errShed = errors.New("answer: 503 Service Unavailable")

// readAnswer reads one answer, which must be a 200, or the 207 of an independent
// batch, or errShed.
func readAnswer(from *bufio.Reader) error {
	status, err := from.ReadSlice('\n')
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(status, []byte("HTTP/1.1 20")):
		return readRest(from)
	case bytes.HasPrefix(status, []byte("HTTP/1.1 503")):
		if err := readRest(from); err != nil {
			return err
		}
		return errShed
	}
	return fmt.Errorf("answer: %s", bytes.TrimSpace(status))
}

// readRest reads headers and body.
func readRest(from *bufio.Reader) error {
	length, inChunks := -1, false
	for {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if bytes.HasPrefix(line, contentLength) {
			var err error
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):]))); err != nil {
				return err
			}
		}
		inChunks = inChunks || bytes.HasPrefix(line, chunked)
	}
	if inChunks {
		return skipChunks(from)
	}
	if length < 0 {
		return io.ErrUnexpectedEOF
	}
	_, err := from.Discard(length)
	return err
}

// skipChunks reads a body that tells its length piece by piece.
func skipChunks(from *bufio.Reader) error {
	for {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return err
		}
		length, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if _, err := from.Discard(int(length) + len("\r\n")); err != nil {
			return err
		}
		if length == 0 {
			return nil
		}
	}
}

// over is a row that is a load on a server.
func over(b *bench, name string, s *server, requests [][]byte) row {
	l := load{s.address, requests}
	return row{name: name, server: s, measure: func(length time.Duration) (sample, error) {
		return l.run(b.connections, length)
	}}
}
