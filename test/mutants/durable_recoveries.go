package main

// What a start makes of what it finds.
var recoveries = []mutant{
	{
		name: "poison-not-cut", why: "what was never durable is read as if it had been, and is gone after the next power loss",
		file: "adapters/jsonevents/poison.go",
		old:  `if err != nil || !found {`,
		new:  `if err != nil || !found || true {`,
		in:   "./adapters/jsonevents", tests: "TestPoison",
	},
	{
		name: "poison-not-cleared", why: "the second start cuts off what the first one acknowledged",
		file: "adapters/jsonevents/poison.go",
		old:  `return left, r.lock.ClearPoison()`,
		new:  `return left, nil`,
		in:   "./adapters/jsonevents", tests: "TestPoison|TestFailedSyncs",
	},
	{
		name: "poison-before-head", why: "a mark of a process that was behind cuts off what was acknowledged, or keeps the service from starting",
		file: "adapters/jsonevents/poison.go",
		old:  `poison = known.notBefore(poison)`,
		new:  ``,
		in:   "./adapters/jsonevents", tests: "TestPoison",
	},
	{
		name: "end-before-head", why: "acknowledged commits are missing, and the service starts without them",
		file: "adapters/jsonevents/log_scan.go",
		old: `			if s.head.End == at {
				s.met = s.head.Hash == s.log.chain && s.head.Position == s.log.last.Position
			}`,
		new: `			s.met = true`,
		in:  "./adapters/jsonevents", tests: "TestEveryCutIsClassified",
	},
	{
		name: "another-line-at-head", why: "HEAD vouches for a line, and another one stands there",
		file: "adapters/jsonevents/log_scan.go",
		old:  `s.met = s.head.Hash == s.log.chain && s.head.Position == s.log.last.Position`,
		new:  `s.met = true`,
		in:   "./adapters/jsonevents", tests: "TestMissingAndForeignFilesAreRefused",
	},
	{
		name: "head-missing", why: "acknowledged commits after the log's end would be lost unnoticed",
		file: "adapters/jsonevents/log_scan.go",
		old:  `case !s.hasHead && (last > 0 || torn != nil):`,
		new:  `case !s.hasHead && last < 0:`,
		in:   "./adapters/jsonevents", tests: "TestMissingAndForeignFilesAreRefused",
	},
	{
		name: "log-gone", why: "the log was removed, and the service begins with an empty one",
		file: "adapters/jsonevents/recovery.go",
		old:  `		if hasHead {`,
		new:  `		if hasHead && known.Position < 0 {`,
		in:   "./adapters/jsonevents", tests: "TestMissingAndForeignFilesAreRefused",
	},
	{
		name: "head-before-the-sync", why: "HEAD vouches for what a power loss takes: the service never starts again",
		file: "adapters/jsonevents/committer.go",
		old:  `		if err := c.guarded(func() error { return c.log.append(b) }); err != nil {`,
		new: `		early := head{Position: b.last.Position, End: b.start, Hash: b.chain, LastUsed: b.last.Time}
		early.End.Byte += int64(len(b.lines))
		_ = c.head.file.write(early)
		if err := c.guarded(func() error { return c.log.append(b) }); err != nil {`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "head-written-in-place", why: "power is lost while HEAD is written, and nothing vouches for anything",
		file: "adapters/jsonevents/head.go",
		old:  `	return durablefile.WriteAtomically(f.disk, f.name, h.encode())`,
		new: `	file, err := f.disk.Create(f.name)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(h.encode(), 0)
	return errors.Join(err, file.Datasync(), f.disk.SyncDir(filepath.Dir(f.name)), file.Close())`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "torn-end-not-cut", why: "what was torn is in the middle of the log later, and is damage then",
		file: "adapters/jsonevents/recovery.go",
		old:  `	if torn != nil {`,
		new:  `	if torn != nil && torn.number == 0 {`,
		in:   "./adapters/jsonevents", tests: "TestTornTail",
	},
	{
		name: "torn-end-thrown-away", why: "what was cut off cannot be looked at any more",
		file: "adapters/jsonevents/internal/segment/directory.go",
		old:  `	if kept, err = d.keepAside(at, rest); err != nil {`,
		new:  `	if kept, err = "", error(nil); err != nil {`,
		in:   "./adapters/jsonevents", tests: "TestTornTail",
	},
	{
		name: "damage-taken-for-a-torn-end", why: "one flipped bit, and all that was acknowledged behind it is cut off",
		file: "adapters/jsonevents/torn.go",
		old:  `case b.syncedAfter():`,
		new:  `case false:`,
		in:   "./adapters/jsonevents", tests: "TestEveryFlippedBitIsClassified",
	},
	{
		name: "damage-before-head-cut-off", why: "the same, where only HEAD knows that the line was durable",
		file: "adapters/jsonevents/torn.go",
		old:  `case b.at.Before(durable):`,
		new:  `case false:`,
		in:   "./adapters/jsonevents", tests: "TestEveryFlippedBitIsClassified|TestEveryCutIsClassified|TestMissing",
	},
	{
		name: "line-breaks-trusted", why: "the bit that went bad is a line break, and the proof behind it is not looked for",
		file: "adapters/jsonevents/torn.go",
		old:  `next := strings.Index(rest[at+1:], logline.FormatStart)`,
		new:  `next := strings.Index(rest[at+1:], "\n"+logline.FormatStart)`,
		in:   "./adapters/jsonevents", tests: "TestEveryFlippedBitIsClassified|TestEveryCutIsClassified",
	},
	{
		name: "killed-writers-bytes-not-synced", why: "what a killed process left is shown, built upon, and gone after a power loss",
		file: "adapters/jsonevents/recovery.go",
		old:  `	if err := file.Datasync(); err != nil {`,
		new:  `	if err := error(nil); err != nil {`,
		in:   "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "killed-writers-bytes-not-written-again", why: "a sync failed in a process that was killed before it could say so: no later one brings its bytes to the disk",
		file: "adapters/jsonevents/recovery.go",
		old:  `segment.Rewrite(file, sure, end.Byte)`,
		new:  `segment.Rewrite(file, sure, sure)`,
		in:   "./adapters/jsonevents", tests: "TestBytesOfAFailedSyncAreWrittenAgainAfterAKill",
	},
	{
		name: "killed-writers-segment-has-no-name", why: "the same with a whole segment",
		file: "adapters/jsonevents/recovery.go",
		old: `		return &durablefile.SyncError{Op: "sync", Path: r.dir.File(end.Segment), Err: err}
	}
	return r.dir.Sync()`,
		new: `		return &durablefile.SyncError{Op: "sync", Path: r.dir.File(end.Segment), Err: err}
	}
	return nil`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "two-processes-write", why: "a second process on the directory writes over what the first one acknowledged",
		file: "adapters/jsonevents/options.go",
		old:  `	return durablefile.Exclusive`,
		new:  `	return durablefile.Shared`,
		in:   "./adapters/jsonevents", tests: "TestLock",
	},
}
