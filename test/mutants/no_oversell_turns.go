package main

// How decisions on the same stock keep out of each other's way.
var turns = []mutant{
	{
		name: "versions-not-checked", why: "two decisions on the same units are both written",
		file: "adapters/jsonevents/internal/logindex/pending.go",
		old:  `if e.Version != t.version+1 {`,
		new:  `if false {`,
		in:   "./adapters/jsonevents", tests: "TestContractInMemory",
	},
	{
		name: "group-not-looked-at", why: "two decisions of one group commit stand on the same version",
		file: "adapters/jsonevents/internal/logindex/pending.go",
		old:  `if t, ok := p.streams[id]; ok {`,
		new:  `if t, ok := p.streams[id]; ok && t.version == 0 {`,
		in:   "./adapters/jsonevents", tests: "TestContractInMemory|TestGroupCommit",
	},
	{
		name: "stale-token-accepted", why: "a process that lost its lease, and does not know it, continues to write",
		file: "adapters/jsonevents/internal/logindex/pending.go",
		old:  `if highest := p.token(t.Stream); t.Token < highest {`,
		new:  `if highest := p.token(t.Stream); t.Token < highest && false {`,
		in:   "./adapters/jsonevents", tests: "TestContractInMemory",
	},
	{
		name: "token-of-the-group-not-looked-at", why: "a stale token is taken beside the one that makes it stale",
		file: "adapters/jsonevents/internal/logindex/pending.go",
		old:  `return max(p.tokens[id], p.base.token(id))`,
		new:  `return p.base.token(id)`,
		in:   "./adapters/jsonevents", tests: "TestContractInMemory|TestGroupCommit",
	},
	{
		name: "command-overtakes", why: "two commands on one item are decided at the same time, on the same numbers",
		file: "application/ledger/queues.go",
		old:  `	if p.blocked == 0 {`,
		new:  `	if p.blocked == 0 || len(p.set.streams) > p.blocked {`,
		in:   "./application/ledger", tests: "TestQueues",
	},
	{
		name: "batch-takes-what-waits-elsewhere", why: "a command is decided in one queue while another command is first in its other queue",
		file: "application/ledger/queues.go",
		old:  `if p.blocked != 1 || len(commands) == maxBatch {`,
		new:  `if len(commands) == maxBatch {`,
		in:   "./application/ledger", tests: "TestQueues|TestCrossingCommandsUnderLoad",
	},
	{
		name: "queues-one-by-one", why: "a command is started while it still enters its queues",
		file: "application/ledger/queues.go",
		old: `		q.byStream[id] = append(queue, p)
	}`,
		new: `		q.byStream[id] = append(queue, p)
		q.mu.Unlock()
		others := make(chan struct{})
		go close(others)
		<-others
		q.mu.Lock()
	}`,
		in: "./application/ledger", tests: "TestQueues|TestCrossingCommandsUnderLoad", hangs: true,
	},
	{
		name: "lines-not-looked-at-again", why: "a reservation is changed while the queues of its new items are not held",
		file: "application/ledger/attempt.go",
		old:  `if p.request.Keys.Lines && !p.set.has(tx.lines()) {`,
		new:  `if p.request.Keys.Lines && p.set.streams == nil {`,
		in:   "./application/ledger", tests: "TestACommandByReservationFollowsItsLines",
	},
	{
		name: "stands-on-what-is-not-written", why: "a command is written that relied on one which was refused",
		file: "application/ledger/attempt.go",
		old:  `if a.working.supports(tx) {`,
		new:  `if a.working.supports(tx) && false {`,
		in:   "./application/ledger", tests: "TestWhatRestsOnACommandThatIsNeverWrittenIsDecidedAgain",
	},
	{
		name: "built-on-what-was-refused", why: "a command is written that was decided on one which was refused, since another process wrote that version",
		file: "adapters/jsonevents/batch.go",
		old:  `	if err := unwritten.Conflict(&c); err != nil {`,
		new:  `	if err := unwritten.Conflict(&c); err != nil && len(c.Events) == 0 {`,
		in:   "./adapters/jsonevents", tests: "TestContractInMemory",
	},
	{
		name: "lost-race-on-old-numbers", why: "a command that lost to another writer is decided on what was known before, for ever",
		file: "application/ledger/requeuer.go",
		old:  `if err := r.ledger.tailer.foldAll(context.Background()); err != nil {`,
		new:  `if err := context.Background().Err(); err != nil {`,
		in:   "./application/ledger", tests: "TestTwoLedgersOnOneLogAgree", hangs: true,
	},
	{
		name: "decision-changes-what-is-shown", why: "a decision that is never written leaves its traces",
		file: "application/ledger/slots.go",
		old: `		mine := *s.value
		s.before, s.value, s.own = s.value, &mine, true`,
		new: `		s.before, s.own = s.value, true`,
		in:  "./application/ledger", tests: "TestNothingIsVisibleBeforeItIsDurable|TestAnIdempotencyKey",
	},
	{
		name: "shows-an-older-version", why: "readers see numbers that are over",
		file: "application/inventory/publication.go",
		old:  `if item.Version <= before.Version {`,
		new:  `if false {`,
		in:   "./application/inventory", tests: "TestAnItemNeverGoesBack", hangs: true,
	},
	{
		name: "registry-goes-back", why: "a reservation that is closed is open again",
		file: "application/inventory/registry_publish.go",
		old:  ` || old != nil && f.version <= r.facts(old).version {`,
		new:  ` {`,
		in:   "./application/inventory", tests: "TestARegistryNeverGoesBack",
	},
	{
		name: "evicted-comes-back", why: "a reservation that has left memory is open again, as it was before its end",
		file: "application/inventory/registry_publish.go",
		old:  `p.at <= r.shared.visible.position() || `,
		new:  ``,
		in:   "./application/inventory", tests: "TestAnEvictedEntryDoesNotComeBack",
	},
	{
		name: "evicts-an-entry-that-changed", why: "the newest version of a reservation is in no place",
		file: "application/inventory/registry_publish.go",
		old:  `if r.ending[id].Entry == c.Entry {`,
		new:  `if r.ending[id].Entry != nil {`,
		in:   "./application/inventory", tests: "TestAnEntryThatChangedIsNotEvicted",
	},
}
