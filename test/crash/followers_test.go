package crash_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// followerRounds is how often the service is killed in CI; a fifth of ONHAND_ROUNDS
// if that is more.
const followerRounds = 6

// TestKilledUnderLoadFollowersHaveEverythingOnce kills the service in the middle of
// its work, over and over on the same directory. After each start, what follows the
// log must come to where the log is: the central view shows the items, the file of
// events has each once, in order, and a receiver of webhooks has each at least once, in
// the order of its item.
func TestKilledUnderLoadFollowersHaveEverythingOnce(t *testing.T) {
	seed := number("ONHAND_SEED", uint64(time.Now().UnixNano()))
	rounds := int(max(followerRounds, number("ONHAND_ROUNDS", 0)/5))
	t.Logf("ONHAND_SEED=%d, %d rounds", seed, rounds)
	rng := rand.New(rand.NewPCG(seed, 3))
	c := newCampaign(t, func(rng *rand.Rand, reference string) change {
		one := change{sku: rng.IntN(skus), cart: rng.IntN(2) == 0, reference: reference}
		if rng.IntN(4) == 0 {
			one.sku, one.delivery = rng.IntN(40), 1+rng.IntN(9)
		}
		return one
	})
	file := filepath.Join(t.TempDir(), "events.ndjson")
	every := append(append([]string{"EVENTS_FILE=" + file}, toldOf...), settings...)
	service := process.Start(t, c.dir, every...)
	promise(t, service.URL)
	receiver := tell(t, service.URL)
	for range rounds {
		killAt := len(c.acknowledged) + 50 + rng.IntN(600)
		kill := make(chan struct{})
		var once sync.Once
		stopped := c.work(t, service, rng, func(acknowledged int) {
			if acknowledged >= killAt {
				once.Do(func() { close(kill) })
			}
		})
		select {
		case <-kill:
		case <-stopped:
			require.FailNow(t, "no client gets an answer", "%s", service.Log())
		}
		service.Kill()
		<-stopped
		service = process.Start(t, c.dir, every...)
		c.settle(t, service)
		require.Eventually(t, func() bool { return viewIsTheItems(t, service.URL) }, time.Minute, 20*time.Millisecond)
	}
	require.Eventually(t, func() bool { return heldCarts(t, service.URL) == 0 }, time.Minute, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		fetch(t, http.MethodPost, service.URL+"/v1/sync", &struct{}{})
		return receiver.missing(c.dir) == 0
	}, time.Minute, 20*time.Millisecond)
	require.Greater(t, len(receiver.seen), 10*rounds)
	service.Stop(t)
	require.Equal(t, idsInLog(t, c.dir), idsInFile(t, file))
	output, code := process.Run(t, nil, "verify", "--data-dir", c.dir)
	require.Zero(t, code, output)
	c.foundOnce(t)
}

// fetch reads a JSON answer.
func fetch(t *testing.T, method, url string, into any) {
	request, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	require.Equal(t, http.StatusOK, answer.StatusCode, url)
	require.NoError(t, json.NewDecoder(answer.Body).Decode(into))
}

// heldCarts is how many carts are held, up to a page; without any, nothing happens any
// more.
func heldCarts(t *testing.T, url string) int {
	var list struct{ Reservations []struct{} }
	fetch(t, http.MethodGet, url+"/v1/reservations?status=held", &list)
	return len(list.Reservations)
}

// viewIsTheItems compares the central view with the lists of the stores' items. While
// carts expire, it may not be so.
func viewIsTheItems(t *testing.T, url string) bool {
	fetch(t, http.MethodPost, url+"/v1/sync", &struct{}{})
	items := map[string][]string{}
	for _, store := range []string{"S1", "S2"} {
		var list struct {
			Items []json.RawMessage
		}
		fetch(t, http.MethodGet, url+"/v1/stores/"+store+"/items?limit=500", &list)
		for _, item := range list.Items {
			var name struct{ SKU string }
			require.NoError(t, json.Unmarshal(item, &name))
			items[name.SKU] = append(items[name.SKU], string(item))
		}
	}
	var check struct {
		Balanced    bool
		SKUs        int
		Differences []any
	}
	fetch(t, http.MethodGet, url+"/v1/sync/check", &check)
	require.True(t, check.Balanced, "%v", check.Differences)
	same := check.SKUs == len(items)
	for sku, want := range items {
		var got struct{ Stores []json.RawMessage }
		fetch(t, http.MethodGet, url+"/v1/items/"+sku, &got)
		same = same && len(got.Stores) == len(want)
		for i := range got.Stores {
			same = same && string(got.Stores[i]) == want[i]
		}
	}
	return same
}

// idsInLog are the ids of all events in the log, in their order.
func idsInLog(t *testing.T, dir string) (ids []string) {
	files, err := filepath.Glob(filepath.Join(dir, "log", "*.ndjson"))
	require.NoError(t, err)
	for _, name := range files {
		eachLine(t, name, func(line []byte) {
			var commit struct {
				Position int64
				Events   []struct{}
			}
			require.NoError(t, json.Unmarshal(line, &commit))
			for i := range commit.Events {
				ids = append(ids, fmt.Sprintf("%d.%d", commit.Position, i))
			}
		})
	}
	require.NotEmpty(t, ids)
	return ids
}

// idsInFile are the ids of all events in the file of events.
func idsInFile(t *testing.T, name string) (ids []string) {
	eachLine(t, name, func(line []byte) {
		var e struct{ ID string }
		require.NoError(t, json.Unmarshal(line, &e))
		ids = append(ids, e.ID)
	})
	return ids
}

func eachLine(t *testing.T, name string, do func([]byte)) {
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	lines := bufio.NewScanner(strings.NewReader(string(content)))
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		do(lines.Bytes())
	}
	require.NoError(t, lines.Err())
}
