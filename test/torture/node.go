package torture

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onhand/onhand/test/process"
	"github.com/onhand/onhand/test/torture/overlay"
)

// node is one of the processes, over all its lives.
type node struct {
	t       testing.TB
	binary  string
	dir     string
	orders  string // what package overlay reads
	clock   string
	setting []string
	report  *Report
	others  func() bool // a fault is ordered for one of the processes

	mu       sync.Mutex
	service  *process.Service
	url      string // empty while it does not listen
	wanted   bool   // it is started again when it ends
	excused  map[int]bool
	told     bool          // to stop, in this life
	faulty   bool          // its disk had faults, in this life
	done     chan struct{} // closed when it has ended for good
	failures int           // starts that failed in a row
}

// maxFailures is how many starts in a row may fail: some are killed, some come upon
// what another process has yet to tidy up.
const maxFailures = 50

func newNode(t testing.TB, binary, dir, orders string, n int, report *Report, settings ...string) *node {
	s := &node{t: t, binary: binary, dir: dir, report: report, setting: settings}
	s.orders = filepath.Join(orders, fmt.Sprint("faults-", n))
	s.clock = filepath.Join(orders, fmt.Sprint("clock-", n))
	return s
}

// run keeps the process alive until halt.
func (n *node) run() {
	n.mu.Lock()
	n.wanted, n.done, n.failures = true, make(chan struct{}), 0
	n.mu.Unlock()
	go func() {
		defer close(n.done)
		for n.live() {
		}
	}()
}

// live is one life of the process; false if there shall be no other.
func (n *node) live() bool {
	n.mu.Lock()
	if !n.wanted {
		n.mu.Unlock()
		return false
	}
	environment := append([]string{
		"PORT=0", "DATA_DIR=" + n.dir, overlay.FaultsVariable + "=" + n.orders, overlay.ClockVariable + "=" + n.clock,
	}, n.setting...)
	service := process.Begin(n.t, n.dir, exec.Command(n.binary, "serve"), environment...)
	n.service, n.excused, n.told, n.faulty = service, map[int]bool{}, false, overlay.Pending(n.orders)
	if n.others() { // in a life before
		n.excused[killed], n.excused[gaveUp] = true, true
	}
	n.mu.Unlock()
	err := service.Await()
	if err == nil {
		n.mu.Lock()
		n.url, n.failures = service.URL, 0
		n.mu.Unlock()
		<-service.Exited()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.url = ""
	select {
	case <-service.Exited():
		n.ended(service, err == nil)
	default:
		n.report.Find("process %d neither listens nor ends:\n%s", service.PID(), tail(service.Log()))
		service.Kill()
		return false
	}
	if err != nil {
		if n.failures++; n.failures > maxFailures {
			n.report.Find("a process cannot be started any more:\n%s", tail(service.Log()))
			return false
		}
		time.Sleep(20 * time.Millisecond) // another process may have to end first
	}
	return n.wanted
}

// ended looks at how a life ended.
func (n *node) ended(service *process.Service, listened bool) {
	log, code := service.Log(), service.ExitCode()
	for _, bad := range []string{"DATA RACE", "panic: ", "fatal error: ", "panicked"} {
		if at := strings.Index(log, bad); at >= 0 {
			n.report.Find("a process ended with code %d and says:\n%s", code, log[at:min(len(log), at+8000)])
			return
		}
	}
	if n.told && n.faulty && strings.Contains(log, "did not stop cleanly") {
		return // and says that the disk did not let it
	}
	if listened && !n.excused[code] {
		n.report.Find("a process ended with code %d for no known reason:\n%s", code, tail(log))
	}
}

// tail is the end of a log, without the lines of requests.
func tail(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if !strings.Contains(line, `"message":"request"`) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-30):], "")
}

// excuse says which exit codes of this life are no surprise.
func (n *node) excuse(codes ...int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, code := range codes {
		if n.excused != nil {
			n.excused[code] = true
		}
	}
}

// signal sends one, excusing exit codes first.
func (n *node) signal(signal syscall.Signal, excused ...int) {
	n.excuse(excused...)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.service == nil || signal == syscall.SIGTERM && n.told {
		return // a second one would end it at once
	}
	n.told = n.told || signal == syscall.SIGTERM
	n.service.Signal(signal)
}

// order orders a fault of its disk, excusing exit codes first.
func (n *node) order(kind overlay.Kind, excused ...int) error {
	n.excuse(excused...)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faulty = true
	return overlay.Order(n.orders, kind)
}

// address is the URL, empty while the process does not listen.
func (n *node) address() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.url
}

// stopping says that the next end is for good.
func (n *node) stopping() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wanted = false
}

// The exit codes of a process that a signal killed, that stopped as it was told, and that
// gave up.
const (
	killed  = -1
	stopped = 0
	gaveUp  = 1
)
