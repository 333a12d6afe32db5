package main

// How several processes on one directory keep out of each other's way.
var processes = []mutant{
	{
		name: "log-not-locked", why: "two processes write at the same place",
		file: "adapters/jsonevents/exclusive.go",
		old:  `	if err := x.queue.Acquire(); err != nil {`,
		new:  `	if err := error(nil); err != nil {`,
		in:   "./adapters/jsonevents", tests: "TestSeveralProcesses|TestContractOfSeveralProcessesThatActAsOne|TestAProcessIsKilledInEveryCall",
	},
	{
		name: "sealed-on-a-stale-end", why: "versions, keys and tokens are checked against what there was before others wrote",
		file: "adapters/jsonevents/exclusive.go",
		old:  `	err := x.join()`,
		new: `	x.current = true
	err := x.inPlace()`,
		in: "./adapters/jsonevents", tests: "TestSeveralProcesses|TestContractOfSeveralProcessesThatActAsOne",
	},
	{
		name: "closed-timestamp-not-kept", why: "a hold is committed after a reader was told that it is over",
		file: "adapters/jsonevents/batch.go",
		old:  `if c.Time.Before(b.closed) {`,
		new:  `if c.Time.Before(b.closed) && c.Time.IsZero() {`,
		in:   "./adapters/jsonevents", tests: "TestSeveralProcesses",
	},
	{
		name: "closed-timestamp-not-noted", why: "the same: the other processes do not know what the reader was told",
		file: "adapters/jsonevents/watermark.go",
		old:  `x.watermark.Closed = later(x.watermark.Closed, b.closes)`,
		new:  `_ = b.closes`,
		in:   "./adapters/jsonevents", tests: "TestSeveralProcesses",
	},
	{
		name: "times-of-others-not-noted", why: "a process with a slow clock decides on holds that another saw expire",
		file: "adapters/jsonevents/watermark.go",
		old:  `m.Used = later(m.Used, x.used.floor(last.Time))`,
		new:  `m.Used = last.Time`,
		in:   "./adapters/jsonevents", tests: "TestSeveralProcesses",
	},
	{
		name: "times-of-others-ignored", why: "the same",
		file: "adapters/jsonevents/follower.go",
		old:  `	f.raise(n.Watermark.Used)`,
		new:  `	_ = n.Watermark.Used`,
		in:   "./adapters/jsonevents", tests: "TestSeveralProcesses",
	},
	{
		name: "decided-on-old-numbers", why: "a refusal tells of units that another process has put there, or of a key that it has not heard of",
		file: "application/ledger/tailer.go",
		old: `	err := t.foldOthers(ctx)
	return t.clock.Now(), err`,
		new: `	err := ctx.Err()
	return t.clock.Now(), err`,
		in: "./application/ledger", tests: "TestLedgersOfSeveralProcesses",
	},
	{
		name: "deadline-not-closed-for-decisions", why: "what is decided on a hold that is over stands beside its commit by another process",
		file: "application/ledger/tailer.go",
		old:  `		case due.After(closed):`,
		new:  `		case due.After(closed) && now.IsZero():`,
		in:   "./application/ledger", tests: "TestLedgersOfSeveralProcesses",
	},
	{
		name: "deadline-not-closed-for-reads", why: "a read says that a hold is over which another process commits",
		file: "application/ledger/reader.go",
		old:  `return r.tailer.closeDeadlines(ctx, last)`,
		new:  `return nil`,
		in:   "./application/ledger", tests: "TestLedgersOfSeveralProcesses",
	},
	{
		name: "folded-while-decided", why: "a decision sees half of what another process has written",
		file: "application/ledger/attempt.go",
		old:  `	defer tailer.endDecisions()`,
		new:  `	tailer.endDecisions()`,
		in:   "./application/ledger", tests: "TestWhatOthersWriteComesBetweenDecisionsAndNotInto",
	},
	{
		name: "tokens-not-carried", why: "the store cannot tell that a writer has lost its leases",
		file: "application/ledger/attempt.go",
		old:  `Tokens:     a.lease.tokensOf(tx.reliedStreams()),`,
		new:  `Tokens:     nil,`,
		in:   "./application/ledger", tests: "TestCommitsCarryTheTokensOfTheirOwnStreams",
	},
	{
		name: "lock-that-excludes-no-process", why: "LOCK was removed, and the next process locks another file",
		file: "adapters/jsonevents/internal/processlock/queue.go",
		old:  `if linked, err := lock.Linked(); err != nil || !linked {`,
		new:  `if linked, err := lock.Linked(); err != nil && !linked {`,
		in:   "./adapters/jsonevents", tests: "TestSharingADirectory",
	},
	{
		name: "network-shared", why: "a file system that keeps no locks between machines is shared",
		file: "adapters/jsonevents/internal/processlock/queue.go",
		old:  `	if err := disk.Local(dir); err != nil {`,
		new:  `	if err := disk.Local(dir); err != nil && dir == "" {`,
		in:   "./adapters/jsonevents", tests: "TestSharingADirectory",
	},
	{
		name: "times-of-others-not-told", why: "the clock of decisions does not hear of what others have seen",
		file: "bootstrap/backend_json.go",
		old: `		Raise:        p.Clock.Raise,
`,
		new: ``,
		in:  "./bootstrap", tests: "TestProcessesThatShareADirectoryRaiseEachOthersClocks",
	},
}
