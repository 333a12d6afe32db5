package endtoend_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestBadBatchesAreRefusedWhole(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	one := onItem("adjust", "A", `"delta":1`)
	var manyLines []string // 13 reservations of 77 items each are 1,001
	for n := range 13 {
		var list []string
		for i := range 77 {
			list = append(list, part("S1", fmt.Sprint(n, "-", i), 1))
		}
		manyLines = append(manyLines, `{"op":"reserve","lines":[`+strings.Join(list, ",")+`]}`)
	}
	sameItem := `{"op":"reserve","lines":[` + strings.Join(slices.Repeat([]string{part("S1", "A", 1)}, 77), ",") + `]}`
	bad := func(op string) string { return together(one, one, one, op) }
	for body, pointer := range map[string]string{
		`{}`:                                    "#/operations",
		together():                              "#/operations",
		bad(onItem("adjust", "A", `"delta":0`)): "#/operations/3/delta",
		bad(`{"op":"adjust","store":"S1","delta":1}`):                                              "#/operations/3/sku",
		bad(`{"op":"count","sku":"A","onHand":1}`):                                                 "#/operations/3/store",
		bad(onItem("count", "A", `"onHand":-1`)):                                                   "#/operations/3/onHand",
		bad(onItem("move", "A", `"from":"sellable","to":"lost","quantity":1`)):                     "#/operations/3/to",
		bad(onItem("policy", "A", `"safetyStock":-1`)):                                             "#/operations/3/safetyStock",
		bad(`{"op":"reserve","lines":[` + part("S1", "A", 1) + `,` + part("S1", "", 1) + `]}`):     "#/operations/3/lines/1/sku",
		bad(`{"op":"reserve","id":"a b","lines":[` + part("S1", "A", 1) + `]}`):                    "#/operations/3/id",
		bad(`{"op":"commit"}`):                                                                     "#/operations/3/id",
		bad(onID("commit", "x", `,"remainder":"drop"`)):                                            "#/operations/3/remainder",
		bad(onID("extend", "x", "")):                                                               "#/operations/3/ttlSeconds",
		bad(`{"op":"ship","from":"S1","to":"S1","lines":[` + unit("A", 1) + `]}`):                  "#/operations/3/to",
		bad(onID("receive", "x", `,"lines":[{"sku":"A"}]`)):                                        "#/operations/3/lines/0/good",
		bad(onItem("adjust", "A", `"delta":99999999999999999999`)):                                 "#/operations/3/delta",
		bad(onItem("sell", "A", `"delta":1`)):                                                      "#/operations/3/op",
		bad(`{"store":"S1"}`):                                                                      "#/operations/3/op",
		together(strings.Repeat(one+",", 1000) + one):                                              "#/operations",
		together(manyLines...):                                                                     "#/operations",
		together(slices.Repeat([]string{sameItem}, 13)...):                                         "#/operations",
		bad(`{"op":"reserve","lines":[` + part("S1", "A", 1e12) + `,` + part("S1", "A", 1) + `]}`): "#/operations/3/lines",
	} {
		c.points("/v1/batch", body, pointer)
	}
	a := c.refused(c.post("/v1/batch", together(onItem("adjust", "A", `"delta":0`), one, onID("extend", "x", ""))), 422,
		"validation-failed")
	require.Contains(t, a.Body, "#/operations/0/delta")
	require.Contains(t, a.Body, "#/operations/2/ttlSeconds", "all at once")
	for _, body := range []string{
		`[]`, `{"operations":{}}`, `{"atomic":"no","operations":[` + one + `]}`, `{"atomic":null,"operations":[` + one + `]}`, together(`null`), together(`5`),
		together(onItem("adjust", "A", `"delta":1,"id":"x"`)), together(onItem("adjust", "A", `"delta":1,"lowStockThreshold":null`)), together(onItem("adjust", "A", `"delta":null`)),
		together(onID("cancel", "x", `,"lines":[]`)), together(`{"op":5}`), together(one[:20]), `{"operations":[` + one + `],"dryRun":true}`,
		together(onItem("adjust", "A", `"delta":1,"op":"count"`)),
	} {
		c.refused(c.do("POST", "/v1/batch", body), 400, "malformed-body")
	}
	c.refused(c.do("POST", "/v1/batch", together(one), `If-Match: "1"`), 400, "malformed-header")
	c.refused(c.do("POST", "/v1/batch", together(one), "If-None-Match: *"), 400, "malformed-header")
	c.refused(c.do("PUT", "/v1/batch", together(one)), 405, "method-not-allowed")
	c.refused(c.get(itemA), 404, "item-not-found")

	require.Len(t, c.ok(c.do("POST", "/v1/batch", together(strings.Repeat(one+",", 999)+one))).json("results"), 1000)
	large := together(one)
	large += strings.Repeat(" ", 8<<20-len(large))
	c.ok(c.do("POST", "/v1/batch", large))
	c.refused(c.do("POST", "/v1/batch", large+" "), 413, "body-too-large")
	c.shows(itemA, map[string]int{"onHand": 1001, "version": 1001})

	var many []string
	for n := range 100 {
		many = append(many, part("S1", fmt.Sprint("sku-", n), 1))
		c.ok(c.do("POST", fmt.Sprintf("/v1/stores/S1/items/sku-%d/adjustments", n), `{"delta":100}`))
	}
	var releases []string
	for n := range 100 {
		id := fmt.Sprint("cart-", n)
		c.created(c.do("PUT", reservations+"/"+id, `{"lines":[`+strings.Join(many, ",")+`]}`))
		releases = append(releases, onID("release", id, ""))
	}
	all := strings.Join(releases, ",")
	a = c.refused(c.do("POST", "/v1/batch", together(all)), 422, "validation-failed")
	c.refused(c.do("POST", "/v1/batch?dryRun=true", together(all)), 422, "validation-failed")
	require.Contains(t, a.Body, `"pointer":"#"`)
	require.Equal(t, `"1"`, c.get(cart).Header.Get("ETag"), "more than one commit takes")
	verified(t, service)
}
