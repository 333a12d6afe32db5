package main

// Syncs before the acknowledgement.
var syncs = []mutant{
	{
		name: "directory-not-synced", why: "power is lost, and a file that was written has no name, or its old content",
		file: "adapters/internal/durablefile/disk.go",
		old:  `if err := disk.SyncDir(filepath.Dir(name)); err != nil {`,
		new:  `if err := error(nil); err != nil {`,
		in:   "./adapters/internal/durablefile", tests: "TestWriteAtomically",
	},
	{
		name: "file-not-synced-before-its-rename", why: "power is lost, and the name leads to nothing, or half of it",
		file: "adapters/internal/durablefile/disk.go",
		old:  `return withoutRoom("sync", name, f.Datasync())`,
		new:  `return nil`,
		in:   "./adapters/internal/durablefile", tests: "TestWriteAtomically",
	},
	{
		name: "new-directory-not-synced", why: "power is lost, and the log's directory with everything in it is gone",
		file: "adapters/internal/durablefile/os.go",
		old:  `above = append(above, filepath.Dir(at))`,
		new:  `_ = filepath.Dir(at)`,
		in:   "./adapters/internal/durablefile", tests: "TestEveryDirectoryThatGetsANewNameInItIsSynced",
	},
	{
		name: "acknowledged-before-the-sync", why: "a client is told of what a power loss takes back",
		file: "adapters/jsonevents/committer.go",
		old: `	b := c.seal()
`,
		new: `	b := c.seal()
	for _, r := range c.group {
		r.answer(nil)
	}
	c.group = nil
`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall",
	},
	{
		name: "group-not-synced", why: "power is lost, and so is what was acknowledged",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old: `		return w.undo(err)
	}
	return w.sync()`,
		new: `		return w.undo(err)
	}
	return nil`,
		in: "./adapters/jsonevents", tests: "TestCrashAtEveryCall|TestFailedSyncs",
	},
	{
		name: "failed-sync-ignored", why: "what is acknowledged is in a page cache that the kernel gave up",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old:  `return &durablefile.SyncError{Op: "sync", Path: w.name(), Err: err}`,
		new:  `return nil`,
		in:   "./adapters/jsonevents", tests: "TestFailedSyncs",
	},
	{
		name: "failed-sync-tried-again", why: "the second sync says that all is well, since the kernel dropped the bytes after the first",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old:  `	if err := w.file.Datasync(); err != nil {`,
		new: `	err := w.file.Datasync()
	if err != nil {
		err = w.file.Datasync()
	}
	if err != nil {`,
		in: "./adapters/jsonevents", tests: "TestAFailedSyncIsNotRepeated",
	},
	{
		name: "segment-used-though-uncertain", why: "a power loss may remove the name of a segment with acknowledged commits",
		file: "adapters/jsonevents/exclusive.go",
		old: `	if _, uncertain := errors.AsType[*durablefile.SyncError](err); !uncertain && err != nil {
		return x.refused(err)
	}`,
		new: `	if err != nil {
		return x.refused(err)
	}`,
		in: "./adapters/jsonevents", tests: "TestFailedSyncs|TestPoison",
	},
	{
		name: "poison-not-marked", why: "the next start takes bytes for durable that are in the page cache alone",
		file: "adapters/jsonevents/health.go",
		old:  `markErr = markPoison()`,
		new:  `markErr = nil`,
		in:   "./adapters/jsonevents", tests: "TestPoison",
	},
	{
		name: "poison-mark-not-synced", why: "power is lost, and the mark with it",
		file: "adapters/jsonevents/internal/processlock/poison.go",
		old: `		return fmt.Errorf("write poison mark: %w", err)
	}
	return l.sync()`,
		new: `		return fmt.Errorf("write poison mark: %w", err)
	}
	return nil`,
		in: "./adapters/jsonevents", tests: "TestPoison",
	},
	{
		name: "full-disk-not-undone", why: "a piece of what was refused stays in the log, and is read back",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old:  `return w.undo(err)`,
		new:  `return err`,
		in:   "./adapters/jsonevents", tests: "TestFullDisk|TestFailingWrites",
	},
	{
		name: "undo-not-synced", why: "power is lost, and what was refused is in the log",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old:  `errors.Join(w.file.Truncate(w.end.Byte), w.file.Datasync())`,
		new:  `w.file.Truncate(w.end.Byte)`,
		in:   "./adapters/jsonevents", tests: "TestAWriteRefusedForLackOfRoomStaysGoneAfterAPowerLoss",
	},
	{
		name: "writes-to-a-lost-directory", why: "what is acknowledged goes into a directory that was moved away",
		file: "adapters/jsonevents/exclusive.go",
		old:  `if !x.held { // acquire has looked already`,
		new:  `if x.held {`,
		in:   "./adapters/jsonevents", tests: "TestLock|TestFilesThatDisappearUnderTheStore",
	},
	{
		name: "documents-after-a-failed-sync", why: "a later sync reports success for what was lost",
		file: "adapters/jsondocuments/documents.go",
		old: `		d.failed = err
`,
		new: ``,
		in:  "./adapters/jsondocuments", tests: "TestWhateverFailsADocumentIsTheOldOrTheNewOne",
	},
	{
		name: "removal-not-synced", why: "a dead letter or webhook that was removed is back after a power loss",
		file: "adapters/jsondocuments/documents.go",
		old:  `if err := d.disk.SyncDir(d.dir); err != nil {`,
		new:  `if err := error(nil); err != nil {`,
		in:   "./adapters/jsondocuments", tests: "TestWhateverFailsADocumentIsTheOldOrTheNewOne",
	},
	{
		name: "unknown-outcome-told-as-failure", why: "a client believes that nothing happened, and it did",
		file: "adapters/jsonevents/exclusive.go",
		old:  `return fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, cause)`,
		new:  `return fmt.Errorf("%w: %w", ports.ErrUnavailable, cause)`,
		in:   "./adapters/jsonevents", tests: "TestFailedSyncs|TestPoison",
	},
	{
		name: "failed-store-lives-on", why: "after a failed sync the process stays, and no restart repairs the log",
		file: "bootstrap/backend_json.go",
		old:  `_ = p.Stop.Shutdown(fx.ExitCode(ExitCode(err))) }, // the store has reported why`,
		new:  `_ = fx.ExitCode(ExitCode(err)) },`,
		in:   "./bootstrap", tests: "TestAStoreThatCannotGoOnEndsTheProcess", hangs: true,
	},
}
