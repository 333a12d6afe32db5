package simulation_test

import (
	"fmt"
	"sync"
	"time"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// tolerated is by how much log time may depart from the machine's clock.
const tolerated = time.Second

// times are the machine's clock, and what must be true of log time since its start.
type times struct {
	mu     sync.Mutex
	boots  int
	booted time.Time

	kept    bool          // a process has saved log time since then
	found   bool          // a process has found log time since then,
	ahead   time.Duration // and this is by how much that was ahead of the true time
	certain bool          // all processes since that one have found it saved
}

func newTimes() *times { return &times{boots: 1, booted: time.Now()} }

func (m *times) reboot() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boots++
	m.booted, m.found, m.kept = time.Now(), false, false
}

// skew draws by how much the wall clock of a process is off. Once log time is saved, that does not
// matter. After another start of the machine the wall clock is not earlier than the log time that any
// process showed: what that showed of deadlines is not all on the disk.
func (m *times) skew(w *world) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept && !w.calm {
		return pick(w.rng, 0, 300*time.Millisecond, -time.Second, 50*time.Second, -50*time.Second, -50*time.Minute)
	}
	return max(0, time.Until(w.checks.latest))
}

// keptTime tells the world that a process has saved log time.
type keptTime struct {
	ports.LogTimeStore
	of   *process
	boot int
}

func (k keptTime) Save(t ports.LogTime) error {
	err := k.LogTimeStore.Save(t)
	m := k.of.world.times
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil && k.boot == m.boots {
		m.kept = true
	}
	return err
}

// findTime finds log time.
func (p *process) findTime(onDisk disk) error {
	m := p.world.times
	m.mu.Lock()
	boot, kept := m.boots, m.kept
	m.mu.Unlock()
	err := p.clock.Start(ledger.ClockStart{
		Kept: keptTime{jsondocuments.NewLogTime(clockFile, onDisk), p, boot}, Boot: fmt.Sprint(boot),
		Used: p.store.Head().Time, MaxLeap: time.Hour, MaxDowntime: 24 * time.Hour,
	})
	if err != nil {
		return err
	}
	p.timed.Store(true)
	m.mu.Lock()
	defer m.mu.Unlock()
	if boot != m.boots {
		return nil
	}
	if departs := time.Until(p.clock.Now()); !m.found {
		m.found, m.certain, m.ahead = true, true, departs
	} else if m.certain = m.certain && kept; m.certain && (departs-m.ahead).Abs() > tolerated {
		p.world.checks.fail("log time of %d.%d departs by %v", p.place, p.life, departs-m.ahead)
	}
	return nil
}
