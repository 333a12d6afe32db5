package main

const (
	logIndex    = "adapters/jsonevents/internal/logindex/"
	inLogIndex  = "./adapters/jsonevents/internal/logindex"
	inLogAround = "./adapters/jsonevents"
)

// How the index of the log on disk agrees with the log.
var indexedLog = []mutant{
	{
		name: "index-entry-dropped-before-it-is-durable", why: "two decisions on the same units are both written while the index is saved",
		file: logIndex + "index.go",
		old:  `if t, ok := x.flushing.streams[id]; ok {`,
		new:  `if t, ok := x.flushing.streams[id]; ok && id == "" {`,
		in:   inLogIndex, tests: "TestChangesLeaveMemoryOnlyOnceTheyAreDurable",
	},
	{
		name: "index-lookup-overtaken", why: "a commit is checked against a version that has passed",
		file: logIndex + "index.go",
		old:  `continue // it may have changed since, and left memory`,
		new:  `before = x.dropped`,
		in:   inLogIndex, tests: "TestALookupThatAFlushOvertakesIsCurrent",
	},
	{
		name: "index-mark-ahead-of-its-entries", why: "a start does not read commits that the index lacks",
		file: logIndex + "flush.go",
		old:  `	for _, id := range f.ids {`,
		new:  `	for _, id := range f.ids[len(f.ids)/2:] {`,
		in:   inLogAround, tests: "TestAStoreIsTheSameWithItsIndexAndWithout",
	},
	{
		name: "index-without-tokens", why: "after a restart old leases are good again",
		file: logIndex + "flush.go",
		old:  `	for _, id := range slices.Sorted(maps.Keys(f.tokens)) {`,
		new:  `	for _, id := range slices.Sorted(maps.Keys(f.tokens))[:0] {`,
		in:   inLogAround, tests: "TestAStoreIsTheSameWithItsIndexAndWithout",
	},
	{
		name: "index-of-another-log", why: "a backup is put back, and the index of the abandoned history is believed",
		file: "adapters/jsonevents/scanner.go",
		old:  `	case l.Position == s.base.Position && l.Hash != s.base.Hash:`,
		new:  `	case false:`,
		in:   inLogAround, tests: "TestAnIndexOfAnAbandonedHistoryIsNotUsed",
	},
	{
		name: "index-newer-than-the-log", why: "a backup is put back, and the index knows commits that the log does not have",
		file: "adapters/jsonevents/recovery_index.go",
		old:  `	if err == nil && log.last.Position < mark.Position {`,
		new:  `	if err == nil && log.last.Position < 0 {`,
		in:   inLogAround, tests: "TestAnIndexOfAnAbandonedHistoryIsNotUsed",
	},
	{
		name: "wrong-index-is-damage-of-the-log", why: "an index is wrong, and a start cuts acknowledged commits off",
		file: "adapters/jsonevents/scanner.go",
		old:  `	case s.base.Position > 0:`,
		new:  `	case false:`,
		in:   inLogAround, tests: "TestAnIndexThatDoesNotFitTheLogIsMadeAgain",
	},
	{
		name: "damaged-index-says-no", why: "the index is damaged, and a stream seems not to exist",
		file: logIndex + "index.go",
		old:  `			return tail{}, fmt.Errorf("%w: %w", ErrLookup, err)`,
		new:  `			return tail{}, nil`,
		in:   inLogAround, tests: "TestADamagedIndexStopsOnlyTheCommandsThatNeedIt",
	},
}

// How little of the index waits in memory.
var boundedIndex = []mutant{
	{
		name: "commits-overtake-the-index", why: "flushes are slower than commits, and memory fills",
		file: "adapters/jsonevents/throttle.go",
		old:  `	for index.Changes() >= t.most {`,
		new:  `	for index.Changes() < 0 {`,
		in:   inLogAround, tests: "TestCommitsWaitForTheFlushWhileTooManyChangesWaitForIt",
	},
	{
		name: "commits-wait-for-a-broken-index", why: "the index cannot be written, and no change is accepted any more",
		file: "adapters/jsonevents/throttle.go",
		old:  `	t.passes = err != nil`,
		new:  `	t.passes = false`,
		in:   inLogAround, tests: "TestCommitsWaitForTheFlushWhileTooManyChangesWaitForIt",
	},
	{
		name: "start-without-flushes", why: "a start that is far behind keeps all changes in memory",
		file: "adapters/jsonevents/log_scan.go",
		old:  `		if s.flush != nil && first < s.head.End.Segment {`,
		new:  `		if s.flush != nil && first < 0 {`,
		in:   inLogAround, tests: "TestAStartThatIsFarBehindFlushesTheIndexOnItsWay",
	},
	{
		name: "index-of-another-process-emptied", why: "each start makes the other processes read the whole log",
		file: "adapters/internal/orderedkv/slots.go",
		old:  `newest.Sub(last) > keepUnused {`,
		new:  `newest.Sub(last) >= 0 {`,
		in:   "./adapters/internal/orderedkv", tests: "TestASlotThatNoProcessUsesIsEmptied",
	},
	{
		name: "streams-without-a-limit", why: "the index cannot be written, and changed streams fill the memory",
		file: logIndex + "pending.go",
		old:  `	if p.streamsFull(c) {`,
		new:  `	if false {`,
		in:   inLogAround, tests: "TestStreamsThatWaitForAnIndexThatCannotBeWrittenAreLimited",
	},
}

// How the index knows the keys of the log.
var indexedKeys = []mutant{
	{
		name: "key-forgotten-early", why: "a retry within the key's lifetime is done again",
		file: logIndex + "flush.go",
		old:  `mark.Buckets[n+1] <= over {`,
		new:  `mark.Buckets[n] <= over {`,
		in:   inLogIndex, tests: "TestKeysAreKnownForTheirTimeAndNotForEver",
	},
	{
		name: "old-keys-not-looked-up", why: "a retry that comes a day later takes effect a second time",
		file: logIndex + "tier.go",
		old:  `for i := len(buckets) - 1; i >= 0; i-- {`,
		new:  `for i := len(buckets) - 1; i >= len(buckets)-1 && i >= 0; i-- {`,
		in:   inLogIndex, tests: "TestKeysAreKnownForTheirTimeAndNotForEver",
	},
	{
		name: "first-use-forgets-the-second", why: "a key that was used again is forgotten with its first use",
		file: logIndex + "keys.go",
		old:  `if key := t.queue[0].key; t.numbers[key] == t.gone {`,
		new:  `if key := t.queue[0].key; t.numbers[key] >= t.gone {`,
		in:   inLogIndex, tests: "TestAKeyThatWasUsedTwiceIsKnownFromItsLastUse",
	},
	{
		name: "absent-key-stays-absent", why: "a key that was looked up, then used, is done again",
		file: logIndex + "memory.go",
		old:  `	x.absent.remove(k.key)`,
		new:  ``,
		in:   inLogIndex, tests: "TestAKeyThatWasLookedUpInVainIsFoundOnceItIsUsed",
	},
	{
		name: "full-table-forgets", why: "the index cannot be saved, and keys are forgotten before their time",
		file: logIndex + "pending.go",
		old:  `		if p.keysFull(c.Time.UnixMicro()) {`,
		new:  `		if p.keysFull(c.Time.UnixMicro() + 3600_000_000) {`,
		in:   inLogAround, tests: "TestLimits",
	},
	{
		name: "keys-not-in-the-index", why: "after a restart every retry is done again",
		file: logIndex + "flush.go",
		old:  `		for i := range some {`,
		new:  `		for i := range some[:0] {`,
		in:   inLogAround, tests: "TestAStoreIsTheSameWithItsIndexAndWithout",
	},
	{
		name: "index-that-forgot-keys", why: "IDEMP_TTL_MS is raised, and an index is used that lacks keys which live again",
		file: logIndex + "mark.go",
		old:  `return m.Since <= from.UnixMicro() }`,
		new:  `return m.Since <= from.UnixMicro() || m.Format > 0 }`,
		in:   inLogAround, tests: "TestKeysThatLiveAgainAreReadFromTheLog",
	},
}
