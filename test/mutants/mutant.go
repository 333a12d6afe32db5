package main

import (
	"fmt"
	"slices"
)

// promise is one of those that Onhand makes, as docs/reliability.md has it.
type promise string

const (
	noOversell promise = "No oversell"
	durable    promise = "Acknowledged means durable"
	unseen     promise = "Only durable changes are visible"
	oneEffect  promise = "Exactly one effect per key"
	theLog     promise = "The log is the truth"
	refusals   promise = "A refusal is clear and free"
)

// mutant is Onhand without one of its safeties.
type mutant struct {
	name   string // in the form a-safety-that-is-gone
	why    string // what breaks without it
	breaks promise

	file string // below the module's root
	old  string // stands in the file once
	new  string // stands there instead

	in    string // the package whose tests must notice
	tests string // which of them, as for go test -run
	// hangs tells that what the tests notice is that they do not end.
	hangs bool
}

// catalogue is all mutants, in the order of the promises.
func catalogue() []mutant {
	var all []mutant
	for _, part := range []struct {
		breaks  promise
		mutants []mutant
	}{
		{noOversell, quantities},
		{noOversell, deadlines},
		{noOversell, extensions},
		{noOversell, clocks},
		{noOversell, turns},
		{noOversell, processes},
		{noOversell, leases},
		{durable, syncs},
		{durable, recoveries},
		{durable, shared},
		{durable, versions},
		{durable, links},
		{unseen, visibility},
		{unseen, sharedReads},
		{oneEffect, keys},
		{oneEffect, indexedKeys},
		{theLog, truths},
		{theLog, indexedLog},
		{refusals, boundedIndex},
		{theLog, followers},
		{theLog, leading},
		{theLog, indexed},
		{theLog, disposable},
		{theLog, listed},
		{refusals, refused},
		{refusals, input},
		{refusals, clients},
	} {
		for _, m := range part.mutants {
			m.breaks = part.breaks
			all = append(all, m)
		}
	}
	return all
}

// packages are those whose tests the mutants name, each once.
func packages(mutants []mutant) []string {
	var all []string
	for _, m := range mutants {
		if !slices.Contains(all, m.in) {
			all = append(all, m.in)
		}
	}
	return all
}

func (m mutant) String() string { return fmt.Sprintf("%s: %s", m.name, m.why) }
