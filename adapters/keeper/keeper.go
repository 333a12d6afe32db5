package keeper

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// Options are what New can be told.
type Options struct {
	File   string           // the file that is locked; made if it is missing, never removed
	Disk   durablefile.Disk // the machine's file system by default
	Every  time.Duration    // how often a lock that another process has is tried for; 1 s by default
	Report ports.Reporter
}

// Keeper tells whether this process is the keeper, and begins what that means.
type Keeper struct {
	opts  Options
	lock  durablefile.FileLock // nil where there is only one process
	keeps atomic.Bool

	duties []func(context.Context) error // begun by the one who keeps, in order
	begun  int                           // of the duties
	told   bool                          // that one could not be begun

	stop context.CancelFunc
	done sync.WaitGroup
}

// Alone is the keeper where there are no other processes.
func Alone() *Keeper {
	k := &Keeper{stop: func() {}}
	k.keeps.Store(true)
	return k
}

// New makes one of several that want to keep. It does nothing before Start.
func New(opts Options) (*Keeper, error) {
	if opts.Disk == nil {
		opts.Disk = durablefile.OS{}
	}
	if opts.Every == 0 {
		opts.Every = time.Second
	}
	lock, err := opts.Disk.OpenLock(opts.File)
	if err != nil {
		return nil, fmt.Errorf("open lock of the keeper: %w", err)
	}
	return &Keeper{opts: opts, lock: lock, stop: func() {}}, nil
}

// Keeps tells whether this process is the keeper, and all its duties have begun.
func (k *Keeper) Keeps() bool { return k.keeps.Load() }

// Duty adds something that the keeper begins, after what was added before. It comes
// before Start.
func (k *Keeper) Duty(begin func(context.Context) error) { k.duties = append(k.duties, begin) }

// Start begins the duties if this process is the keeper, and returns what went wrong;
// else it goes on trying to become it, until Stop.
func (k *Keeper) Start(ctx context.Context) error {
	if k.lock == nil {
		return k.begin(context.WithoutCancel(ctx)) // what it begins may take long
	}
	mine, err := k.lock.TryLock()
	if err == nil && mine {
		err = k.begin(context.WithoutCancel(ctx))
		k.keeps.Store(err == nil)
	}
	if err != nil || mine {
		return err
	}
	ctx, k.stop = context.WithCancel(context.WithoutCancel(ctx)) // ctx is that of the start alone
	k.done.Go(func() { k.wait(ctx) })
	return nil
}

// begin begins the duties that have not begun.
func (k *Keeper) begin(ctx context.Context) error {
	for ; k.begun < len(k.duties); k.begun++ {
		if err := k.duties[k.begun](ctx); err != nil {
			return err
		}
	}
	return nil
}

// wait tries until this process is the keeper and all has begun.
func (k *Keeper) wait(ctx context.Context) {
	every := time.NewTicker(k.opts.Every)
	defer every.Stop()
	for mine := false; !k.Keeps(); {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		var err error
		if !mine {
			mine, err = k.lock.TryLock()
		}
		if err == nil && mine {
			err = k.begin(ctx)
			k.keeps.Store(err == nil)
		}
		k.tell(err)
	}
}

func (k *Keeper) tell(err error) {
	switch {
	case k.Keeps():
		k.opts.Report(ports.Incident{Component: "keeper", Message: "this process is the keeper now: the one before it has ended"})
	case err != nil && !k.told:
		k.told = true
		k.opts.Report(ports.Incident{Component: "keeper", Message: "the keeper's work cannot begin; it is tried again", Err: err, Severe: true})
	}
}

// Stop gives up what Start began; duties that have begun end elsewhere. Another process
// may keep once it returns.
func (k *Keeper) Stop() error {
	k.stop()
	k.done.Wait()
	if k.lock == nil {
		return nil
	}
	k.keeps.Store(false)
	return k.lock.Close()
}
