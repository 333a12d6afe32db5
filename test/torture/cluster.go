package torture

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/onhand/onhand/test/torture/overlay"
)

// cluster is the processes on one directory.
type cluster struct {
	t      testing.TB
	binary string
	dir    string
	nodes  []*node
	report *Report
}

// patience is how long a process may take for what should be quick.
const patience = 30 * time.Second

// settings make segments roll, deadlines be written and circuits close while a round
// continues, and let no key be forgotten.
var settings = []string{
	"RATE_LIMIT_RPS=0", "SHUTDOWN_DELAY_MS=0", "SHUTDOWN_TIMEOUT_MS=3000", "REQUEST_TIMEOUT_MS=2000", "SEGMENT_MB=1",
	"SWEEP_INTERVAL_MS=50",
	"IDEMP_TTL_MS=86400000", "BREAKER_COOLDOWN_MS=200", "LOCK_TTL_MS=300", "LOCK_RENEW_MS=100",
}

func newCluster(t testing.TB, binary, dir string, processes int, report *Report) *cluster {
	c := &cluster{t: t, binary: binary, dir: dir, report: report}
	orders := t.TempDir()
	all := settings
	if processes > 1 {
		all = append(all[:len(all):len(all)], "LOCKS_ENABLED=true")
	}
	for n := range processes {
		c.nodes = append(c.nodes, newNode(t, binary, dir, orders, n, report, all...))
		c.nodes[n].others = c.pending
	}
	return c
}

// pending reports whether a fault is ordered that did not come yet.
func (c *cluster) pending() bool {
	return slices.ContainsFunc(c.nodes, func(n *node) bool { return overlay.Pending(n.orders) })
}

// start starts every process and waits until all listen.
func (c *cluster) start() error {
	for _, n := range c.nodes {
		n.run()
	}
	return c.await()
}

// await waits until all processes listen.
func (c *cluster) await() error {
	for _, n := range c.nodes {
		for begin := time.Now(); n.address() == ""; time.Sleep(time.Millisecond) {
			select {
			case <-n.done:
				return fmt.Errorf("a process of %s has ended", c.dir)
			default:
			}
			if time.Since(begin) > patience {
				return fmt.Errorf("a process of %s does not listen", c.dir)
			}
		}
	}
	return nil
}

// mend takes all faults back: everything runs, with disks that work.
func (c *cluster) mend() error {
	for _, n := range c.nodes {
		if err := overlay.Lift(n.orders); err != nil {
			return err
		}
		n.signal(syscall.SIGCONT)
	}
	return c.await()
}

// stop ends every process cleanly.
func (c *cluster) stop() {
	for _, n := range c.nodes {
		n.stopping()
		n.signal(syscall.SIGTERM, stopped)
	}
	for _, n := range c.nodes {
		select {
		case <-n.done:
		case <-time.After(patience):
			c.report.Find("a process does not end:\n%s", tail(n.service.Log()))
			n.signal(syscall.SIGKILL, killed)
			<-n.done
		}
	}
}

// destroy ends every process, however the round ended.
func (c *cluster) destroy() {
	for _, n := range c.nodes {
		n.stopping()
		if n.done != nil {
			n.signal(syscall.SIGKILL, killed)
			<-n.done
		}
		_ = os.Remove(n.clock)
	}
}

// verify runs the program's own check of the directory.
func (c *cluster) verify() error {
	out, err := exec.Command(c.binary, "verify", "--data-dir", c.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("verify: %w\n%s", err, out)
	}
	return nil
}
