package keeper

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// Options are what New can be told.
type Options struct {
	Dir    string           // the directory that is locked: it has files in it, so nobody removes it by mistake
	Disk   durablefile.Disk // the machine's file system by default
	Every  time.Duration    // how often a lock that another process has is tried for; 1 s by default
	Report ports.Reporter
}

// Keeper tells whether this process is the keeper, and begins what that means.
type Keeper struct {
	opts  Options
	alone bool                // there is only one process
	lock  durablefile.DirLock // nil until it is this process's
	keeps atomic.Bool

	duties []func(context.Context) error // begun by the one who keeps, in order
	begun  int                           // of the duties
	told   bool                          // that one could not be begun

	stop context.CancelFunc
	done sync.WaitGroup
}

// Alone is the keeper where there are no other processes.
func Alone() *Keeper {
	k := &Keeper{alone: true, stop: func() {}}
	k.keeps.Store(true)
	return k
}

// New makes one of several that want to keep. It does nothing before Start.
func New(opts Options) *Keeper {
	if opts.Disk == nil {
		opts.Disk = durablefile.OS{}
	}
	if opts.Every == 0 {
		opts.Every = time.Second
	}
	return &Keeper{opts: opts, stop: func() {}}
}

// Keeps tells whether this process is the keeper, and all its duties have begun.
func (k *Keeper) Keeps() bool { return k.keeps.Load() }

// Duty adds something that the keeper begins, after what was added before. It comes
// before Start.
func (k *Keeper) Duty(begin func(context.Context) error) { k.duties = append(k.duties, begin) }

// Start begins the duties if this process is the keeper, and returns what went wrong;
// else it goes on trying to become it, until Stop.
func (k *Keeper) Start(ctx context.Context) error {
	if k.alone {
		return k.begin(context.WithoutCancel(ctx)) // what it begins may take long
	}
	mine, err := k.tryLock()
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

// tryLock takes the lock; false if another process has it.
func (k *Keeper) tryLock() (bool, error) {
	lock, err := k.opts.Disk.LockDir(k.opts.Dir, durablefile.Exclusive)
	if errors.Is(err, durablefile.ErrLocked) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock of the keeper: %w", err)
	}
	k.lock = lock
	return true, nil
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
			mine, err = k.tryLock()
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
	err := k.lock.Close()
	k.lock = nil
	return err
}
