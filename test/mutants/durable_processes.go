package main

// Shared knowledge of the processes of a log about durability.
var shared = []mutant{
	{
		name: "watermark-before-the-sync", why: "other processes show and build on what a power loss takes back",
		file: "adapters/jsonevents/committer.go",
		old: `		return b.failed
	}
	if b.commits > 0 {`,
		new: `		return b.failed
	}
	if err := c.log.announce(b); err != nil {
		return err
	}
	if b.commits > 0 {`,
		in: "./adapters/jsonevents", tests: "TestSeveralProcesses/a_process_that_is_stopped",
	},
	{
		name: "poison-of-others-not-seen", why: "after a failed sync in one process another goes on acknowledging",
		file: "adapters/jsonevents/internal/processlock/watermark.go",
		old:  `n.Poisoned = len(unpadded(n.Raw[:blockSize])) > 0`,
		new:  `n.Poisoned = len(unpadded(n.Raw[:blockSize])) > blockSize`,
		in:   "./adapters/jsonevents", tests: "TestSharedFaults",
	},
	{
		name: "poison-by-a-stale-process", why: "a process that is behind has the next start cut off what others acknowledged",
		file: "adapters/jsonevents/exclusive.go",
		old:  `if x.queue != nil && (!x.held || !x.current) {`,
		new:  `if x.queue != nil && !x.held && !x.current && x.writer == nil {`,
		in:   "./adapters/jsonevents", tests: "TestAStaleProcessHasNothingCutOff",
	},
	{
		name: "half-a-foreign-line-left", why: "what a killed process wrote in part stands in the middle of the log",
		file: "adapters/jsonevents/takeover.go",
		old:  `		return x.cutTorn(bad)`,
		new:  `		return nil`,
		in:   "./adapters/jsonevents", tests: "TestSharedFaults", hangs: true,
	},
	{
		name: "foreign-lines-not-synced", why: "what a killed process left is built upon, and gone after a power loss",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old: `	if err := Rewrite(w.file, w.end.Byte, size); err != nil {
		return err
	}
	return w.sync()`,
		new: `	return Rewrite(w.file, w.end.Byte, size)`,
		in:  "./adapters/jsonevents", tests: "TestAProcessIsKilledInEveryCall|TestSharedFaults",
	},
	{
		name: "foreign-lines-not-written-again", why: "a sync failed in a process that was killed before it could say so: no later one brings its bytes to the disk",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old:  `	if err := Rewrite(w.file, w.end.Byte, size); err != nil {`,
		new:  `	if err := error(nil); err != nil {`,
		in:   "./adapters/jsonevents", tests: "TestSharedFaults",
	},
	{
		name: "foreign-segment-not-named", why: "the same with a whole segment",
		file: "adapters/jsonevents/takeover.go",
		old:  `	if err := x.dir.Sync(); err != nil {`,
		new:  `	if err := error(nil); err != nil {`,
		in:   "./adapters/jsonevents", tests: "TestTheRestOfAKilledProcessIsTakenOver",
	},
	{
		name: "watermark-overwritten", why: "a process is killed while it writes the watermark, and the durable part of the log is unknown",
		file: "adapters/jsonevents/internal/processlock/watermark.go",
		old:  `watermarksAt+m.Number%2*blockSize`,
		new:  `int64(watermarksAt)`,
		in:   "./adapters/jsonevents", tests: "TestTheRestOfAKilledProcessIsTakenOver",
	},
	{
		name: "older-watermark-believed", why: "readers do not see what was acknowledged last",
		file: "adapters/jsonevents/internal/processlock/watermark.go",
		old:  `(!found || m.Number > n.Watermark.Number)`,
		new:  `(!found || m.Number < n.Watermark.Number)`,
		in:   "./adapters/jsonevents", tests: "TestSeveralProcesses",
	},
	{
		name: "start-gives-up-at-once", why: "a rolling restart ends without a service while the process before drains",
		file: "adapters/jsonevents/internal/processlock/patience.go",
		old:  `context.WithTimeout(context.Background(), p.Left)`,
		new:  `context.WithTimeout(context.Background(), 0*p.Left)`,
		in:   "./adapters/jsonevents", tests: "TestAStartWaitsForOtherProcesses",
	},
	{
		name: "head-goes-back", why: "a process that is behind has HEAD vouch for less than it did",
		file: "adapters/jsonevents/tasks.go",
		old: `	err := c.log.acquire()
	if errors.Is(err, ports.ErrBusy) {`,
		new: `	err := c.log.lock.Held()
	if errors.Is(err, ports.ErrBusy) {`,
		in: "./adapters/jsonevents", tests: "TestSeveralProcesses",
	},
}

// What others may see of it.
var sharedReads = []mutant{
	{
		name: "read-beyond-the-watermark", why: "a reader sees what another process has written and not synced",
		file: "adapters/jsonevents/follower.go",
		old:  `	if err := f.log.readUntil(n.Watermark.End); err != nil {`,
		new: `	size, _ := f.log.size(n.Watermark.End.Segment)
	n.Watermark.End.Byte = size
	if err := f.log.readUntil(n.Watermark.End); err != nil {`,
		in: "./adapters/jsonevents", tests: "TestSeveralProcesses|TestSharedFaults",
	},
	{
		name: "watermark-not-read", why: "a reader does not see what another process has acknowledged",
		file: "adapters/jsonevents/store.go",
		old:  `	if err := s.health.condition().usable(); err != nil || s.writers == nil {`,
		new:  `	if err := s.health.condition().usable(); err != nil || s.writers == nil || s.writers != nil {`,
		in:   "./adapters/jsonevents", tests: "TestSeveralProcesses",
	},
	{
		name: "answered-on-old-numbers", why: "a request is answered without a look at what others have acknowledged",
		file: "adapters/httpapi/read_barrier.go",
		old:  `		if err := b.pass(c); err != nil {`,
		new:  `		if err := requestContext(c).Err(); err != nil {`,
		in:   "./adapters/httpapi", tests: "TestRequestsSeeWhatOtherProcessesHaveAcknowledged",
	},
	{
		name: "read-below-an-answer", why: "a read carries a smaller position than a write that was answered before it began",
		file: "application/ledger/ledger.go",
		old:  `	highest := l.state.Highest()`,
		new:  `	highest := min(l.state.Highest(), l.state.Position())`,
		in:   "./adapters/httpapi", tests: "TestThePositionOfAReadIsNotBelowOneAcknowledgedBefore",
	},
}

// One process at a time does what only the leader may.
var leading = []mutant{
	{
		name: "two-leaders", why: "two processes take snapshots, and tell webhooks of every event twice",
		file: "adapters/flockleader/leader.go",
		old:  `LockDir(l.opts.Dir, durablefile.Exclusive)`,
		new:  `LockDir(l.opts.Dir, durablefile.Shared)`,
		in:   "./adapters/flockleader", tests: "TestContract",
	},
	{
		name: "documents-of-two-processes", why: "two processes have the webhooks open, and one undoes what the other did",
		file: "adapters/jsondocuments/documents.go",
		old:  `disk.LockDir(dir, durablefile.Exclusive)`,
		new:  `disk.LockDir(dir, durablefile.Shared)`,
		in:   "./adapters/jsondocuments", tests: "TestDeadLetterContract|TestSubscriptionContract",
	},
	{
		name: "leader-that-no-process-follows", why: "the leader dies, and no process takes snapshots any more",
		file: "adapters/flockleader/leader.go",
		old: `		term, err := l.TryCampaign(ctx)
		if !errors.Is(err, ports.ErrNotLeader) {`,
		new: `		term, err := l.TryCampaign(ctx)
		if !errors.Is(err, ports.ErrNotLeader) && (err != nil || term.Number == 0) {`,
		in: "./adapters/flockleader", tests: "TestContract", hangs: true,
	},
	{
		name: "numbers-of-terms-forgotten", why: "a clock that is set back gives a new leader an old number: its saves are refused, or those of an old leader taken",
		file: "adapters/flockleader/number.go",
		old:  `max(last+1, l.opts.Now().UnixMilli())`,
		new:  `max(min(last, 1), l.opts.Now().UnixMilli())`,
		in:   "./adapters/flockleader", tests: "TestNumbersAscendWhileTheClockIsSetBack",
	},
	{
		name: "duties-beyond-their-term", why: "a process that lost the leadership still sends webhooks while the next leader sends them too",
		file: "application/leadership/duties.go",
		old:  `could not be ended: this process tries again", d.end)`,
		new:  `could not be ended: this process tries again", func(context.Context) error { return nil })`,
		in:   "./application/leadership", tests: "TestDutiesEndWithATermThatIsLost",
	},
}
