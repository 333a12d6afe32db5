package endtoend_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// TestCopiesByHardLinksServeSideBySide runs a service on a directory and another on its copy by hard
// links, which is made while the first is stopped or at work.
func TestCopiesByHardLinksServeSideBySide(t *testing.T) {
	for name, running := range map[string]bool{"of a stopped service": false, "of a running service": true} {
		for _, settings := range [][]string{{unlimited}, sharing} {
			t.Run(name+" "+settings[len(settings)-1], func(t *testing.T) {
				// given
				dir := t.TempDir() + "/data"
				first := process.Start(t, dir, settings...)
				a := clientOf(t, first)
				a.ok(a.adjust(itemA, `{"delta":100}`))
				if !running {
					first.Stop(t)
				}
				out, err := exec.Command("cp", "-al", dir, dir+".copy").CombinedOutput()
				if err != nil {
					t.Skipf("cp makes no hard links here: %s", out)
				}
				if !running {
					output, code := process.Run(t, nil, "verify", "--data-dir", dir+".copy")
					require.Zero(t, code, output)
					require.Contains(t, output, "LOCK is also in another directory; the next start copies it")
					first = process.Start(t, dir, settings...)
					a = clientOf(t, first)
				}
				// when
				second := process.Start(t, dir+".copy", settings...)
				b := clientOf(t, second)
				for range 20 {
					a.ok(a.adjust(itemA, `{"delta":1}`))
					b.ok(b.adjust(itemA, `{"delta":2}`))
				}
				first.Kill()
				second.Kill()
				// then
				for of, units := range map[string]float64{dir: 120, dir + ".copy": 140} {
					output, code := process.Run(t, nil, "verify", "--data-dir", of)
					require.Zero(t, code, output)
					require.NotContains(t, output, "hard link")
					again := process.Start(t, of, settings...)
					c := clientOf(t, again)
					require.InDelta(t, units, c.get(itemA).json("onHand"), 0)
					again.Stop(t)
				}
			})
		}
	}
}
