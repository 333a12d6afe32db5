package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
)

func main() {
	name := flag.String("run", "", "only mutants whose names match this")
	root := flag.String("root", ".", "of the module")
	from := flag.String("from", "", "begin with the mutant of this name")
	verbose := flag.Bool("v", false, "print what the tests say")
	only := flag.Bool("list", false, "print the mutants by promise and try none")
	flag.Parse()
	wanted, err := regexp.Compile(*name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var chosen []mutant
	begun := *from == ""
	for _, m := range catalogue() {
		begun = begun || m.name == *from
		if begun && wanted.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	if *only {
		list(os.Stdout, chosen)
		return
	}
	if !report(*root, chosen, *verbose) {
		os.Exit(1)
	}
}

// list prints mutants below the promises that they break, each with the damage it does.
func list(to io.Writer, mutants []mutant) {
	var last promise
	for _, m := range mutants {
		if m.breaks != last {
			_, _ = fmt.Fprintf(to, "%s:\n", m.breaks)
			last = m.breaks
		}
		_, _ = fmt.Fprintf(to, "  %s\n", m)
	}
}

const row = "%-44s  %-31s  %7s  %s\n"

// report tries mutants and prints what became of each; false if not all were caught.
func report(root string, mutants []mutant, verbose bool) bool {
	if len(mutants) == 0 {
		fmt.Println("there are no such mutants")
		return false
	}
	good := true
	for _, in := range packages(mutants) {
		if err := sound(root, in, mutants); err != nil {
			fmt.Printf("%s: %v\n", in, err)
			good = false
		}
	}
	if !good {
		return false
	}
	fmt.Printf(row, "mutant", "promise", "seconds", "caught by")
	caught := 0
	for _, m := range mutants {
		v, err := m.try(root)
		switch {
		case err != nil:
			v.by = "NO OUTCOME"
		case !v.caught:
			v.by = "SURVIVED"
		default:
			caught++
		}
		fmt.Printf(row, m.name, m.breaks, fmt.Sprintf("%.1f", v.seconds), v.by)
		if err != nil {
			fmt.Println(err)
		}
		if verbose {
			fmt.Println(ending(v.output))
		}
	}
	fmt.Printf("%d of %d mutants were caught\n", caught, len(mutants))
	return caught == len(mutants)
}
