package main

// Deadlines of holds change without an event of their items.
var extensions = []mutant{
	{
		name: "extension-overwritten", why: "a commit of an item takes back a deadline that another process has extended meanwhile",
		file: "application/inventory/publication.go",
		old:  `if before.Version != from.Version || !before.HoldsAs(from) {`,
		new:  `if before.Version != from.Version {`,
		in:   "./application/inventory", tests: "TestAnExtensionByAnotherProcessIsNotLost",
	},
	{
		name: "extension-missing-in-a-snapshot", why: "after a restart an item ends a hold that its reservation still has",
		file: "application/inventory/publication.go",
		old:  `	if !p.aside {`,
		new:  `	if p.aside {`,
		in:   "./application/inventory", tests: "TestASnapshotHasAnExtensionThatIsPublishedAfterLaterCommits",
	},
	{
		name: "extension-relies-on-the-old-deadline-only", why: "an extension is written after decisions at times when its new deadline has come",
		file: "application/ledger/tx.go",
		old:  `	tx.Until(until) // `,
		new:  `	// `,
		in:   "./application/ledger", tests: "TestAnExtensionIsValidUntilTheEarlierDeadline",
	},
	{
		name: "brief-event-that-ends-a-reservation", why: "a reader without the reservation in memory finds nothing of it in its newest event",
		file: "domain/reservation/apply.go",
		old:  `open && r.Open() && r.maybeBrief(change)`,
		new:  `open && r.maybeBrief(change)`,
		in:   "./domain/reservation", tests: "TestAnEventThatEndsAReservationIsWhole",
	},
}
