// Package sse reads server-sent events as a client of the HTML standard does
// (WHATWG, section 9.2.6), and shows what that hides: ids without an event, and
// comments.
package sse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Message is what stands between two blank lines.
type Message struct {
	ID      string // empty if it has none
	Event   string
	Data    string
	Comment string
	Retry   string
}

// Stream is one connection. LastID is what a reconnection sends.
type Stream struct {
	LastID string
	Answer *http.Response
	lines  *bufio.Reader
}

// ErrRefused means that the answer was no stream.
var ErrRefused = errors.New("no event stream")

// Open connects; headers are "Name: value". Close it.
func Open(ctx context.Context, client *http.Client, url string, headers ...string) (*Stream, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "text/event-stream")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		text, _ := io.ReadAll(answer.Body)
		return nil, errors.Join(fmt.Errorf("%w: %s: %s", ErrRefused, answer.Status, text), answer.Body.Close())
	}
	return &Stream{Answer: answer, lines: bufio.NewReaderSize(answer.Body, 64<<10)}, nil
}

// Close ends the connection.
func (s *Stream) Close() { _ = s.Answer.Body.Close() }

// Next reads up to the next blank line. What breaks off before it is dropped.
func (s *Stream) Next() (m Message, err error) {
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return Message{}, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			if m.ID != "" {
				s.LastID = m.ID
			}
			return m, nil
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "":
			m.Comment = value
		case "id":
			m.ID = value
		case "event":
			m.Event = value
		case "data":
			m.Data += value
		case "retry":
			m.Retry = value
		}
	}
}

// NextEvent reads up to the next message that a browser would hand over.
func (s *Stream) NextEvent() (Message, error) {
	for {
		if m, err := s.Next(); err != nil || m.Data != "" {
			return m, err
		}
	}
}
