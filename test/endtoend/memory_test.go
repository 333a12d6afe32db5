package endtoend_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// metric is a number from the metrics page.
func metric(t *testing.T, c client, name string) float64 {
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(c.get("/metrics").Body)
	require.NotNil(t, found, name)
	value, err := strconv.ParseFloat(found[1], 64)
	require.NoError(t, err)
	return value
}

// runtimeMiB is the memory that the Go runtime has from the system: what its limit is
// about. The process has more where it was built for the race detector.
func runtimeMiB(t *testing.T, c client) float64 {
	return (metric(t, c, "go_memstats_sys_bytes") - metric(t, c, "go_memstats_heap_released_bytes")) / (1 << 20)
}

// grow makes many items with large batches and returns the most memory seen.
func grow(t *testing.T, service *process.Service, items int) float64 {
	const together, batch = 4, 1000
	var all sync.WaitGroup
	var most atomic.Int64
	for n := range together {
		all.Go(func() {
			c := clientOf(t, service)
			for b := range items / batch / together {
				operations := make([]string, batch)
				for i := range operations {
					operations[i] = fmt.Sprintf(`{"op":"adjust","store":"S1","sku":"%d-%d-%d","delta":1,"reason":%q}`, n, b, i, strings.Repeat("x", 400))
				}
				body := strings.NewReader(`{"operations":[` + strings.Join(operations, ",") + `]}`)
				// which holds nothing against the contract: that takes long
				response, err := http.Post(c.url+"/v1/batch", "application/json", body)
				if err != nil {
					t.Error(err)
					return
				}
				if response.StatusCode != http.StatusOK {
					t.Error(response.Status)
				}
				_ = response.Body.Close()
				for now := int64(runtimeMiB(t, c)); now > most.Load(); {
					most.Store(now)
				}
			}
		})
	}
	all.Wait()
	return float64(most.Load())
}

func TestMemoryStaysNearItsLimit(t *testing.T) {
	const items, limit = 24_000, 64
	free := process.Start(t, t.TempDir(), unlimited, "MEMORY_LIMIT_MB=0")
	without := grow(t, free, items)
	require.EqualValues(t, 0, clientOf(t, free).get("/v1/status").json("limits", "memoryBytes"))
	free.Kill()

	dir := filepath.Join(t.TempDir(), "data")
	settings := []string{unlimited, fmt.Sprint("MEMORY_LIMIT_MB=", limit)}
	service := process.Start(t, dir, settings...)
	with := grow(t, service, items)
	c := clientOf(t, service)
	require.EqualValues(t, limit<<20, metric(t, c, "go_gc_gomemlimit_bytes"))
	require.EqualValues(t, limit<<20, c.get("/v1/status").json("limits", "memoryBytes"))
	t.Logf("%.0f MiB without a limit, %.0f with one of %d", without, with, limit)
	require.Greater(t, without, limit*1.2, "the load is large enough to say something")
	require.Less(t, with, limit*1.2)
	service.Kill()

	c = clientOf(t, process.Start(t, dir, settings...))
	require.EqualValues(t, items, c.get("/v1/status").json("ledger", "items"), "nothing that was acknowledged is lost")
}
