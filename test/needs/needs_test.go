package needs_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/needs"
)

// outcome runs a body as a test would and records how it ended.
type outcome struct {
	testing.TB
	skipped, failed bool
}

func (o *outcome) Helper()               {}
func (o *outcome) Name() string          { return "TestSomething" }
func (o *outcome) Skip(...any)           { o.skipped = true }
func (o *outcome) Fatal(...any)          { o.failed = true; panic(o) }
func (o *outcome) Fatalf(string, ...any) { o.failed = true; panic(o) }

func run(body func(testing.TB)) (o *outcome) {
	o = &outcome{}
	defer func() { _ = recover() }()
	body(o)
	return o
}

func TestAMissingProgramSkipsTheTest(t *testing.T) {
	notes := filepath.Join(t.TempDir(), "notes")
	t.Setenv("NOT_RUN_FILE", notes)
	t.Setenv("REQUIRE_SERVERS", "")
	missing := func(t testing.TB) { needs.Program(t, "no-such-program") }
	t.Run("with a note", func(t *testing.T) {
		require.True(t, run(missing).skipped)
		text, err := os.ReadFile(notes)
		require.NoError(t, err)
		require.Equal(t, "no-such-program\tTestSomething\n", string(text))
	})
	t.Run("without a file for notes, too", func(t *testing.T) {
		t.Setenv("NOT_RUN_FILE", "")
		require.True(t, run(missing).skipped)
	})
	t.Run("but fails it where servers are required", func(t *testing.T) {
		t.Setenv("REQUIRE_SERVERS", "1")
		o := run(missing)
		require.True(t, o.failed)
		require.False(t, o.skipped)
	})
}

func TestAProgramThatIsThereSkipsNothing(t *testing.T) {
	require.Equal(t, &outcome{}, run(func(t testing.TB) { needs.Program(t, "go") }))
}

func TestADeniedPrivilegeSkipsEvenWhereServersAreRequired(t *testing.T) {
	t.Setenv("REQUIRE_SERVERS", "1")
	t.Setenv("NOT_RUN_FILE", "")
	require.True(t, run(func(t testing.TB) { needs.Privilege(t, "mount", errors.New("denied")) }).skipped)
}

func TestTheReportIsOneLine(t *testing.T) {
	require.Empty(t, needs.Report(""))
	require.Equal(t, "not run here: curl (TestA), prometheus (TestB, TestC)",
		needs.Report("prometheus\tTestC\ncurl\tTestA\nprometheus\tTestB\nprometheus\tTestB\n"))
}
