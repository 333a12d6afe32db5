package main

import (
	"bufio"
	"bytes"
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
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

func get(path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", path)
}

// run loads the server for some time over so many connections.
func (l load) run(connections int, length time.Duration) (sample, error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	var durations []time.Duration
	var failure error
	start := time.Now()
	deadline := start.Add(length)
	for n := range connections {
		all.Go(func() {
			own, err := l.connection(n, connections, deadline)
			mu.Lock()
			defer mu.Unlock()
			durations = append(durations, own...)
			if err != nil {
				failure = err
			}
		})
	}
	all.Wait()
	elapsed := time.Since(start)
	return sample{rate: float64(len(durations)) / elapsed.Seconds(), p99: percentile99(durations)}, failure
}

// connection sends every connections-th request from the n-th on, over and over.
func (l load) connection(n, connections int, deadline time.Time) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	answers := bufio.NewReaderSize(conn, 8<<10)
	durations := make([]time.Duration, 0, 1<<16)
	for at := n; ; at += connections {
		begin := time.Now()
		if begin.After(deadline) {
			return durations, nil
		}
		if _, err := conn.Write(l.requests[at%len(l.requests)]); err != nil {
			return durations, err
		}
		if err := readAnswer(answers); err != nil {
			return durations, err
		}
		durations = append(durations, time.Since(begin))
	}
}

var contentLength = []byte("Content-Length: ")

// readAnswer reads one answer, which must be a 200 with a length.
func readAnswer(from *bufio.Reader) error {
	status, err := from.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("answer: %s", status)
	}
	length := -1
	for {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if bytes.HasPrefix(line, contentLength) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):]))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return io.ErrUnexpectedEOF
	}
	_, err = from.Discard(length)
	return err
}
