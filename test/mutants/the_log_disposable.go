package main

// Faults of the disk on which the indexes are, which may cost time, but no answer.
var disposable = []mutant{
	{
		name: "damaged-store-opened-again", why: "after a start reads fail as before",
		file: "adapters/internal/orderedkv/disk.go",
		old:  `	if d.mark.exists() {`,
		new:  `	if d.mark.readOnly && d.mark.exists() {`,
		in:   "./adapters/internal/orderedkv", tests: "TestDamageIsFoundAndRebuilt",
	},
	{
		name: "index-before-it-is-durable", why: "a power cut takes back lines of the log that its index has",
		file: "adapters/jsonevents/log_scan.go",
		old:  `if s.flush != nil && first < s.head.End.Segment {`,
		new:  `if s.flush != nil {`,
		in:   inLogAround, tests: "TestAStartSavesNoLinesInTheIndexThatAPowerCutCouldTakeBack",
	},
	{
		name: "damaged-query-index-says-no", why: "the query index is damaged, and the id of a closed reservation is free again",
		file: "application/inventory/registry.go",
		old:  `		return r.AtVersion(ctx, log, id, 0)`,
		new:  `		return nil, nil`,
		in:   "./application/inventory", tests: "TestAnEntryIsFoundInMemoryThenInTheIndexThenInTheLog",
	},
	{
		name: "index-before-memory", why: "a look-up shows a reservation as it was when the index got it",
		file: "application/inventory/registry.go",
		old:  `entry != nil || r.shared.index == nil {`,
		new:  `r.shared.index == nil {`,
		in:   "./application/inventory", tests: "TestAnEntryIsFoundInMemoryThenInTheIndexThenInTheLog",
	},
	{
		name: "damaged-list-ends-early", why: "the query index is damaged, and a list lacks entries",
		file: "adapters/queryindex/search.go",
		old: `			if err := r.advance(); err != nil {
				return nil, err
			}`,
		new: `			if err := r.advance(); err != nil {
				r.ended = true
			}`,
		in: "./adapters/queryindex", tests: "TestDamageMakesTheIndexUnavailable",
	},
	{
		name: "mark-without-its-entries", why: "a write of the query index failed, and entries leave memory all the same",
		file: "adapters/queryindex/write.go",
		old: `		if err == nil {
			x.state.Store(next)
		}
		<-x.turn`,
		new: `		x.state.Store(next)
		<-x.turn`,
		in: "./adapters/queryindex", tests: "TestAWriteThatFailsMovesNoMark",
	},
}
