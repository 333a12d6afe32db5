// Mutants is a program that proves the tests: it takes the safeties out of Onhand,
// one at a time, and runs the tests that must notice.
//
// A mutant is a promise, a snippet of a source file, what stands in its place and
// the tests that must fail then. The sources stay as they are: the compiler gets
// the mutated file by an overlay. A mutant that no test notices is a test that is
// missing, or a safety that nothing needs.
//
//	go run ./test/mutants            # all of them
//	go run ./test/mutants -run POISON  # those whose name matches
//	go run ./test/mutants -list        # prints them by promise and tries none
//
// The promises are the sections of docs/reliability.md.
package main
