package torture

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// numbers are the compared figures of an item.
type numbers struct{ OnHand, Reserved, Available, Incoming, Version int64 }

// listed are the items of some stores as a process lists them.
func listed(address string, stores []string) (map[Item]numbers, error) {
	all := map[Item]numbers{}
	for _, store := range stores {
		for cursor := ""; ; {
			var page struct {
				Items      []shownItem
				NextCursor string
			}
			err := get(address+"/v1/stores/"+store+"/items?limit=500&cursor="+url.QueryEscape(cursor), 0, &page)
			if err != nil {
				return nil, err
			}
			for _, i := range page.Items {
				all[Item{i.Store, i.SKU}] = numbers{i.OnHand, i.Reserved, i.Available, i.Incoming, i.Version}
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
	}
	return all, nil
}

// get asks for something that reflects a position at least.
func get(address string, position int64, into any) error {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Onhand-Min-Position", strconv.FormatInt(position, 10))
	client := http.Client{Timeout: answerTime}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %d %s", address, answer.StatusCode, text)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

// reach requires that every process shows every acknowledged change, wherever that was, in
// items and in the central view.
func (c *cluster) reach(w *world) error {
	for _, path := range []string{Item{bankStores[0], w.bank[0]}.path(), "/v1/items/" + w.bank[0]} {
		for n, node := range c.nodes {
			err := get(node.address()+path, w.reached(), &struct{}{})
			for until := time.Now().Add(time.Minute); err != nil && time.Now().Before(until); {
				time.Sleep(20 * time.Millisecond) // a circuit may be open
				err = get(node.address()+path, w.reached(), &struct{}{})
			}
			if err != nil {
				return fmt.Errorf("process %d does not come to position %d: %w", n, w.reached(), err)
			}
		}
	}
	return nil
}

// folded are the items as the log has them.
func (l *Log) folded() map[Item]numbers {
	all := map[Item]numbers{}
	for item, e := range l.Items {
		a := e.Data.After
		all[item] = numbers{a.OnHand, a.Reserved, a.Available, a.Incoming, a.Version}
	}
	return all
}

// same requires that every process shows the numbers of the log. Deadlines that have come
// are in the log as soon as a sweep is over, so it is asked again for a while.
func (c *cluster) same(stores []string) error {
	var err error
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if err = c.sameNow(stores); err == nil {
			return nil
		}
	}
	return err
}

func (c *cluster) sameNow(stores []string) error {
	log, err := ReadLog(c.dir)
	if err != nil {
		return err
	}
	folded := log.folded()
	for n, node := range c.nodes {
		shown, err := listed(node.address(), stores)
		if err != nil {
			return err
		}
		if maps.Equal(shown, folded) {
			continue
		}
		for _, item := range slices.SortedFunc(maps.Keys(folded),
			func(a, b Item) int { return strings.Compare(a.String(), b.String()) }) {
			if shown[item] != folded[item] {
				return fmt.Errorf("%s: process %d shows %+v, the log leads to %+v", item, n, shown[item], folded[item])
			}
		}
		return fmt.Errorf("process %d shows %d items, the log has %d", n, len(shown), len(folded))
	}
	return nil
}
