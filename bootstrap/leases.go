package bootstrap

import (
	"cmp"
	"context"
	"path/filepath"
	"sync"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// locksName is the directory of the leases in DATA_DIR.
const locksName = "locks"

// newLeases opens the leases that processes on one data directory share; nil where there
// is only one process. They end after the ledger.
func newLeases(c Config, _ ports.EventStore, lc fx.Lifecycle) (ports.Leases, error) {
	if !c.LocksEnabled {
		return nil, nil //nolint:nilnil // nil is "none"
	}
	dir := cmp.Or(c.LockDir, filepath.Join(c.DataDir, locksName))
	leases, err := filelock.Open(dir, filelock.Options{TTL: ms(c.LockTTLMS), Renew: ms(c.LockRenewMS)})
	if err != nil {
		return nil, err
	}
	lc.Append(fx.StopHook(leases.Close))
	return leases, nil
}

// follow lets the ledger show what other processes write, for those who wait for it.
func follow(c Config, l *ledger.Ledger, lc fx.Lifecycle) {
	if !c.LocksEnabled {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var following sync.WaitGroup
	lc.Append(fx.StartStopHook(
		func() { following.Go(func() { l.Follow(ctx) }) },
		func() {
			stop()
			following.Wait()
		},
	))
}
