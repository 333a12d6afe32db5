// Package needs skips tests that need more than Go: a server, a program or a
// privilege that is not there. Each skip has a reason, and the run ends with a line
// that names all of them (see Report).
package needs

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

const (
	// requireVariable set to 1 makes a missing program a failure: in CI nothing may be
	// missing.
	requireVariable = "REQUIRE_SERVERS"
	// fileVariable names the file to which each skip appends a line for Report. The
	// Makefile gives it another value in each run. The go command caches the result of
	// a test for the values of the variables that it read, so a skipped test is never
	// taken from the cache: it runs again, and with it once the program is installed.
	fileVariable = "NOT_RUN_FILE"
)

// Program skips the test unless a program is installed. `make needs` installs all
// of them.
func Program(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	reason := name + " is not installed (make needs)"
	if os.Getenv(requireVariable) == "1" {
		t.Fatal(reason)
	}
	skip(t, name, reason)
}

// Privilege skips a test that the machine denies something, such as mounting a file
// system. No installation helps, so this is no failure in CI either.
func Privilege(t testing.TB, name string, denied error) {
	t.Helper()
	skip(t, name, fmt.Sprintf("%s: %v", name, denied))
}

func skip(t testing.TB, need, reason string) {
	t.Helper()
	if path := os.Getenv(fileVariable); path != "" {
		if err := note(path, need, t.Name()); err != nil {
			t.Fatalf("note what does not run: %v", err)
		}
	}
	t.Skip(reason)
}

// note appends one line by one write, since packages are tested at the same time.
func note(path, need, test string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%s\t%s\n", need, test)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
