package endtoend_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// pages returns the ids of a list, read one or several at a time.
func (c client) pages(path, name string, limit int) []string {
	c.t.Helper()
	ids := []string{}
	for cursor, more := "", true; more; {
		a := c.ok(c.get(fmt.Sprintf("%s&limit=%d&cursor=%s", path, limit, cursor)))
		require.NotEmpty(c.t, a.Header.Get("Onhand-Position"))
		for _, one := range a.json(name).([]any) {
			ids = append(ids, one.(map[string]any)["id"].(string))
		}
		cursor, more = a.json("nextCursor").(string)
	}
	return ids
}

// backwards returns ids in the opposite order.
func backwards(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

// carts makes reservations: e is held, d committed, c released and b committed in part and then
// released, in this order; a is held and was extended last. It returns the answers, by id.
func carts(c client) map[string]answer {
	c.ok(c.adjust(itemA, `{"delta":100}`))
	c.ok(c.adjust(itemB, `{"delta":100}`))
	inA, inB := part("S1", "A", 2), part("S2", "B", 2)
	made := map[string]answer{}
	for _, one := range [][2]string{
		{"a", `{"lines":[` + inA + `],"owner":"ann","ttlSeconds":900}`},
		{"e", `{"lines":[` + inA + `,` + inB + `],"owner":"ann","reference":"order 1"}`},
		{"d", `{"lines":[` + inB + `],"owner":"bob","reference":"order 1"}`},
		{"c", `{"lines":[` + inB + `],"reference":"order 2"}`},
		{"b", `{"lines":[` + inA + `],"owner":"ann"}`},
	} {
		made[one[0]] = c.put(reservations+"/"+one[0], one[1])
		c.created(made[one[0]])
	}
	c.ok(c.post(reservations+"/d/commit", ""))
	c.ok(c.post(reservations+"/c/release", ""))
	c.ok(c.post(reservations+"/b/commit", `{"lines":[`+part("S1", "A", 1)+`]}`))
	c.ok(c.post(reservations+"/b/release", ""))
	c.ok(c.post(reservations+"/a/extend", `{"ttlSeconds":1800}`))
	return made
}

func TestFiltersOfReservations(t *testing.T) {
	// Given five reservations that were created and changed in different orders,
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	made := carts(clientOf(t, service))
	created := func(id string) string { return url.QueryEscape(made[id].json("createdAt").(string)) }
	updated := func(c client, id string) string {
		return url.QueryEscape(c.ok(c.get(reservations + "/" + id)).json("updatedAt").(string))
	}
	check := func(c client) {
		for _, one := range []struct {
			question string
			ids      []string
		}{
			{"", []string{"a", "b", "c", "d", "e"}},
			{"status=held", []string{"a", "e"}},
			{"status=committed", []string{"b", "d"}},
			{"status=released&status=held", []string{"a", "c", "e"}},
			{"status=expired", []string{}},
			{"owner=ann", []string{"a", "b", "e"}},
			{"owner=bob&status=held", []string{}},
			{"reference=order%201", []string{"d", "e"}},
			{"reference=order", []string{}},
			{"store=S2", []string{"c", "d", "e"}},
			{"store=S2&sku=A", []string{}},
			{"sku=A&status=committed", []string{"b"}},
			{"sort=createdAt", []string{"a", "e", "d", "c", "b"}},
			{"sort=updatedAt", []string{"e", "d", "c", "b", "a"}},
			{"sort=updatedAt&status=committed&status=released", []string{"d", "c", "b"}},
			{"createdSince=" + created("d"), []string{"b", "c", "d"}},
			{"createdUntil=" + created("d") + "&sort=createdAt", []string{"a", "e"}},
			{"createdSince=" + created("e") + "&createdUntil=" + created("b") + "&sort=createdAt", []string{"e", "d", "c"}},
			{"updatedSince=" + updated(c, "c"), []string{"a", "b", "c"}},
			{"updatedUntil=" + updated(c, "c") + "&sort=updatedAt", []string{"e", "d"}},
			{"createdSince=2999-01-01T00:00:00%2B02:00", []string{}},
			{"createdUntil=0001-01-01T00:00:00Z", []string{}},
		} {
			// when a client lists them forwards or backwards, in pages of any size,
			path := reservations + "?" + one.question
			// then the pages have those that fit, in their order.
			require.Equal(t, one.ids, c.pages(path, "reservations", 1), one.question)
			require.Equal(t, one.ids, c.pages(path+"&order=asc", "reservations", 500), one.question)
			require.Equal(t, backwards(one.ids), c.pages(path+"&order=desc", "reservations", 2), one.question)
		}
	}
	check(clientOf(t, service))
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	check(clientOf(t, service))
	verified(t, service)
}

func TestFiltersOfTransfers(t *testing.T) {
	// Given three transfers between three stores, one still in transit,
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":100}`))
	c.ok(c.adjust("/v1/stores/S3/items/B", `{"delta":100}`))
	var ids, paths []string
	for _, body := range []string{
		`{"from":"S1","to":"S2","lines":[` + unit("A", 1) + `],"reference":"van 1"}`,
		`{"from":"S3","to":"S1","lines":[` + unit("B", 1) + `]}`,
		`{"from":"S1","to":"S3","lines":[` + unit("A", 1) + `],"reference":"van 1"}`,
	} {
		a := c.post(transfers, body)
		paths = append(paths, c.created(a))
		ids = append(ids, a.json("id").(string))
	}
	c.ok(c.post(paths[2]+"/cancel", ""))
	c.ok(c.post(paths[0]+"/receive", ""))
	second := url.QueryEscape(c.get(paths[1]).json("createdAt").(string))
	for question, want := range map[string][]string{
		"":                                  ids,
		"from=S1":                           {ids[0], ids[2]},
		"to=S1":                             {ids[1]},
		"from=S1&to=S3":                     {ids[2]},
		"store=S3":                          {ids[1], ids[2]},
		"store=S3&to=S1":                    {ids[1]},
		"sku=A":                             {ids[0], ids[2]},
		"sku=A&store=S2":                    {ids[0]},
		"reference=van+1":                   {ids[0], ids[2]},
		"status=received&status=in-transit": ids[:2],
		"createdSince=" + second:            ids[1:],
		"createdUntil=" + second:            ids[:1],
		"sort=updatedAt":                    {ids[1], ids[2], ids[0]},
		"sort=createdAt&status=cancelled":   {ids[2]},
	} {
		// when a client lists them forwards or backwards, then the pages have those that fit.
		require.Equal(t, want, c.pages(transfers+"?"+question, "transfers", 1), question)
		require.Equal(t, backwards(want), c.pages(transfers+"?order=desc&"+question, "transfers", 2), question)
	}
	verified(t, service)
}

func TestACursorIsGoodForItsListOnly(t *testing.T) {
	// Given the cursor of a list,
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	carts(c)
	asked := reservations + "?limit=1&sort=updatedAt&status=held&status=committed"
	cursor := c.ok(c.get(asked)).json("nextCursor").(string)
	for _, other := range []string{
		reservations + "?sort=updatedAt", reservations + "?sort=createdAt&status=held&status=committed",
		reservations + "?sort=updatedAt&order=desc&status=held&status=committed",
		reservations + "?sort=updatedAt&status=held&status=committed&owner=ann",
		reservations + "?sort=updatedAt&status=held&status=committed&updatedSince=2026-01-01T00:00:00Z",
		transfers + "?sort=updatedAt",
	} {
		// when it comes with another question, then the service refuses it.
		c.refused(c.get(other+"&limit=1&cursor="+cursor), 400, "malformed-query")
	}
	// When it comes with the same one in other words, then the list continues.
	a := c.ok(c.get(reservations + "?limit=2&cursor=" + cursor + "&status=committed&status=held&order=asc&sort=updatedAt"))
	require.Len(t, a.json("reservations"), 2)
	verified(t, service)
}
