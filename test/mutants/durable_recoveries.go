package main

// What a start makes of what it finds.
var recoveries = []mutant{
	{
		name: "poison-not-cut", why: "what was never durable is read as if it had been, and is gone after the next power loss",
		file: "adapters/jsonevents/recover.go",
		old:  `if err != nil || !found {`,
		new:  `if err != nil || !found || true {`,
		in:   "./adapters/jsonevents", tests: "TestPoison",
	},
	{
		name: "poison-not-cleared", why: "the second start cuts off what the first one acknowledged",
		file: "adapters/jsonevents/recover.go",
		old:  `return left, s.lock.clearPoison()`,
		new:  `return left, nil`,
		in:   "./adapters/jsonevents", tests: "TestPoison|TestFailedSyncs",
	},
	{
		name: "poison-before-head", why: "a mark of a process that was behind cuts off what was acknowledged, or keeps the service from starting",
		file: "adapters/jsonevents/recover.go",
		old:  `p = p.notBefore(known)`,
		new:  ``,
		in:   "./adapters/jsonevents", tests: "TestPoison",
	},
	{
		name: "end-before-head", why: "acknowledged commits are missing, and the service starts without them",
		file: "adapters/jsonevents/scan.go",
		old: `			if s.head.Segment == first && s.head.Offset == end {
				s.met = s.head.Hash == s.chain && s.head.Position == s.positions.Last
			}`,
		new: `			s.met = true`,
		in:  "./adapters/jsonevents", tests: "TestEveryCutIsClassified",
	},
	{
		name: "another-line-at-head", why: "HEAD vouches for a line, and another one stands there",
		file: "adapters/jsonevents/scan.go",
		old:  `s.met = s.head.Hash == s.chain && s.head.Position == s.positions.Last`,
		new:  `s.met = true`,
		in:   "./adapters/jsonevents", tests: "TestWhatIsMissingOrForeignIsRefused",
	},
	{
		name: "head-missing", why: "nobody can tell whether more was acknowledged, and nobody asks",
		file: "adapters/jsonevents/recover.go",
		old:  `case !hasHead && (r.positions.Last > 0 || torn != nil):`,
		new:  `case !hasHead && r.positions.Last < 0:`,
		in:   "./adapters/jsonevents", tests: "TestWhatIsMissingOrForeignIsRefused",
	},
	{
		name: "log-gone", why: "somebody removed the log, and the service begins with an empty one",
		file: "adapters/jsonevents/recover.go",
		old:  `		if hasHead {`,
		new:  `		if hasHead && known.Position < 0 {`,
		in:   "./adapters/jsonevents", tests: "TestWhatIsMissingOrForeignIsRefused",
	},
	{
		name: "head-before-the-sync", why: "HEAD vouches for what a power loss takes: the service never starts again",
		file: "adapters/jsonevents/committer.go",
		old:  `		if err := w.write(func() error { return w.persist(b) }); err != nil {`,
		new: `		_ = w.store.dir.writeHead(head{
			Position: b.last.Last, Segment: w.first, Offset: w.end + int64(len(b.bytes)), Hash: b.chain, LastUsed: b.last.Time,
		})
		if err := w.write(func() error { return w.persist(b) }); err != nil {`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "head-written-in-place", why: "power is lost while HEAD is written, and nothing vouches for anything",
		file: "adapters/jsonevents/head.go",
		old:  `	return durablefile.WriteAtomically(d.disk, d.head(), h.encode())`,
		new: `	f, err := d.disk.Create(d.head())
	if err != nil {
		return err
	}
	_, err = f.WriteAt(h.encode(), 0)
	return errors.Join(err, f.Datasync(), d.disk.SyncDir(d.path), f.Close())`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "torn-end-not-cut", why: "what was torn is in the middle of the log later, and is damage then",
		file: "adapters/jsonevents/recover.go",
		old:  `	if torn != nil {`,
		new:  `	if torn != nil && torn.number == 0 {`,
		in:   "./adapters/jsonevents", tests: "TestTornTail",
	},
	{
		name: "torn-end-thrown-away", why: "what was cut off cannot be looked at any more",
		file: "adapters/jsonevents/recover.go",
		old:  `	kept, err := s.dir.keepAside(first, offset, content)`,
		new:  `	kept, err := "", error(nil)`,
		in:   "./adapters/jsonevents", tests: "TestTornTail",
	},
	{
		name: "damage-taken-for-a-torn-end", why: "one flipped bit, and all that was acknowledged behind it is cut off",
		file: "adapters/jsonevents/scan.go",
		old:  `case syncedAfter(bad):`,
		new:  `case false:`,
		in:   "./adapters/jsonevents", tests: "TestEveryFlippedBitIsClassified",
	},
	{
		name: "damage-before-head-cut-off", why: "the same, where only HEAD knows that the line was durable",
		file: "adapters/jsonevents/scan.go",
		old:  `case first < known.Segment || first == known.Segment && bad.offset < known.Offset:`,
		new:  `case false:`,
		in:   "./adapters/jsonevents", tests: "TestEveryFlippedBitIsClassified|TestEveryCutIsClassified|TestWhatIsMissing",
	},
	{
		name: "line-breaks-trusted", why: "the bit that went bad is a line break, and the proof behind it is not looked for",
		file: "adapters/jsonevents/scan.go",
		old:  `next := strings.Index(rest[at+1:], lineStart)`,
		new:  `next := strings.Index(rest[at+1:], "\n"+lineStart)`,
		in:   "./adapters/jsonevents", tests: "TestEveryFlippedBitIsClassified|TestEveryCutIsClassified",
	},
	{
		name: "killed-writers-bytes-not-synced", why: "what a killed process left is shown, built upon, and gone after a power loss",
		file: "adapters/jsonevents/recover.go",
		old:  `	if err := file.Datasync(); err != nil {`,
		new:  `	if err := error(nil); err != nil {`,
		in:   "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "killed-writers-bytes-not-written-anew", why: "a sync failed in a process that was killed before it could say so: no later one brings its bytes to the disk",
		file: "adapters/jsonevents/recover.go",
		old:  `writeAnew(file, sure, r.end)`,
		new:  `writeAnew(file, sure, sure)`,
		in:   "./adapters/jsonevents", tests: "TestWhatAFailedSyncLeftIsWrittenAnewThoughTheProcessWasKilledBeforeItSaidSo",
	},
	{
		name: "killed-writers-segment-has-no-name", why: "the same with a whole segment",
		file: "adapters/jsonevents/recover.go",
		old: `	if err := s.dir.disk.SyncDir(s.dir.log()); err != nil {
		return &durablefile.SyncError{Op: "sync directory", Path: s.dir.log(), Err: err}
	}
	return nil
}

// cut keeps`,
		new: `	return nil
}

// cut keeps`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "two-processes-write", why: "a second process on the directory writes over what the first one acknowledged",
		file: "adapters/jsonevents/store.go",
		old:  `mode := durablefile.Exclusive`,
		new:  `mode := durablefile.Shared`,
		in:   "./adapters/jsonevents", tests: "TestLock",
	},
}
