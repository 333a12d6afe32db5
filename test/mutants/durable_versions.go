package main

// What an older version makes of the data of a newer one.
var versions = []mutant{
	{
		name: "newer-line-cut-off", why: "an older version takes commits of a newer one for a torn end",
		file: "adapters/jsonevents/scanner.go",
		old:  `	case isNewer(p.Err):`,
		new:  `	case isNewer(p.Err) && first < 0:`,
		in:   "./adapters/jsonevents", tests: "TestDataOfANewerVersionAreNoDamage",
	},
	{
		name: "newer-line-after-a-bad-one-cut-off", why: "the same, if the line before is bad",
		file: "adapters/jsonevents/torn.go",
		old:  `if isNewer(err) || err == nil &&`,
		new:  `if err == nil &&`,
		in:   "./adapters/jsonevents", tests: "TestDataOfANewerVersionAreNoDamage",
	},
	{
		name: "newer-lock-ignored", why: "an older version writes beside processes of a newer one",
		file: "adapters/jsonevents/newer.go",
		old:  `newerAt(lock.Name(), lock.CheckFormat())`,
		new:  `error(nil)`,
		in:   "./adapters/jsonevents", tests: "TestDataOfANewerVersionAreNoDamage",
	},
	{
		name: "newer-watermark-ignored", why: "a process believes an older watermark than the one of a newer version",
		file: "adapters/jsonevents/internal/processlock/watermark.go",
		old: `			return nil, err
		}
		if err == nil`,
		new: `			continue
		}
		if err == nil`,
		in: "./adapters/jsonevents", tests: "TestAProcessEndsWhenANewerVersionWritesBesideIt",
	},
	{
		name: "newer-checkpoint-passed-over", why: "a receiver gets events again, and the newer checkpoint is replaced",
		file: "application/projection/loader.go",
		old:  `; newer {`,
		new:  `; newer && info.Generation < 0 {`,
		in:   "./application/projection", tests: "TestACheckpointOfANewerVersionIsKept",
	},
	{
		name: "newer-leases-overwritten", why: "an older version takes leases away from processes of a newer one",
		file: "adapters/filelock/slot.go",
		old:  `	if slot[7] > format {`,
		new:  `	if slot[7] < format {`,
		in:   "./adapters/filelock", tests: "TestLeasesOfANewerVersionAreLeftAlone",
	},
}
