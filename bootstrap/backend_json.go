package bootstrap

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/adapters/flockleader"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/ports"
)

// jsonStore is the value of EVENT_STORE for files of JSON lines in DATA_DIR.
const jsonStore = "json"

// Names in DATA_DIR, beside those of the log.
const (
	indexName       = "index/closed" // the index of closed reservations and transfers
	checkpointsName = "checkpoints"
	deadLettersName = "dead-letters"
	webhooksName    = "webhooks"
	locksName       = "locks" // the leases, unless LOCK_DIR names another directory
	termName        = "TERM"  // the number of the leader's last term
	clockName       = "CLOCK" // how log time follows the machine's clock
)

// lockedName is the directory in DATA_DIR that the leader locks: the log, which no operator
// removes by mistake.
const lockedName = "log"

// openJSON opens DATA_DIR, the log first: it decides whether this process may use the directory.
func openJSON(p backendParams) (*backend, error) {
	c := p.Config
	log, err := jsonevents.Open(c.DataDir, jsonevents.Options{
		Limits:       jsonevents.Limits{Keys: c.MaxKeys, Waiting: c.MaxWaiting},
		KeyTTL:       ms(c.IdempTTLMS),
		SegmentBytes: int64(c.SegmentMB) << 20,
		Shared:       c.LocksEnabled,
		LockWait:     ms(c.LockTTLMS),
		StartWait:    ms(c.StartTimeoutMS),
		Raise:        p.Clock.Raise,
		Now:          p.Clock.Now,
		LastUsed:     p.Clock.Last,
		Writes:       p.Breakers.writes,
		Reads:        p.Breakers.reads,
		ReadPermits:  p.Bulkheads.reads,
		Observe:      p.Metrics.GroupCommit,
		Report:       p.Report,
		Fatal:        func(err error) { _ = p.Stop.Shutdown(fx.ExitCode(ExitCode(err))) }, // the store has reported why
	})
	if errors.Is(err, ports.ErrInUse) {
		err = fmt.Errorf("%w; stop that process, or start every process of the directory with ONHAND_LOCKS_ENABLED=true", err)
	}
	if err != nil {
		return nil, err
	}
	b := &backend{store: log, feed: log, alsoSaved: []snapshot.Saver{log.SaveIndex}, closers: []func() error{log.Close}}
	if err := errors.Join(b.openIndex(c), b.openLeases(c)); err != nil {
		return nil, errors.Join(err, b.close())
	}
	b.logTime = jsondocuments.NewLogTime(filepath.Join(c.DataDir, clockName), nil)
	b.openLeader(c)
	b.openDocuments(c)
	return b, nil
}

// openIndex opens the index of closed reservations and transfers.
func (b *backend) openIndex(c Config) error {
	dir := filepath.Join(c.DataDir, indexName)
	var index *indexing.Late
	opened, err := queryindex.Open(dir)
	switch {
	case err == nil:
		index = indexing.Opened(opened)
	case queryindex.IsFull(err): // reads continue, and so does the start
		index = indexing.NewLate(func() (ports.QueryIndex, error) { return openQueryIndex(dir) }, err)
	default:
		return fmt.Errorf("the index of closed reservations and transfers in %s cannot be opened: %w; "+
			"a start without that directory builds it again from the log", dir, err)
	}
	b.index = index
	b.closers = append(b.closers, index.Close)
	return nil
}

func openQueryIndex(dir string) (ports.QueryIndex, error) {
	index, err := queryindex.Open(dir)
	if err != nil {
		return nil, err // and no index that is nil
	}
	return index, nil
}

// openLeases opens the leases of the processes that share the directory, if several may.
func (b *backend) openLeases(c Config) error {
	if !c.LocksEnabled {
		return nil
	}
	dir := cmp.Or(c.LockDir, filepath.Join(c.DataDir, locksName))
	leases, err := filelock.Open(dir, filelock.Options{TTL: ms(c.LockTTLMS), Renew: ms(c.LockRenewMS)})
	if err != nil {
		return err
	}
	b.leases = leases
	b.closers = append(b.closers, leases.Close)
	return nil
}

func (b *backend) openLeader(c Config) {
	b.leader = flockleader.New(flockleader.Options{
		Dir: filepath.Join(c.DataDir, lockedName), TermFile: filepath.Join(c.DataDir, termName), Now: time.Now,
	})
	b.closers = append(b.closers, b.leader.Close)
}

// openDocuments opens the documents beside the log.
func (b *backend) openDocuments(c Config) {
	snapshots := jsondocuments.NewSnapshots(filepath.Join(c.DataDir, jsonevents.SnapshotsName), nil)
	checkpoints := jsondocuments.NewCheckpoints(filepath.Join(c.DataDir, checkpointsName), nil)
	if !c.LocksEnabled { // otherwise another process may be saving
		snapshots.Sweep()
		checkpoints.Sweep()
	}
	b.snapshots, b.checkpoints = snapshots, checkpoints
	b.deadLetters = func() (ports.DeadLetterStore, error) {
		return jsondocuments.OpenDeadLetters(filepath.Join(c.DataDir, deadLettersName), c.MaxDeadLetters, nil)
	}
	b.subscriptions = func() (ports.SubscriptionStore, error) {
		return jsondocuments.OpenSubscriptions(filepath.Join(c.DataDir, webhooksName), c.MaxWebhooks, nil)
	}
}
