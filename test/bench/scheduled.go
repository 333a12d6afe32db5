package main

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// scheduled is an open model: requests have times of their own, whether the
// server keeps up or not, and a latency counts from that time. A closed loop
// sends nothing while the server is slow, and so leaves out just the latencies
// that many would have had.
type scheduled struct {
	load
	connections int           // free ones wait for the next request; where all are busy, requests do
	shed        *atomic.Int64 // counts requests that were shed, which then are no failures
}

// arrivals are the times of requests that do not know of each other: gaps are
// exponential (a Poisson process).
func arrivals(perSecond float64, length time.Duration, from *rand.Rand) []time.Duration {
	times := make([]time.Duration, 0, int(perSecond*length.Seconds()*1.1)+1)
	for at := 0.0; ; {
		at += from.ExpFloat64() / perSecond
		next := time.Duration(at * float64(time.Second))
		if next >= length {
			return times
		}
		times = append(times, next)
	}
}

// caller is one connection. Only one request is on it at a time.
type caller struct {
	net.Conn
	due  atomic.Int64 // when its request was to be sent, from the beginning
	took []time.Duration
}

// idle is a caller that can be given a request.
type idle struct {
	*caller
	since time.Duration
}

// traffic is one run of a schedule.
type traffic struct {
	scheduled
	begin  time.Time
	free   chan idle
	broken chan error // at most one of each connection
}

// run sends requests at their times and waits for all answers.
func (s scheduled) run(times []time.Duration) (sample, error) {
	t := traffic{scheduled: s, free: make(chan idle, s.connections), broken: make(chan error, s.connections)}
	var callers []*caller
	for range s.connections {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return sample{}, errors.Join(err, hangUp(callers))
		}
		callers = append(callers, &caller{Conn: conn})
		t.free <- idle{callers[len(callers)-1], 0}
	}
	t.begin = time.Now()
	var reading sync.WaitGroup
	for _, c := range callers {
		reading.Go(func() { t.read(c) })
	}
	late, err := t.send(times)
	for range callers { // when all are free, every answer is there
		if err == nil {
			_, err = t.next()
		}
	}
	elapsed := time.Since(t.begin)
	err = errors.Join(err, hangUp(callers))
	reading.Wait()
	var all []time.Duration
	for _, c := range callers {
		all = append(all, c.took...)
	}
	one := rate(all, elapsed)
	one.late = quantilesOf(late).p99
	return one, err
}

func hangUp(callers []*caller) (failed error) {
	for _, c := range callers {
		failed = errors.Join(failed, c.Close())
	}
	return failed
}

// next waits for a free caller.
func (t *traffic) next() (idle, error) {
	select {
	case c := <-t.free:
		return c, nil
	case err := <-t.broken:
		return idle{}, err
	}
}

// lateness is the load's own: from when a request was due and a connection was
// free for it. A server that keeps all connections busy is late itself.
func lateness(due, free, sent time.Duration) time.Duration {
	return max(0, sent-max(due, free))
}

// send is the one that writes all requests.
func (t *traffic) send(times []time.Duration) ([]time.Duration, error) {
	// The runtime's timers are a millisecond late on an idle processor; a
	// thread that sleeps by itself is woken within some 60 µs.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	late := make([]time.Duration, 0, len(times))
	for n, due := range times {
		sleepUntil(t.begin, due)
		c, err := t.next()
		if err != nil {
			return late, err
		}
		c.due.Store(int64(due))
		if _, err := c.Write(t.requests[n%len(t.requests)]); err != nil {
			return late, err
		}
		now := time.Since(t.begin)
		late = append(late, lateness(due, c.since, now))
		if now > 10*times[len(times)-1]+10*time.Second {
			return late, fmt.Errorf("the server is far behind the schedule: %d of %d requests sent", n, len(times))
		}
	}
	return late, nil
}

func sleepUntil(begin time.Time, due time.Duration) {
	const short = 50 * time.Microsecond // less than a sleep takes
	for {
		left := due - time.Since(begin)
		if left < short {
			return // a little early rather than late; the latency counts from the schedule all the same
		}
		threadSleep(left - short) // woken early it sleeps again
	}
}

// read reads answers until the connection is closed.
func (t *traffic) read(c *caller) {
	answers := bufio.NewReaderSize(c.Conn, 8<<10)
	for {
		err := readAnswer(answers)
		isShed := t.shed != nil && err == errShed //nolint:errorlint,err113 // joined with another it is a failure
		if err != nil && !isShed {
			if !errors.Is(err, net.ErrClosed) {
				t.broken <- err
			}
			return
		}
		now := time.Since(t.begin)
		if isShed {
			t.shed.Add(1)
		} else {
			c.took = append(c.took, now-time.Duration(c.due.Load()))
		}
		t.free <- idle{c, now}
	}
}

// openScheduled measures the latencies at half and at four fifths of what each
// server did in a closed loop just before.
func openScheduled(b *bench, at *site) ([]row, error) {
	bare, onhand, err := b.openServers(at)
	if err != nil {
		return nil, err
	}
	const rounds = 3
	requests := adjustments(manySKUs)
	servers := []*server{bare, onhand}
	capacity := map[*server][]float64{}
	for range rounds {
		for _, s := range servers {
			one, err := load{s.address, requests}.run(b.connections, b.length)
			if err != nil {
				return nil, err
			}
			capacity[s] = append(capacity[s], one.value)
		}
	}
	seed := rand.New(rand.NewPCG(1, 2))
	var rows []row
	for _, share := range []float64{0.5, 0.8} {
		for _, s := range servers {
			perSecond := share * spreadOf(capacity[s]).median
			open := scheduled{load: load{s.address, requests}, connections: 4 * b.connections}
			rows = append(rows, row{
				name:   fmt.Sprintf("%s at %.0f %%: %s/s", s.name, 100*share, number(perSecond)),
				server: s,
				measure: func(length time.Duration) (sample, error) {
					return open.run(arrivals(perSecond, length, seed))
				},
			})
		}
	}
	for _, s := range servers {
		at.note("Capacity of %s (closed loop): %s requests/s.", s.name, spreadOf(capacity[s]))
	}
	return rows, nil
}
