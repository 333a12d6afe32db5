package torture

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// The bank is SKUs of which all stores and all transfers together always have the same
// number of units, whatever is moved. A reader of all of it at one moment must see that
// number.

// open brings the units in.
func (w *world) open() []Request {
	var all []Request
	for _, sku := range w.bank {
		for i, store := range bankStores {
			units := int64(1) // so that every item exists
			if i == 0 {
				units = atBank - int64(len(bankStores)) + 1
			}
			name := fmt.Sprintf("%s-open-%s", sku, store)
			r := adjust(Item{store, sku}, units, name).request(name)
			r.Key, r.Parts = name, nil
			all = append(all, r)
		}
	}
	return all
}

// bank draws a movement, or a look at the sum.
func (d *drawer) bank(name string) Request {
	sku := d.world.bank[d.IntN(len(d.world.bank))]
	from := d.IntN(len(bankStores))
	to := (from + 1 + d.IntN(len(bankStores)-1)) % len(bankStores)
	units := 1 + d.Int64N(40)
	id, known := d.world.transfer(d.Rand)
	post := func(path string, body operation) Request {
		return Request{Name: name, Method: http.MethodPost, Path: path, Body: body.bytes()}
	}
	switch n := d.IntN(10); {
	case n < 2:
		r := together(name, true, []ask{
			adjust(Item{bankStores[from], sku}, -units, name), adjust(Item{bankStores[to], sku}, units, name),
		})
		r.Parts = nil
		return r
	case n < 4 || n < 6 && !known:
		return post("/v1/transfers",
			operation{"from": bankStores[from], "to": bankStores[to], "lines": []operation{{"sku": sku, "quantity": units}}})
	case n == 4:
		return post("/v1/transfers/"+id+"/receive", operation{})
	case n == 5:
		return post("/v1/transfers/"+id+"/cancel", operation{})
	case n < 8:
		return Request{
			Name: name, Method: http.MethodGet, Path: "/v1/items/" + url.PathEscape(sku), Sums: true,
			MinPosition: d.world.reached(),
		}
	default:
		var asks []ask
		for _, store := range bankStores {
			asks = append(asks, adjust(Item{store, sku}, 1, name))
		}
		r := together(name, true, asks) // all of it is decided at one moment
		r.Dry, r.Sums, r.Parts = true, true, nil
		return r
	}
}

// sum is what a look at the bank saw, and an error if that cannot be.
func sum(r Request, body []byte) error {
	var stores []shownItem
	var extra, total int64
	if r.Dry {
		var batch struct{ Results []result }
		if err := json.Unmarshal(body, &batch); err != nil {
			return err
		}
		for _, one := range batch.Results {
			if one.Item != nil {
				stores = append(stores, *one.Item)
			}
		}
		extra = int64(len(stores))
	} else {
		var view struct {
			Totals struct{ OnHand, Incoming int64 }
			Stores []shownItem
		}
		if err := json.Unmarshal(body, &view); err != nil {
			return err
		}
		stores = view.Stores
		total = view.Totals.OnHand + view.Totals.Incoming
		if total != atBank {
			return fmt.Errorf("%d units in all, not %d: %s", total, atBank, body)
		}
	}
	total = 0
	for _, s := range stores {
		if total += s.OnHand + s.Incoming; s.Available < 0 {
			return fmt.Errorf("%s has %d available: %s", s.Store, s.Available, body)
		}
	}
	if total != atBank+extra || len(stores) != len(bankStores) {
		return fmt.Errorf("%d units in %d stores, not %d in %d: %s", total-extra, len(stores), atBank, len(bankStores), body)
	}
	return nil
}
