package main

// Idempotency keys.
var keys = []mutant{
	{
		name: "abridged-answer-not-restored", why: "a repetition gets an answer without lines",
		file: "application/command/operation.go",
		old:  `may := any(&answer.Result).(abridged); may {`,
		new:  `may := any(&answer.Result).(abridged); may && kept == nil {`,
		in:   "./application/command", tests: "TestAnAnswerOfManyLinesIsKeptAbridged",
	},
	{
		name: "key-not-checked-at-the-log", why: "two processes, or two per-key queues, apply one command twice",
		file: "adapters/jsonevents/internal/logindex/pending.go",
		old:  `		if taken {`,
		new:  `		if taken && c.Key == "" {`,
		in:   "./adapters/jsonevents", tests: "TestContractInMemory",
	},
	{
		name: "key-not-checked-in-its-group", why: "two commands with one key in one group commit are both written",
		file: "adapters/jsonevents/internal/logindex/pending.go",
		old:  `		_, taken := p.keys[key]`,
		new:  `		taken := false`,
		in:   "./adapters/jsonevents", tests: "TestContractInMemory",
	},
	{
		name: "key-not-looked-up", why: "a repetition is decided again instead of answered",
		file: "application/ledger/attempt.go",
		old:  `a.recall(p); known || err != nil {`,
		new:  `a.recall(p); known && err != nil {`,
		in:   "./application/ledger", tests: "TestAnIdempotencyKey",
	},
	{
		name: "key-not-marked", why: "a repetition is decided while the first command is being written",
		file: "application/ledger/attempt.go",
		old:  `if !a.ledger.running.claim(p.key(), p) {`,
		new:  `if false {`,
		in:   "./application/ledger", tests: "TestAnIdempotencyKey",
	},
	{
		name: "answer-without-change-not-kept", why: "a batch that was answered is carried out later under the same key",
		file: "application/ledger/attempt.go",
		old: `		if p.key() == "" {
			return d`,
		new: `		if p.key() == "" || len(stored) > 0 {
			return d`,
		in: "./application/ledger", tests: "TestAnAcceptedCommandThatChangesNothingKeepsItsKey",
	},
	{
		name: "mark-of-anybody", why: "a key that is at work for another command counts as free",
		file: "application/ledger/running.go",
		old:  `taken && holder != p {`,
		new:  `taken && holder == nil {`,
		in:   "./application/ledger", tests: "TestAnIdempotencyKey",
	},
	{
		name: "unknown-outcome-frees-the-key", why: "what may have been written is taken as not written, and done again",
		file: "application/ledger/writer.go",
		old: `	case errors.Is(err, ports.ErrOutcomeUnknown):
		return w.resolve(commits, before)`,
		new: `	case errors.Is(err, ports.ErrOutcomeUnknown) && before >= 0:
		return nil, errNotWritten`,
		in: "./application/ledger", tests: "TestALostOutcomeIsFoundOut|TestEveryCommandHasItsEffectOnce",
	},
	{
		name: "unknown-outcome-left-unknown", why: "streams are decided on before it is known what is in the log, and the key stays taken for ever",
		file: "application/ledger/writer.go",
		old: `	case errors.Is(err, ports.ErrOutcomeUnknown):
		return w.resolve(commits, before)`,
		new: `	case errors.Is(err, ports.ErrOutcomeUnknown) && before < 0:
		return w.resolve(commits, before)`,
		in: "./application/ledger", tests: "TestALostOutcomeIsFoundOut|TestWhileAnOutcomeIsNotKnown",
	},
	{
		name: "unknown-outcome-taken-as-written", why: "a client is told that its command was done, and the log does not have it",
		file: "application/ledger/writer.go",
		old:  `case found:`,
		new:  `case found || !found:`,
		in:   "./application/ledger", tests: "TestALostOutcomeIsFoundOut|TestWhileAnOutcomeIsNotKnown",
	},
	{
		name: "outcome-read-before-it-is-final", why: "a commit is not found, done again, and arrives after all",
		file: "application/ledger/writer.go",
		old:  `if _, err := w.store.CatchUp(ctx); err != nil {`,
		new:  `if err := ctx.Err(); err != nil {`,
		in:   "./application/ledger", tests: "TestALostOutcomeIsFoundOut|TestWhileAnOutcomeIsNotKnown",
	},
	{
		name: "decided-beside-an-unknown-outcome", why: "only a restart can know what is in the log, and decisions go on without it",
		file: "application/ledger/writer.go",
		old:  `w.failure.CompareAndSwap(nil, &why)`,
		new:  `_ = why`,
		in:   "./application/ledger", tests: "TestAnOutcomeThatStaysUnknownIsNeverAPlainFailure",
	},
	{
		name: "done-again-without-its-caller", why: "a client that was told that the outcome is unknown, and asked again, is served twice",
		file: "application/ledger/decision.go",
		old:  `absent && p.left.Load()`,
		new:  `absent && false`,
		in:   "./application/ledger", tests: "TestALostOutcomeIsFoundOut",
	},
	{
		name: "fingerprint-not-compared", why: "another command under a used key gets an answer that is not its own",
		file: "application/ledger/attempt.go",
		old:  `case c.Fingerprint != p.request.Fingerprint:`,
		new:  `case false:`,
		in:   "./application/ledger", tests: "TestAnIdempotencyKey",
	},
	{
		name: "fingerprint-without-content", why: "the same, where only the body differs",
		file: "application/command/operation.go",
		old:  `[]any{op.name(), op.subject(), op}`,
		new:  `[]any{op.name(), op.subject()}`,
		in:   "./application/command", tests: "TestAKeyIsForOneCommand",
	},
	{
		name: "fingerprint-without-subject", why: "the same, where only the item or the id differs",
		file: "application/command/operation.go",
		old:  `[]any{op.name(), op.subject(), op}`,
		new:  `[]any{op.name(), op}`,
		in:   "./application/command", tests: "TestAKeyIsForOneCommand",
	},
	{
		name: "fingerprint-without-name", why: "the same, where the body fits another command",
		file: "application/command/operation.go",
		old:  `[]any{op.name(), op.subject(), op}`,
		new:  `[]any{op.subject(), op}`,
		in:   "./application/command", tests: "TestAKeyIsForOneCommand",
	},
	{
		name: "key-unknown-once-expired", why: "a retry after the key's lifetime is done again",
		file: "adapters/jsonevents/options.go",
		old:  `return 2 * o.KeyTTL }`,
		new:  `return o.KeyTTL }`,
		in:   "./adapters/jsonevents", tests: "TestAStoreIsTheSameWithItsIndexAndWithout",
	},
	{
		name: "expired-key-done-again", why: "a retry that comes a day later takes effect a second time",
		file: "application/ledger/attempt.go",
		old:  `return Outcome{}, true, &KeyExpiredError{Position: c.Position, Time: c.Time}`,
		new:  `return Outcome{}, false, nil`,
		in:   "./application/ledger", tests: "TestAnExpiredKey",
	},
	{
		name: "key-never-expires", why: "a key gets an old answer although clients were told that it expires",
		file: "application/ledger/attempt.go",
		old:  `case !a.now.Before(expires):`,
		new:  `case a.now.IsZero():`,
		in:   "./application/ledger", tests: "TestAnExpiredKey",
	},
	{
		name: "repetition-prolongs-its-key", why: "the time in Idempotency-Key-Expires is not when the key expires",
		file: "application/ledger/attempt.go",
		old:  `Position: c.Position, KeyExpires: expires}`,
		new:  `Position: c.Position, KeyExpires: a.now.Add(a.ledger.keyLife)}`,
		in:   "./application/ledger", tests: "TestAnExpiredKey",
	},
	{
		name: "keys-not-read-from-the-log", why: "what was done in another process, or before a restart, is done again",
		file: "adapters/jsonevents/scanner.go",
		old:  `	for i, back := range s.pending.Add(&l.Commit, key, s.log.offset()) {`,
		new: `	commit := l.Commit
	commit.Key = ""
	for i, back := range s.pending.Add(&commit, key, s.log.offset()) {`,
		in: "./adapters/jsonevents", tests: "TestContractOfSeveralProcessesThatActAsOne|TestContractInMemory",
	},
	{
		name: "withdrawn-and-run", why: "a client is told that nothing was done, and it is done",
		file: "application/ledger/pending.go",
		old:  `return p.state.CompareAndSwap(waiting, deciding) || p.state.Load() == deciding`,
		new:  `p.state.Store(deciding); return true`,
		in:   "./application/ledger", tests: "TestACallerThatLeaves",
	},
	{
		name: "key-of-a-request-dropped", why: "every retry over HTTP is done again",
		file: "adapters/httpapi/call_reader.go",
		old:  `	if call.IdempotencyKey, err = idempotencyKey(c.Request.Header); err != nil {`,
		new:  `	if _, err = idempotencyKey(c.Request.Header); err != nil {`,
		in:   "./test/endtoend", tests: "TestOneKeyRacedHasOneEffectForItsLifetime",
	},
}
