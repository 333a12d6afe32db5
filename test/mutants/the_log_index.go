package main

// The index of what is closed, which answers lists as the log would.
var indexed = []mutant{
	{
		name: "start-waits-for-the-index", why: "the disk fills while the index is built, and the service does not start",
		file: "application/indexing/late.go",
		old:  `!ofIndex || ctx.Err() != nil {`,
		new:  `ofIndex || err != nil {`,
		in:   "./application/indexing", tests: "TestAStartContinuesWhileTheIndexCannotBeBuilt",
	},
	{
		name: "keys-of-the-old-version-left", why: "the index grows, and pages examine what no longer is",
		file: "adapters/queryindex/write.go",
		old:  `{ w.batch.Delete(key) }`,
		new:  `{ _ = key }`,
		in:   "./adapters/queryindex", tests: "TestInMemory",
	},
	{
		name: "older-version-put-again", why: "an entry in the index goes back to an earlier state",
		file: "adapters/queryindex/write.go",
		old:  `old.Version >= e.Version`,
		new:  `old.Version == e.Version`,
		in:   "./adapters/queryindex", tests: "TestInMemory",
	},
	{
		name: "page-over-its-budget", why: "one list reads the whole index",
		file: "adapters/queryindex/search.go",
		old:  `if examined == s.q.Examine || len(page.Entries) == s.q.Limit {`,
		new:  `if len(page.Entries) == s.q.Limit {`,
		in:   "./adapters/queryindex", tests: "TestInMemory",
	},
	{
		name: "cursor-without-its-id", why: "a page misses entries with the time at which the page before ended",
		file: "adapters/queryindex/search.go",
		old: `	place := appendPlace(slices.Clone(prefix), s.q.Sort, s.q.After)
`,
		new: `	place := appendPlace(slices.Clone(prefix), s.q.Sort, s.q.After)
	if s.q.Sort != ports.ByID {
		place = place[:len(prefix)+timeBytes]
	}
`,
		in: "./adapters/queryindex", tests: "TestInMemory",
	},
	{
		name: "replaced-entry-listed", why: "a list has an entry that does not fit it",
		file: "adapters/queryindex/search.go",
		old:  `if e.Status != r.status || `,
		new:  `if `,
		in:   "./adapters/queryindex", tests: "TestAnEntryThatIsReplacedDuringAListIsNotListedAsItWas",
	},
	{
		name: "evicted-before-the-mark", why: "an entry is in no place, because an older copy of the index was taken for whole",
		file: "application/indexing/indexer.go",
		old:  `evict(x.state, append(put, batch...), mark.Position)`,
		new:  `evict(x.state, append(put, batch...), visible)`,
		in:   "./application/indexing", tests: "TestTheMarkNeverPassesAnEntryThatIsNotInTheIndex",
	},
	{
		name: "mark-beyond-entries-of-a-snapshot", why: "an older copy of the index is read from a mark that it has not reached",
		file: "application/indexing/indexer.go",
		old:  `		at = left[0].since - 1`,
		new:  `		at = left[0].at - 1`,
		in:   "./application/indexing", tests: "TestTheMarkNeverPassesAnEntryOfASnapshotThatIsNotInTheIndex",
	},
	{
		name: "mark-beyond-its-entries", why: "a start relies on an index that lacks entries",
		file: "application/indexing/indexer.go",
		old:  `		at = left[0].since - 1`,
		new:  `		at = left[0].since`,
		in:   "./application/indexing", tests: "TestTheMarkNeverPassesAnEntryThatIsNotInTheIndex",
	},
	{
		name: "evicted-after-a-failed-write", why: "an entry has left memory, and the index does not have it",
		file: "application/indexing/indexer.go",
		old: `entries(batch), mark); err != nil {
			return err`,
		new: `entries(batch), mark); err != nil && ctx.Err() != nil {
			return err`,
		in: "./application/indexing", tests: "TestNoEntryLeavesMemoryBeforeItIsInTheIndex",
	},
	{
		name: "query-index-of-another-log", why: "lists have reservations of another store",
		file: "application/indexing/prepare.go",
		old:  `if err == nil && id != mark.Commit {`,
		new:  `if err == nil && id == "" {`,
		in:   "./application/indexing", tests: "TestAnIndexIsMadeFitForTheState",
	},
	{
		name: "query-index-that-lacks-entries", why: "a reservation that the snapshot relies on the index for is gone",
		file: "application/indexing/prepare.go",
		old:  `if mark.Position >= need.Mark {`,
		new:  `if mark.Position >= need.Mark || mark.Position == 0 {`,
		in:   "./application/indexing", tests: "TestAnIndexIsMadeFitForTheState",
	},
	{
		name: "snapshot-asks-nothing-of-the-index", why: "the same, because the snapshot does not say so",
		file: "application/inventory/snapshot.go",
		old:  `indexed = s.index.Mark().Position`,
		new:  `indexed = 0`,
		in:   "./application/indexing", tests: "TestWhateverHappensEveryEntryIsFoundAsTheLogLeavesIt",
	},
	{
		name: "summary-trusted", why: "a list has entries without a term that it asks for",
		file: "adapters/queryindex/search.go",
		old:  `if !slices.Contains(e.Terms, t) {`,
		new:  `if !slices.Contains(e.Terms, t) && e == nil {`,
		in:   "./adapters/queryindex", tests: "TestAListTellsEntriesApartThatLookAlike",
	},
	{
		name: "late-index-not-prepared", why: "an index that was opened late lacks entries",
		file: "application/indexing/late.go",
		old:  `if err := l.prepare(ctx, index); err != nil {`,
		new:  `if err := ctx.Err(); err != nil {`,
		in:   "./application/indexing", tests: "TestAStartWithAFullDiskUsesTheIndexOnceThereIsSpace",
	},
	{
		name: "late-index-asks-for-nothing", why: "a snapshot of that time does not say that it needs the index",
		file: "application/indexing/late.go",
		old:  `	l.needed.Store(int64(need.Mark))`,
		new:  `	l.needed.Store(0)`,
		in:   "./application/indexing", tests: "TestAStartWithAFullDiskUsesTheIndexOnceThereIsSpace",
	},
	{
		name: "missing-entry-not-found", why: "verify says that all is well, and a closed reservation is in no list",
		file: "application/indexing/compare.go",
		old:  `		return c.differ(want, fmt.Sprintf("is missing, the log leads to version %d", want.Version))`,
		new:  `		return nil`,
		in:   "./application/indexing", tests: "TestAComparisonFindsEveryDifferenceOfAnIndex",
	},
	{
		name: "closed-records-not-compared", why: "verify does not see that a snapshot contradicts the log",
		file: "application/snapshot/saved.go",
		old:  `	if !bytes.Equal(text, want) {`,
		new:  `	if bytes.Equal(text, nil) {`,
		in:   "./application/snapshot", tests: "TestAComparisonFindsAClosedEntryThatDiffers",
	},
}
