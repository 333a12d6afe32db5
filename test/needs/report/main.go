// Command report prints the closing line of a test run from the file in which the
// skipped tests noted what they lacked.
package main

import (
	"fmt"
	"os"

	"github.com/onhand/onhand/test/needs"
)

func main() {
	notes, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if line := needs.Report(string(notes)); line != "" {
		fmt.Println(line)
	}
}
