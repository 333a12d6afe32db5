package main

// Log time, by which deadlines are judged.
var clocks = []mutant{
	{
		name: "clock-runs-backwards", why: "a hold that expired is alive again, and its units are promised twice",
		file: "application/ledger/clock.go",
		old:  `if now.Before(c.last) {`,
		new:  `if false {`,
		in:   "./application/ledger", tests: "TestClock",
	},
	{
		name: "earlier-run-forgotten", why: "after a restart decisions are made at times that were over before",
		file: "application/ledger/clock.go",
		old:  `if !floor.After(c.last) {`,
		new:  `if !floor.After(c.last) || !floor.IsZero() {`,
		in:   "./application/ledger", tests: "TestClock",
	},
	{
		name: "clock-follows-a-step", why: "a clock set wrong expires every hold, or none for a year",
		file: "application/ledger/clock.go",
		old:  `departed := lag.Abs() > maxSteered`,
		new:  `departed := false`,
		in:   "./application/ledger", tests: "TestClock",
	},
	{
		name: "small-step-followed-at-once", why: "a hold of a second ends when it begins",
		file: "application/ledger/clock.go",
		old:  `c.time.Zero = c.time.Zero.Add(min(max(lag, -most), most))`,
		new:  `c.time.Zero = c.time.Zero.Add(max(lag, lag-most))`,
		in:   "./application/ledger", tests: "TestClock",
	},
	{
		name: "time-stands-still-until-others", why: "no hold ends until the clock has come to a time that another process has used",
		file: "application/ledger/clock.go",
		old:  `lag > 0 {`,
		new:  `lag > 24*time.Hour {`,
		in:   "./application/ledger", tests: "TestClock",
	},
	{
		name: "log-time-forgotten", why: "a restart or second process follows a step of the wall clock",
		file: "application/ledger/clock_start.go",
		old:  `case found && s.Boot != "" && kept.Boot == s.Boot:`,
		new:  `case found && s.Boot != "" && kept.Boot == s.Boot && s.Accept:`,
		in:   "./application/ledger", tests: "TestLogTimeOutlivesProcesses",
	},
	{
		name: "log-time-of-another-boot", why: "after a boot, holds live for as long again as the machine had been up",
		file: "application/ledger/clock_start.go",
		old:  `case found && s.Boot != "" && kept.Boot == s.Boot:`,
		new:  `case found:`,
		in:   "./application/ledger", tests: "TestAfterAnotherStartOfTheMachineTheWallClockGivesLogTime",
	},
	{
		name: "log-time-not-saved", why: "a restart after a boot forgets the time that was accepted or given then",
		file: "application/ledger/clock_start.go",
		old:  `if err != nil || s.Kept == nil || found && near(kept, next) {`,
		new:  `if err != nil || s.Kept == nil || found {`,
		in:   "./application/ledger", tests: "TestAnAcceptedClock",
	},
	{
		name: "accepted-by-one-only", why: "of two processes, one ends the holds that the other shows as live",
		file: "application/ledger/clock_start.go",
		old:  `if kept.Zero.Sub(c.time.Zero) > leapt {`,
		new:  `if kept.Zero.Sub(c.time.Zero) > leapt && !found {`,
		in:   "./application/ledger", tests: "TestAnAcceptedClock",
	},
	{
		name: "leap-not-refused", why: "a start with a clock a year off goes unnoticed",
		file: "application/ledger/clock_start.go",
		old:  `leap.Abs() > s.MaxLeap {`,
		new:  `leap.Abs() > s.MaxLeap && s.Accept {`,
		in:   "./application/ledger", tests: "TestAClockThatHasLeaptIsRefused",
	},
	{
		name: "leap-after-a-boot-not-refused", why: "one start with a clock a year ahead leaves the log in that year for ever",
		file: "application/ledger/clock_start.go",
		old:  `if !used.IsZero() && (`,
		new:  `if s.Accept && (`,
		in:   "./application/ledger", tests: "TestAClockThatHasLeaptIsRefused",
	},
	{
		name: "idle-time-not-saved", why: "after a boot, a service without writes for a month does not start",
		file: "application/ledger/clock_start.go",
		old:  `		b.Seen.Sub(a.Seen) < seenEvery`,
		new:  `		b.Seen.Sub(a.Seen) < 1000*seenEvery*24`,
		in:   "./application/ledger", tests: "TestAfterAnotherStartOfTheMachineTheWallClockGivesLogTime",
	},
	{
		name: "damaged-log-time-believed", why: "a torn file decides which holds have ended",
		file: "adapters/jsondocuments/log_time.go",
		old: `	text, err := unseal(content)
	if err != nil {`,
		new: `	text, err := unseal(content)
	if err != nil && len(content) > 0 {
		text, _, _ = bytes.Cut(content, []byte{'\n'})
	} else if err != nil {`,
		in: "./adapters/jsondocuments", tests: "TestDamagedLogTimeIsFound",
	},
	{
		name: "sleep-not-counted", why: "holds outlive their deadlines by the time for which the machine slept",
		file: "adapters/machineclock/clock.go",
		old:  `if slept-time.Duration(c.slept.Load()) >= max(shortest, within) {`,
		new:  `if within < 0 {`,
		in:   "./adapters/machineclock", tests: "TestClock",
	},
	{
		name: "interruption-taken-for-sleep", why: "each interruption of a measurement ends holds earlier",
		file: "adapters/machineclock/clock.go",
		old:  `>= max(shortest, within) {`,
		new:  `>= min(shortest, within) {`,
		in:   "./adapters/machineclock", tests: "TestClock",
	},
	{
		name: "service-without-log-time", why: "the service does not look for the log time of its directory",
		file: "bootstrap/clock.go",
		old: `		Kept:        p.Backend.logTime,
`,
		new: ``,
		in:  "./bootstrap", tests: "TestAServiceContinuesTheLogTimeOfItsDirectory",
	},
	{
		name: "service-without-last-time", why: "the service compares the wall clock with no time of the log",
		file: "bootstrap/clock.go",
		old: `		Used:        p.Backend.store.Head().Time,
`,
		new: ``,
		in:  "./bootstrap", tests: "TestAServiceRefusesAClockFarAheadOfTheLogAfterABoot",
	},
}
