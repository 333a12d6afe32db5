package endtoend_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

const synced = "/v1/sync"

// overview is what the central view says of a SKU.
type overview struct {
	SKU        string
	Totals     map[string]int64
	Stores     []json.RawMessage
	Position   int64
	LagSeconds float64
}

func (c client) central(sku string, headers ...string) (o overview) {
	c.t.Helper()
	a := c.ok(c.get("/v1/items/"+url.PathEscape(sku), headers...))
	require.NoError(c.t, json.Unmarshal([]byte(a.Body), &o))
	require.Equal(c.t, a.Header.Get("Onhand-Position"), fmt.Sprint(o.Position))
	return o
}

// projection is how one stands.
func (c client) projection(name string) map[string]any {
	c.t.Helper()
	for _, p := range c.ok(c.get(synced)).json("projections").([]any) {
		if p := p.(map[string]any); p["name"] == name {
			return p
		}
	}
	require.Fail(c.t, "there is no projection "+name)
	return nil
}

// upToDate waits until every projection has come to the end of the log. Nothing else
// may be at work.
func (c client) upToDate() {
	c.t.Helper()
	end := c.ok(c.get("/v1/status")).json("store", "position")
	for _, p := range c.ok(c.once(synced, "")).json("projections").([]any) {
		require.Equal(c.t, end, p.(map[string]any)["position"], "%v", p)
	}
}

// sumsUp requires that the central view shows each store's items, and their sums.
func (c client) sumsUp(stores, skus []string) {
	c.t.Helper()
	c.upToDate()
	items := 0
	for _, sku := range skus {
		var want []string
		sums := map[string]int64{"onHand": 0, "reserved": 0, "damaged": 0, "qualityControl": 0, "incoming": 0, "available": 0}
		short := int64(0)
		for _, store := range stores {
			a := c.get("/v1/stores/" + store + "/items/" + url.PathEscape(sku))
			if a.Status == http.StatusNotFound {
				continue
			}
			want = append(want, c.ok(a).Body)
			for name := range sums {
				sums[name] += int64(a.json(name).(float64))
			}
			if available := int64(a.json("available").(float64)); available < 0 {
				sums["available"] -= available
				short -= available
			}
		}
		sums["short"] = short
		got := c.central(sku)
		require.Len(c.t, got.Stores, len(want), sku)
		for i := range want {
			require.JSONEq(c.t, want[i], string(got.Stores[i]))
		}
		require.Equal(c.t, sums, got.Totals, sku)
		require.Zero(c.t, got.LagSeconds)
		items += len(want)
	}
	checked := c.ok(c.get("/v1/sync/check"))
	require.Equal(c.t, true, checked.json("balanced"), checked.Body)
	require.EqualValues(c.t, items, checked.json("items"))
	require.EqualValues(c.t, items, checked.json("compared"))
	require.EqualValues(c.t, len(skus), checked.json("skus"))
}

var (
	bustlingStores = []string{"S1", "S2", "S3"}
	bustlingSKUs   = []string{"A", "B", "crema 1/2 +", "é"}
)

// bustle makes random changes of all kinds; many are refused.
func (c client) bustle(rng *rand.Rand, changes int) {
	pick := func() (string, string) { return bustlingStores[rng.IntN(3)], bustlingSKUs[rng.IntN(4)] }
	var held, shipped []string
	for range changes {
		store, sku := pick()
		item := "/v1/stores/" + store + "/items/" + url.PathEscape(sku)
		n := 1 + rng.IntN(9)
		switch rng.IntN(9) {
		case 0, 1:
			c.adjust(item, fmt.Sprintf(`{"delta":%d}`, 10*n))
		case 2:
			c.count(item, fmt.Sprintf(`{"onHand":%d}`, 20*n))
		case 3:
			c.do("PUT", item+"/policy", fmt.Sprintf(`{"safetyStock":%d,"oversellLimit":%d,"lowStockThreshold":%d}`, rng.IntN(5), rng.IntN(5), n))
		case 4:
			states := []string{"sellable", "damaged", "qualityControl"}
			from := rng.IntN(3)
			c.once(item+"/moves",
				fmt.Sprintf(`{"from":%q,"to":%q,"quantity":%d}`, states[from], states[(from+1+rng.IntN(2))%3], n))
		case 5:
			store2, sku2 := pick()
			if a := c.once(reservations, `{"lines":[`+part(store, sku, n)+","+part(store2, sku2, 1)+`]}`); a.Status == 201 {
				held = append(held, a.Header.Get("Location"))
			}
		case 6:
			if len(held) > 0 {
				c.once(held[rng.IntN(len(held))]+[]string{"/commit", "/release", "/return"}[rng.IntN(3)], "")
			}
		case 7:
			to := bustlingStores[rng.IntN(3)]
			if a := c.once(transfers,
				fmt.Sprintf(`{"from":%q,"to":%q,"lines":[%s]}`, store, to, unit(sku, n))); a.Status == 201 {
				shipped = append(shipped, a.Header.Get("Location")+" "+sku)
			}
		case 8:
			if len(shipped) > 0 {
				path, what, _ := strings.Cut(shipped[rng.IntN(len(shipped))], " ")
				if rng.IntN(3) == 0 {
					c.once(path+"/cancel", "")
				} else {
					c.once(path+"/receive", arrival(what, rng.IntN(2), 1, rng.IntN(2)))
				}
			}
		}
	}
}

func TestTheCentralViewIsWhatTheStoresHave(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.refused(c.get("/v1/items/A"), 404, "item-not-found")
	c.ok(c.adjust(itemA, `{"delta":1}`))
	require.Len(t, c.central("A", "Onhand-Min-Position: 1").Stores, 1)
	for _, store := range bustlingStores {
		for _, sku := range bustlingSKUs {
			c.ok(c.adjust("/v1/stores/"+store+"/items/"+url.PathEscape(sku), `{"delta":50}`))
		}
	}
	var everybody sync.WaitGroup
	for n := range 6 {
		everybody.Go(func() { c.bustle(rand.New(rand.NewPCG(seed, uint64(n))), 50) })
	}
	everybody.Wait()
	for _, kind := range []string{"adjusted", "counted", "moved", "reserved", "shipped", "received"} {
		require.NotEmpty(t, c.page("type=onhand.stock."+kind+".v1&limit=500").Commits, kind)
	}
	c.sumsUp(bustlingStores, bustlingSKUs)
	c.refused(c.get("/v1/items/unheard-of"), 404, "item-not-found")

	before := c.central("A")
	c.ok(c.once(synced+"/rebuild?projection=central-view", ""))
	require.Equal(t, before, c.central("A"), "no reader notices")
	c.sumsUp(bustlingStores, bustlingSKUs)
	service.Kill()
	c = clientOf(t, process.Start(t, service.DataDir, unlimited))
	c.sumsUp(bustlingStores, bustlingSKUs)
}

func TestWritersReadTheirWritesFromTheCentralView(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	var writers sync.WaitGroup
	for n := range 8 {
		writers.Go(func() {
			store := fmt.Sprint("S", n)
			for units := 1; units <= 40; units++ {
				a := c.adjust("/v1/stores/"+store+"/items/A", `{"delta":1}`)
				got := c.central("A", "Onhand-Min-Position: "+a.Header.Get("Onhand-Position"))
				found := false
				for _, item := range got.Stores {
					var one struct {
						Store  string
						OnHand int
					}
					require.NoError(t, json.Unmarshal(item, &one))
					if one.Store == store {
						found = true
						require.Equal(t, units, one.OnHand)
					}
				}
				require.True(t, found)
			}
		})
	}
	writers.Wait()
	require.EqualValues(t, 8*40, c.central("A").Totals["onHand"])
}

func TestAPausedViewIsBehindAndStaysSo(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	c.central("A", "Onhand-Min-Position: 1")
	c.ok(c.once(synced+"/pause?projection=central-view", "", "Idempotency-Key: k"))
	require.Equal(t, "paused", c.projection("central-view")["state"])
	c.ok(c.adjust(itemA, `{"delta":1}`))
	old := func(c client) {
		got := c.central("A", "Onhand-Min-Position: 1")
		require.Equal(t, []any{int64(1), int64(1)}, []any{got.Totals["onHand"], got.Position})
		require.Positive(t, got.LagSeconds)
		p := c.projection("central-view")
		require.Equal(t, []any{"paused", 1.0, 1.0}, []any{p["state"], p["position"], p["lag"]})
		require.Positive(t, p["lagSeconds"])
	}
	old(c)
	c.refused(c.get("/v1/items/A", "Onhand-Min-Position: 2"), 503, "view-behind")
	service.Kill()
	restarted := process.Start(t, service.DataDir, unlimited)
	c = clientOf(t, restarted)
	old(c)
	restarted.Stop(t)
	c = clientOf(t, process.Start(t, service.DataDir, unlimited))
	old(c)
	c.ok(c.once(synced, ""))
	old(c)
	c.ok(c.once(synced+"/resume", ""))
	require.EqualValues(t, 2, c.central("A", "Onhand-Min-Position: 2").Totals["onHand"])
	require.Equal(t, "running", c.projection("central-view")["state"])
}

func TestAStoreBelowZeroTakesNothingFromTheTotal(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	c.ok(c.adjust(itemA, `{"delta":5}`))
	for _, store := range []string{"S2", "S3", "S4"} {
		c.ok(c.policy("/v1/stores/"+store+"/items/A", `{"safetyStock":2}`))
	}
	totals := c.central("A", "Onhand-Min-Position: 4").Totals
	require.Equal(t, []int64{5, 6}, []int64{totals["available"], totals["short"]})
	c.sumsUp([]string{"S1", "S2", "S3", "S4"}, []string{"A"})
}
