package main

// Files that several paths lead to.
var links = []mutant{
	{
		name: "hard-link-not-copied", why: "a directory and its copy by hard links overwrite each other's commits",
		file: "adapters/jsonevents/links.go",
		old:  `if links, err := dir.Disk.Links(name); err == nil && links > 1 {`,
		new:  `if links, err := dir.Disk.Links(name); err == nil && links > 9 {`,
		in:   "./adapters/jsonevents", tests: "TestACopyByHardLinksIsIndependent",
	},
	{
		name: "open-files-copied", why: "processes that share a directory write to a file that has lost its name",
		file: "adapters/jsonevents/links.go",
		old:  `processlock.Take(dir.Disk, dir.Path, durablefile.Exclusive)`,
		new:  `processlock.Take(dir.Disk, dir.Path, durablefile.Shared)`,
		in:   "./adapters/jsonevents", tests: "TestACopyByHardLinksIsIndependent",
	},
	{
		name: "another-path-not-noticed", why: "processes of two directories write to one segment",
		file: "adapters/jsonevents/internal/segment/writer.go",
		old:  `w.dir.Disk.LockDir(name, w.mode)`,
		new:  `w.dir.Disk.LockDir(name, durablefile.Shared)`,
		in:   "./adapters/jsonevents", tests: "TestFilesThatAnotherPathLeadsTo",
	},
	{
		name: "log-time-of-copies", why: "log time that leaps in one directory leaps in its copy by hard links",
		file: "adapters/jsondocuments/log_time.go",
		old:  `err == nil && links > 1 {`,
		new:  `err == nil && links > 2 {`,
		in:   "./adapters/jsondocuments", tests: "TestACopyByHardLinksHasALogTimeOfItsOwn",
	},
	{
		name: "another-name-counts", why: "LOCK or a segment lost its name, and a hard link hides it",
		file: "adapters/internal/durablefile/os.go",
		old: `	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	return err == nil && os.SameFile(opened, there), err`,
		new: `	return err != nil || os.SameFile(opened, there), nil`,
		in:  "./adapters/jsonevents", tests: "TestFilesThatAnotherPathLeadsTo",
	},
}
