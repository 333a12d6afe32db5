package bootstrap

import (
	"context"
	"path/filepath"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/flockleader"
	"github.com/onhand/onhand/adapters/sweeper"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

const (
	// lockedName is the directory in DATA_DIR that the leader locks: the log, which no
	// operator removes by mistake.
	lockedName = "log"
	// termName is the file in DATA_DIR that keeps the number of the leader's last term.
	termName = "TERM"
)

// newLeader makes the election among the processes on one data directory.
func newLeader(c Config, _ ports.EventStore, lc fx.Lifecycle) ports.Leader {
	leader := flockleader.New(flockleader.Options{
		Dir: filepath.Join(c.DataDir, lockedName), TermFile: filepath.Join(c.DataDir, termName), Now: time.Now,
	})
	lc.Append(fx.StopHook(leader.Close))
	return leader
}

// newDuties makes the duties of the leader, which others add to. They stop after what they
// have begun.
func newDuties(leader ports.Leader, report ports.Reporter, lc fx.Lifecycle) *leadership.Duties {
	d := leadership.New(leader, report)
	lc.Append(fx.StartStopHook(d.Start, d.Stop))
	return d
}

// sweep keeps the log up to date with the deadlines that come.
func sweep(c Config, l *ledger.Ledger, duties *leadership.Duties, report ports.Reporter, lc fx.Lifecycle) {
	s := sweeper.New(func(ctx context.Context) error {
		if !duties.Active() {
			return nil
		}
		if err := l.CatchUp(ctx); err != nil {
			return err
		}
		return l.Sweep(ctx)
	}, ms(c.SweepIntervalMS), report)
	lc.Append(fx.StartStopHook(s.Start, s.Stop))
}
