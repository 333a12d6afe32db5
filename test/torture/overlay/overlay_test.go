package overlay

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASnippetThatIsNotThereOnceIsAnError(t *testing.T) {
	_, err := replaced("one two", []replacement{{"three", "four"}})
	require.ErrorContains(t, err, "0 times")
	_, err = replaced("one one", []replacement{{"one", "two"}})
	require.ErrorContains(t, err, "2 times")
}

func TestTheSourceStillHasEverySnippet(t *testing.T) {
	list, err := write(t.TempDir(), root())
	require.NoError(t, err)
	out, err := exec.Command("go", "vet", "-overlay="+list, filepath.Join(root(), "adapters", "machineclock"),
		filepath.Join(root(), "adapters", "internal", "durablefile")).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
