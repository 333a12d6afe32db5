package main

// The index of what is closed, which answers lists as the log would.
var indexed = []mutant{
	{
		name: "keys-of-the-old-version-left", why: "the index grows, and pages examine what no longer is",
		file: "adapters/queryindex/write.go",
		old:  `			w.batch.Delete(key)`,
		new:  `			_ = key`,
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
		old: `	place := appendPlace(slices.Clone(prefix), q.Sort, q.After)
`,
		new: `	place := appendPlace(slices.Clone(prefix), q.Sort, q.After)
	if q.Sort != ports.ByID {
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
}
