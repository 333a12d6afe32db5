package torture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Fate is what a client knows of an attempt.
type Fate int

// The fates of attempts.
const (
	Acknowledged Fate = iota // 2xx
	Refused                  // and nothing done
	Nothing                  // turned away: nothing done, and nothing said of the item
	Unknown                  // done or not
	Wrong                    // an answer that must not be
)

// Attempt is a request as it was sent once.
type Attempt struct {
	ID          string // X-Request-ID
	Node        int
	Begin, End  int64 // nanoseconds since the torture began, by the monotonic clock
	From, Until int64 // microseconds since 1970, by the wall clock
	Status      int   // 0 if no answer came
	Problem     string
	Position    int64 // Onhand-Position, 0 if there was none
	Tag         string
	Replayed    bool
	Body        []byte
	Fate        Fate
}

// Call is a request and what became of it.
type Call struct {
	Request
	Client   int
	Attempts []Attempt
}

// last is the latest attempt.
func (c *Call) last() *Attempt { return &c.Attempts[len(c.Attempts)-1] }

// caller sends requests.
type caller struct {
	http  *http.Client
	began time.Time
	actor string
}

// answerTime is how long a client waits for an answer.
const answerTime = 3 * time.Second

func newCaller(began time.Time, actor string) *caller {
	return &caller{http: &http.Client{Transport: &http.Transport{}, Timeout: answerTime}, began: began, actor: actor}
}

// send sends a request to a process once more.
func (c *caller) send(call *Call, node int, address string) *Attempt {
	a := Attempt{ID: fmt.Sprintf("%s-%d", call.Name, len(call.Attempts)), Node: node}
	begin := time.Now()
	a.Begin, a.From = int64(begin.Sub(c.began)), begin.UnixMicro()
	err := c.exchange(call.Request, &a, address)
	end := time.Now()
	a.End, a.Until = int64(end.Sub(c.began)), end.UnixMicro()
	if err == nil {
		a.Fate = fate(a.Status, a.Problem)
	} else if a.Fate = Unknown; refusedToConnect(err) {
		a.Fate = Nothing
	}
	call.Attempts = append(call.Attempts, a)
	return call.last()
}

func refusedToConnect(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && operation.Op == "dial"
}

// exchange sends the request and takes the answer.
func (c *caller) exchange(r Request, a *Attempt, address string) error {
	request, err := http.NewRequest(r.Method, address+r.path(), bytes.NewReader(r.Body))
	if err != nil {
		panic(err) // cannot happen: all paths are well-formed
	}
	request.GetBody = nil // only this client repeats it
	set := func(name, value string) {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	if r.Body != nil {
		set("Content-Type", "application/json")
	}
	set("X-Request-ID", a.ID)
	set("X-Actor", c.actor)
	set("Idempotency-Key", r.Key)
	set("If-Match", r.IfMatch)
	if r.MinPosition > 0 {
		set("Onhand-Min-Position", strconv.FormatInt(r.MinPosition, 10))
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if a.Body, err = io.ReadAll(answer.Body); err != nil {
		return err
	}
	a.Status, a.Tag = answer.StatusCode, answer.Header.Get("ETag")
	a.Replayed = answer.Header.Get("Idempotent-Replayed") == "true"
	a.Position, _ = strconv.ParseInt(answer.Header.Get("Onhand-Position"), 10, 64)
	if a.Status >= 400 {
		var problem struct{ Code string }
		if err := json.Unmarshal(a.Body, &problem); err != nil {
			return fmt.Errorf("status %d without a problem: %w", a.Status, err)
		}
		a.Problem = problem.Code
	}
	return nil
}

// fate is what an answer means.
func fate(status int, problem string) Fate {
	switch problem {
	case "outcome-unknown":
		return Unknown
	case "idempotency-in-flight", "lock-held", "overloaded", "circuit-open", "storage-read-only",
		"storage-nearly-full", "storage-unavailable",
		"shutting-down", "view-behind", "timeout":
		return Nothing
	}
	switch status {
	case http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed:
		return Refused
	case http.StatusUnprocessableEntity:
		if problem == "exceeds-reserved" || problem == "exceeds-pending" {
			return Refused
		}
	}
	if status >= 200 && status < 300 {
		return Acknowledged
	}
	return Wrong
}
