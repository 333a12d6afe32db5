package main

// What readers are shown, and when.
var visibility = []mutant{
	{
		name: "shown-before-the-sync", why: "a reader sees a change that a power loss takes back",
		file: "adapters/jsonevents/committer.go",
		old: `	if b.commits > 0 {
		if err := c.guarded(func() error { return c.log.append(b) }); err != nil {
			return err
		}
	}`,
		new: `	if b.commits > 0 {
		c.view.publish(b)
		if err := c.guarded(func() error { return c.log.append(b) }); err != nil {
			return err
		}
		c.log.writer.Advance(b.lines, b.chain)
		return nil
	}`,
		in: "./adapters/jsonevents", tests: "TestGroupCommit",
	},
	{
		name: "items-shown-before-the-append", why: "a read, or the next decision, stands on what is refused in the end",
		file: "application/ledger/batch.go",
		old:  `	fates, err := b.ledger.writer.append(b.lease, a.commits)`,
		new: `	for i := range a.decisions {
		if tx := a.decisions[i].tx; tx != nil {
			p := b.ledger.state.Publish(0)
			tx.slots.publish(p)
			p.End(&ports.Commit{})
		}
	}
	fates, err := b.ledger.writer.append(b.lease, a.commits)`,
		in: "./application/ledger", tests: "TestNothingIsVisibleBeforeItIsDurable",
	},
	{
		name: "refusal-does-not-wait", why: "a refusal tells of units that were taken by a command which never happened",
		file: "application/ledger/batch.go",
		old:  `case !unsound:`,
		new:  `case !unsound || unsound:`,
		in:   "./application/ledger", tests: "TestARefusalThatStoodOnAFailedAppendIsDecidedAgain",
	},
	{
		name: "refusal-before-the-append", why: "a refusal is answered before what it stands on is durable",
		file: "application/ledger/batch.go",
		old:  `	fates, err := b.ledger.writer.append(b.lease, a.commits)`,
		new: `	a.decisions = slices.DeleteFunc(a.decisions, func(d decision) bool {
		if d.kind != toAnswer {
			return false
		}
		d.command.answer(Outcome{Result: d.result}, d.err)
		return true
	})
	fates, err := b.ledger.writer.append(b.lease, a.commits)`,
		in: "./application/ledger", tests: "TestARefusalThatStoodOnAFailedAppendIsDecidedAgain|TestNothingIsVisibleBeforeItIsDurable",
	},
	{
		name: "dry-run-feeds-the-next", why: "a command is decided on units that only a dry run put there",
		file: "application/ledger/attempt.go",
		old: `d.err != nil || request.DryRun {
		return`,
		new: `d.err != nil || request.DryRun {
		a.working.keep(tx)
		return`,
		in: "./application/ledger", tests: "TestADryRunLeavesNothingToTheNext",
	},
	{
		name: "position-over-a-gap", why: "a reader is told that it has seen everything up to a position, and has not",
		file: "application/inventory/visible.go",
		old:  `if p > reached+1 {`,
		new:  `if p > reached+1 && len(v.early) < 0 {`,
		in:   "./application/inventory", tests: "TestTheVisiblePositionWaitsForGaps",
	},
	{
		name: "feed-beyond-the-durable-end", why: "followers get what a power loss takes back",
		file: "adapters/jsonevents/view.go",
		old:  `Last: v.log.last.Position, End: v.log.end}, true`,
		new:  `Last: v.log.last.Position}, true`,
		in:   "./adapters/jsonevents", tests: "TestBytesAfterTheDurableEndDisturbNoReader",
	},
	{
		name: "snapshot-of-the-unshown", why: "a snapshot is taken while a commit is half shown",
		file: "application/inventory/snapshot.go",
		old:  `if err := s.WaitFor(ctx, at); err != nil {`,
		new:  `if err := ctx.Err(); err != nil {`,
		in:   "./application/inventory", tests: "TestASnapshotWaitsForGaps",
	},
}
