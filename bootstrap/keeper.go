package bootstrap

import (
	"context"
	"path/filepath"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/keeper"
	"github.com/onhand/onhand/adapters/sweeper"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// keptName is the directory in DATA_DIR that the keeper has locked: the log, which nobody removes.
const keptName = "log"

// newKeeper finds out whether this process is the one that does what only one of several
// on a data directory may do: it takes snapshots, writes down deadlines and checkpoints, and tells others of
// events. It stops after all that.
func newKeeper(c Config, _ ports.EventStore, report ports.Reporter, lc fx.Lifecycle) *keeper.Keeper {
	k := keeper.Alone()
	if c.LocksEnabled {
		k = keeper.New(keeper.Options{Dir: filepath.Join(c.DataDir, keptName), Report: report})
	}
	lc.Append(fx.StartStopHook(k.Start, k.Stop))
	return k
}

// sweep keeps the log up to date with the deadlines that come.
func sweep(c Config, l *ledger.Ledger, k *keeper.Keeper, report ports.Reporter, lc fx.Lifecycle) {
	s := sweeper.New(func(ctx context.Context) error {
		if !k.Keeps() {
			return nil
		}
		if err := l.Refresh(ctx); err != nil {
			return err
		}
		return l.Sweep(ctx)
	}, ms(c.SweepIntervalMS), report)
	lc.Append(fx.StartStopHook(s.Start, s.Stop))
}
