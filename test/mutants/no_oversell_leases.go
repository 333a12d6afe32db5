package main

// Leases in files.
var leases = []mutant{
	{
		name: "lease-of-two", why: "a lease has two holders at the same time",
		file: "adapters/filelock/leases.go",
		old:  `if i >= 0 && (s.entries[i].token > 0 || !bytes.Equal(s.entries[i].owner, l.owner)) {`,
		new:  `if i >= 0 && s.entries[i].token == 0 && !bytes.Equal(s.entries[i].owner, l.owner) {`,
		in:   "./adapters/filelock", tests: "TestLeases",
	},
	{
		name: "stolen-without-the-lock", why: "several owners take a lease that is over at the same time",
		file: "adapters/filelock/shard.go",
		old: `		free, err := s.lock.TryLock()
		if free {`,
		new: `		free, err := s.lock.TryLock()
		if free || err == nil {`,
		in: "./adapters/filelock", tests: "TestOneOfManyStealsAnExpiredLease",
	},
	{
		name: "stolen-by-an-old-look", why: "the same: what is written was decided on what stood there before",
		file: "adapters/filelock/shard.go",
		old:  `	if err := s.read(); err != nil {`,
		new: `	if s.number > 0 {
		return nil
	}
	if err := s.read(); err != nil {`,
		in: "./adapters/filelock", tests: "TestOneOfManyStealsAnExpiredLease",
	},
	{
		name: "token-not-above-the-log", why: "the tokens of new leases count as stale, or stale ones as new",
		file: "adapters/filelock/leases.go",
		old:  `s.highest = max(s.highest, above) + 1`,
		new:  `s.highest = s.highest + 1`,
		in:   "./adapters/filelock", tests: "TestLeases",
	},
	{
		name: "token-given-twice", why: "an owner that lost a lease writes with the token of the new owner",
		file: "adapters/filelock/leases.go",
		old:  `s.highest = max(s.highest, above) + 1`,
		new:  `s.highest = max(s.highest, above+1)`,
		in:   "./adapters/filelock", tests: "TestLeases",
	},
	{
		name: "renewed-after-its-end", why: "an owner that was stopped for long takes back another owner's lease",
		file: "adapters/filelock/renew.go",
		old:  `		i := s.owned(l.owner, r.token)`,
		new:  `		i := s.find(string(r.token.Stream))`,
		in:   "./adapters/filelock", tests: "TestALateOwnerRenewsNoLeaseOfItsSuccessor",
	},
	{
		name: "end-not-noticed", why: "a lease that is not renewed never ends for its owner",
		file: "adapters/filelock/lease.go",
		old:  `if int64(t.all.opts.Machine.Now()) >= t.ends.Load() {`,
		new:  `if int64(t.all.opts.Machine.Now()) > 2*t.ends.Load() {`,
		in:   "./adapters/filelock", tests: "TestLeases",
	},
	{
		name: "some-of-the-leases-kept", why: "an owner that did not get all leases keeps the others waiting for those that it got",
		file: "adapters/filelock/leases.go",
		old: `			_, _ = l.giveBack(t) //nolint:contextcheck // also when ctx has ended; a lease that is left ends by itself
			return nil, err`,
		new: `			return nil, err`,
		in:  "./adapters/filelock", tests: "TestLeases",
	},
	{
		name: "released-for-somebody-else", why: "an owner that lost a lease ends that of its successor",
		file: "adapters/filelock/leases.go",
		old:  `		i := s.owned(l.owner, &t.tokens[p.at])`,
		new:  `		i := s.find(string(t.tokens[p.at].Stream))`,
		in:   "./adapters/filelock", tests: "TestLeases",
	},
	{
		name: "leases-of-an-earlier-start", why: "after the machine restarts, leases from before can never be taken",
		file: "adapters/filelock/slot.go",
		old:  `	if !slices.Equal(c.boot, boot) {`,
		new:  `	if c.boot == nil {`,
		in:   "./adapters/filelock", tests: "TestLeasesEndWithTheStartOfTheMachine|TestLeases",
	},
	{
		name: "torn-slot-believed", why: "a process is killed while it writes, and half of the leases count",
		file: "adapters/filelock/slot.go",
		old:  `	if checksum(slot) != binary.LittleEndian.Uint32(slot[20:]) {`,
		new:  `	if checksum(slot) == 0 {`,
		in:   "./adapters/filelock", tests: "TestADamagedSlotHidesNoIntactOne|TestAKillAtAnyWriteBlocksNoOtherProcess",
	},
	{
		name: "slot-overwritten", why: "a process is killed while it writes, and all leases are unknown",
		file: "adapters/filelock/shard.go",
		old:  `	other := 1 - s.newest`,
		new:  `	other := s.newest`,
		in:   "./adapters/filelock", tests: "TestAKillAtAnyWriteBlocksNoOtherProcess",
	},
	{
		name: "removed-lock-file", why: "a process that comes after the file was removed sees none of the leases",
		file: "adapters/filelock/shard.go",
		old:  `	if err != nil || linked {`,
		new:  `	if err != nil || linked || !linked {`,
		in:   "./adapters/filelock", tests: "TestARemovedFileIsCreatedAgain",
	},
}
