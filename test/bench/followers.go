package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// crowdOfFollowers are event streams that are open at the same time. They read what
// they are sent and look at none of it, so that on shared cores little of the time
// is their own.
type crowdOfFollowers struct {
	connections []net.Conn
	reading     sync.WaitGroup
	bytes       atomic.Int64
}

// follow opens an event stream for each query.
func follow(s *server, queries []string) (*crowdOfFollowers, error) {
	c := &crowdOfFollowers{}
	for _, query := range queries {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return nil, errors.Join(err, c.leave())
		}
		c.connections = append(c.connections, conn)
		begun := make(chan error, 1)
		c.reading.Go(func() { c.read(conn, query, begun) })
		if err := <-begun; err != nil {
			return nil, errors.Join(err, c.leave())
		}
	}
	return c, nil
}

func (c *crowdOfFollowers) read(conn net.Conn, query string, begun chan<- error) {
	request := fmt.Sprintf("GET /v1/events?%s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", query)
	buffer := make([]byte, 64<<10)
	_, err := conn.Write([]byte(request))
	n := 0
	if err == nil {
		n, err = conn.Read(buffer)
	}
	if err == nil && !bytes.HasPrefix(buffer[:n], []byte("HTTP/1.1 200")) {
		err = fmt.Errorf("follow: %s", buffer[:n])
	}
	begun <- err
	for err == nil {
		n, err = conn.Read(buffer)
		c.bytes.Add(int64(n))
	}
}

func (c *crowdOfFollowers) leave() (err error) {
	for _, conn := range c.connections {
		err = errors.Join(err, conn.Close())
	}
	c.reading.Wait()
	return err
}

// processorTime is what a process has used, from /proc.
func processorTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is not as expected", pid)
	}
	user, err := strconv.Atoi(fields[11])
	system, failed := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err, failed) // in ticks of 1/100 s
}

// pause lets earlier work come to an end, such as a log that is read for
// followers that left.
const pause = 500 * time.Millisecond

// followed is a row that measures while there are followers; silent if those must
// not be sent any commit.
func followed(name string, s *server, queries []string, silent bool, measure func(time.Duration) (sample, error)) row {
	return row{name: name, server: s, measure: func(length time.Duration) (sample, error) {
		crowd, err := follow(s, queries)
		if err != nil {
			return sample{}, err
		}
		time.Sleep(pause)
		before := crowd.bytes.Load()
		one, err := measure(length)
		sent := crowd.bytes.Load() - before
		if err == nil && silent && sent > 100*int64(len(queries)) || !silent && sent == 0 {
			err = fmt.Errorf("%d followers got %d bytes", len(queries), sent)
		}
		err = errors.Join(err, crowd.leave())
		time.Sleep(pause)
		return one, err
	}}
}

// times are so many queries.
func times(n int, query func(i int) string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = query(i)
	}
	return all
}

// costs are the processor time of the service for each change, in µs, by row. Other
// than rates, they hardly depend on what else the machine does.
type costs map[string][]float64

func (c costs) String() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c)) {
		all = append(all, fmt.Sprintf("%s %s", name, spreadOf(c[name])))
	}
	return "Processor time per change, µs: " + strings.Join(all, "; ") + "."
}

// openFollowers measures what followers of the feed cost writers.
func openFollowers(b *bench, at *site) ([]row, error) {
	onhand, err := b.onhand(at.dir, filepath.Join(at.dir, "data"), "FEED_HEARTBEAT_MS=15000")
	if err != nil {
		return nil, err
	}
	at.atEnd(func() { _ = onhand.stop() })
	at.note("Durable adjusts of 10,000 SKUs; clients on the same cores.")
	writes := load{onhand.address, adjustments(manySKUs)}
	costs := costs{}
	write := func(name string) func(time.Duration) (sample, error) {
		return func(length time.Duration) (sample, error) {
			begin := time.Now()
			before, err := processorTime(onhand.cmd.Process.Pid)
			one, failed := writes.run(b.connections, length)
			after, unread := processorTime(onhand.cmd.Process.Pid)
			costs[name] = append(costs[name], float64((after-before).Microseconds())/(one.value*time.Since(begin).Seconds()))
			return one, errors.Join(err, failed, unread)
		}
	}
	at.atEnd(func() { at.note("%s", costs) })
	ownSKU := func(i int) string { return fmt.Sprintf("store=S1&sku=sku-%07d", i) }
	nothing := func(i int) string { return fmt.Sprintf("store=S2&sku=%d", i) }
	everything := func(int) string { return "" }
	const none = "no followers"
	alone := row{name: none, server: onhand, measure: write(none)}
	beside := func(name string, queries []string, silent bool) row {
		r := followed(name, onhand, queries, silent, write(name))
		r.against = none
		return r
	}
	idle := beside("1,000 followers without matches", times(1000, nothing), true)
	own := beside("100 followers of one SKU each", times(100, ownSKU), false)
	one := beside("1 follower of everything", times(1, everything), false)
	all := beside("100 followers of everything", times(100, everything), false)
	idle.goals = []goal{ratioAtLeast(0.9, "adjust, 1,000 idle followers")}
	own.goals = []goal{ratioAtLeast(0.9, "adjust, 100 followers of one SKU each")}
	all.goals = []goal{ratioAtLeast(0.9, "adjust, 100 followers of everything")}
	idleTime := func(length time.Duration) (sample, error) {
		before, err := processorTime(onhand.cmd.Process.Pid)
		if err != nil {
			return sample{}, err
		}
		time.Sleep(length)
		after, err := processorTime(onhand.cmd.Process.Pid)
		return sample{value: 100 * float64(after-before) / float64(length)}, err
	}
	rest := followed("1,000 followers, no writes", onhand, times(1000, everything), true, idleTime)
	rest.unit = "% of a core"
	rest.goals = []goal{valueAtMost(1, "% of a core", "processor time, 1,000 idle followers")}
	return []row{alone, idle, own, one, all, rest}, nil
}
