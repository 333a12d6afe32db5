package main

// Followers of the log.
var followers = []mutant{
	{
		name: "feed-skips-a-gap", why: "followers never see what the gap had",
		file: "application/feed/source.go",
		old:  `if err == nil && r.Position != after+1 {`,
		new:  `if err == nil && r.Position < after+1 {`,
		in:   "./application/feed", tests: "TestAnErrorOfTheLogIsReportedOnceAndNothingIsSkipped",
	},
	{
		name: "ring-begins-too-early", why: "a follower that is behind gets the rest without notice of the gap",
		file: "application/feed/ring.go",
		old:  `return after+1 >= r.first }`,
		new:  `return after+2 >= r.first }`,
		in:   "./application/feed", tests: "TestEveryFollowerSeesWhatItWantsOnceInOrder",
	},
	{
		name: "handed-on-with-another-time", why: "followers in memory see another time than readers of the log",
		file: "application/ledger/ledger.go",
		old:  `c.Time, c.ValidUntil = fate.Time, time.Time{} // as the log has it`,
		new:  `c.ValidUntil = time.Time{}`,
		in:   "./application/ledger", tests: "TestLedgersOfSeveralProcessesAgree",
	},
	{
		name: "handed-over-past-a-gap", why: "followers miss a commit that its writer publishes late",
		file: "application/feed/handover.go",
		old:  `		c, found := h.commits[after+1]`,
		new: `		c, found := h.commits[after+1]
		for p, later := range h.commits {
			if !found && p > after {
				c, found = later, true
			}
		}`,
		in: "./application/feed", tests: "TestEveryFollowerSeesWhatItWantsOnceInOrder",
	},
	{
		name: "event-published-again", why: "after a kill the file has events twice",
		file: "adapters/eventfile/file.go",
		old:  `if e := &events[n]; !f.has.holds(e.ID()) {`,
		new:  `if e := &events[n]; e != nil {`,
		in:   "./adapters/eventfile", tests: "TestEachEventIsInTheFileOnceWhateverHappens",
	},
	{
		name: "page-that-could-not-be-removed", why: "the cache fails, and an answer is older than the position that it names",
		file: "application/centralview/pages.go",
		old: `		c.renew()
	}
	if ctx`,
		new: `	}
	if ctx`,
		in: "./application/centralview", tests: "TestACacheThatFailsCostsTimeOnly",
	},
	{
		name: "published-before-the-sync", why: "the checkpoint is beyond what the file has after a power loss",
		file: "adapters/eventfile/file.go",
		old: `		if err := f.file.Datasync(); err != nil {
			return 0, err
		}
		f.end`,
		new: `		f.end`,
		in:  "./adapters/eventfile", tests: "TestEachEventIsInTheFileOnceWhateverHappens",
	},
	{
		name: "half-an-event-left", why: "the next event is written behind a torn one",
		file: "adapters/eventfile/file.go",
		old:  `	if !f.beyond {`,
		new:  `	if f.beyond || !f.beyond {`,
		in:   "./adapters/eventfile", tests: "TestEachEventIsInTheFileOnceWhateverHappens",
	},
	{
		name: "refused-event-passed-over", why: "an event that its target refused is not tried again",
		file: "application/projection/deliverer.go",
		old:  `	d.block(&events[n], err)`,
		new:  `	d.state.markHandled(events[n : n+1])`,
		in:   "./application/projection", tests: "TestAnEventThatCannotBeHandled",
	},
	{
		name: "later-events-overtake", why: "an item's events come out of order behind one that waits",
		file: "application/projection/deliverer.go",
		old:  `		events = d.state.onlyPending(events[n+1:])`,
		new:  `		events = events[n+1:]`,
		in:   "./application/projection", tests: "TestAnEventThatCannotBeHandled|TestAnyOrderOfCrashesAndRedrivesGivesTheFold",
	},
	{
		name: "two-deliveries-of-an-item", why: "two events of an item are under way at the same time, and the receiver sees the later one first",
		file: "application/projection/window.go",
		old: `		if w.busy[q.Stream] {
`,
		new: `		if q.underWay {
`,
		in: "./application/projection", tests: "TestSeveralDeliveriesAtATime",
	},
	{
		name: "position-beyond-a-gap", why: "the checkpoint's position passes an event that is still under way, and a crash loses it",
		file: "application/projection/window.go",
		old:  `return s.left > 0 })`,
		new:  `return s.left > 1 })`,
		in:   "./application/projection", tests: "TestSeveralDeliveriesAtATime",
	},
	{
		name: "refused-item-continues", why: "events of an item that were read before one of them was refused overtake it",
		file: "application/projection/flow.go",
		old:  `	f.window.holdBack(events[0].Stream)`,
		new:  `	f.window.holdBack("")`,
		in:   "./application/projection", tests: "TestAnyOrderOfCrashesKeepsTheOrderOfEachStream|TestDeliveriesOfSeveralEvents",
	},
	{
		name: "bad-event-hides-in-its-batch", why: "a receiver that refuses one event of a batch gets no event any more",
		file: "application/projection/flow.go",
		old:  `		f.alone = max(f.alone, events[len(events)-1].Position)`,
		new:  `		f.alone = max(f.alone, 0)`,
		in:   "./application/projection", tests: "TestDeliveriesOfSeveralEvents",
	},
	{
		name: "batches-of-one-name", why: "a receiver skips events that it has not seen, because another batch had the same webhook-id",
		file: "adapters/webhook/sign.go",
		old:  `		for i := range events {`,
		new:  `		for i := range events[:1] {`,
		in:   "./adapters/webhook", tests: "TestTheNameOfABatchFollowsFromAllOfItsEvents",
	},
	{
		name: "newcomers-take-common-permits", why: "receivers that hang from the start take the permits of those that answer",
		file: "adapters/bulkhead/shares.go",
		old:  `most: min(most, s.opts.Most)}`,
		new:  `most: min(most, s.opts.Most), prompt: true}`,
		in:   "./adapters/bulkhead", tests: "TestADependencyHasOnePermitUntilItHasAnswered",
	},
	{
		name: "webhook-turns-inwards", why: "a webhook reaches an address inside that no client outside may reach",
		file: "adapters/webhook/guard.go",
		old:  `	case !public(ip):`,
		new:  `	case !public(ip) && !ip.IsValid():`,
		in:   "./adapters/webhook", tests: "TestOnlyPublicAddressesAreDialled",
	},
	{
		name: "webhook-to-the-machine-itself", why: "a webhook reaches what listens on the machine's public address",
		file: "adapters/webhook/guard.go",
		old:  `	case g.own(ip):`,
		new:  `	case g.own(ip) && !ip.IsValid():`,
		in:   "./adapters/webhook", tests: "TestAddressesOfTheMachineAreNotDialled|TestANameOfThisMachineIsNotFollowed",
	},
	{
		name: "failures-that-map-the-network", why: "a client learns from the reasons of failures which hosts inside exist",
		file: "adapters/webhook/outcome.go",
		old:  `return &ports.DeliveryError{Reason: ports.NoAnswer, Cause: cause}`,
		new:  `return &ports.DeliveryError{Reason: cause, Cause: cause}`,
		in:   "./adapters/webhook", tests: "TestNoAnswerTellsNothingOfTheNetwork",
	},
	{
		name: "times-that-map-the-network", why: "a client learns the same from the time that a webhook's test takes",
		file: "application/subscription/test_webhook.go",
		old:  `	if a.unanswered() {`,
		new:  `	if a.unanswered() && a.Delivered {`,
		in:   "./application/subscription", tests: "TestATestWithoutAnAnswerTakesWholeSeconds",
	},
	{
		name: "dials-beyond-their-attempt", why: "a receiver that never shakes hands holds a connection for each attempt, for ever",
		file: "adapters/webhook/sender.go",
		old: `			ctx = attempt
`,
		new: `			_ = attempt
`,
		in: "./adapters/webhook", tests: "TestAConnectionEndsWithItsAttempt",
	},
	{
		name: "webhooks-without-permits-of-their-own", why: "a few receivers that hang stop the deliveries to all others",
		file: "adapters/bulkhead/shares.go",
		old:  `s.inUse > 0 && (s.all.free == 0 ||`,
		new:  `s.inUse >= 0 && (s.all.free == 0 ||`,
		in:   "./adapters/bulkhead", tests: "TestHangingDependenciesTakeNoPermitOfOthers",
	},
	{
		name: "common-permits-for-those-that-hang", why: "receivers that hang take the common permits, and slow the others down",
		file: "adapters/bulkhead/publisher.go",
		old:  `p.share.ended(!refused || !refusal.TimedOut)`,
		new:  `p.share.ended(!refused || refusal.TimedOut)`,
		in:   "./adapters/bulkhead", tests: "TestOnlyDependenciesThatAnswerInTimeHaveMoreThanOnePermit",
	},
	{
		name: "time-outs-that-no-circuit-counts", why: "a receiver that hangs is called all the time: its time-outs are too few for its circuit",
		file: "bootstrap/breakers.go",
		old:  `Hung: guarded.DeliveryHung,`,
		new:  ``,
		in:   "./bootstrap", tests: "TestAHangingReceiverIsLeftAloneAndThenGetsEverythingInOrder",
	},
}
