package torture

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/onhand/onhand/test/torture/history"
)

// Item is a SKU in a store.
type Item struct {
	Store string `json:"store"`
	SKU   string `json:"sku"`
}

func (i Item) String() string { return i.Store + "/" + i.SKU }

func (i Item) path() string {
	return "/v1/stores/" + i.Store + "/items/" + url.PathEscape(i.SKU)
}

// Request is something asked of the service. Its parts say what it means for items.
type Request struct {
	Name         string // which names its effects in the log, too
	Method, Path string
	Body         []byte
	Key          string // the idempotency key; empty for none
	IfMatch      string
	MinPosition  int64
	Dry          bool
	Batch        bool
	Sums         bool // looks at the bank
	Parts        []Part
}

// Part is what a request, or one operation of a batch, asks of one item.
type Part struct {
	Item  Item
	Index int // of the operation in a batch
	history.Step
}

func (r Request) reads() bool { return r.Method == http.MethodGet || r.Dry }

// path is where the request goes.
func (r Request) path() string {
	if r.Dry {
		return r.Path + "?dryRun=true"
	}
	return r.Path
}

// operation is an operation of a batch, or the body of a request of its own.
type operation map[string]any

func (o operation) bytes() []byte {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // cannot happen: all values are plain
	}
	return text
}

// lines are the lines of a body.
func lines(parts []Part) []operation {
	var all []operation
	for _, p := range parts {
		line := operation{"store": p.Item.Store, "sku": p.Item.SKU}
		if p.Units > 0 {
			line["quantity"] = p.Units
		}
		all = append(all, line)
	}
	return all
}

// ask is one operation by itself, which can also be one of a batch.
type ask struct {
	kind      string // as in a batch
	path      string
	method    string
	body      operation
	parts     []Part
	batchOnly operation // members that the path says otherwise
}

// request makes one of its own.
func (a ask) request(name string) Request {
	body := a.body.bytes()
	if a.method == http.MethodGet {
		body = nil
	}
	return Request{Name: name, Method: a.method, Path: a.path, Body: body, Parts: a.parts}
}

// together makes a batch.
func together(name string, atomic bool, asks []ask) Request {
	r := Request{Name: name, Method: http.MethodPost, Path: "/v1/batch", Batch: true}
	var operations []operation
	for i, a := range asks {
		one := operation{"op": a.kind}
		for _, members := range []operation{a.body, a.batchOnly} {
			for name, value := range members {
				one[name] = value
			}
		}
		operations = append(operations, one)
		for _, p := range a.parts {
			p.Index = i
			r.Parts = append(r.Parts, p)
		}
	}
	r.Body = operation{"atomic": atomic, "operations": operations}.bytes()
	return r
}

func adjust(item Item, delta int64, reference string) ask {
	return ask{
		kind: "adjust", method: http.MethodPost, path: item.path() + "/adjustments",
		body:      operation{"delta": delta, "reference": reference},
		batchOnly: operation{"store": item.Store, "sku": item.SKU},
		parts:     []Part{{Item: item, Step: history.Step{Kind: history.Adjust, Units: delta}}},
	}
}

func read(item Item) ask {
	return ask{
		method: http.MethodGet, path: item.path(), parts: []Part{{Item: item, Step: history.Step{Kind: history.Read}}},
	}
}

// cart is a reservation that a client made, or tried to make.
type cart struct {
	id    string
	items []Item
}

// reserve holds units under an id of the client's own; with deadline in seconds, 0 for
// none. Without an id the service makes one.
func reserve(c cart, units []int64, seconds int64) ask {
	a := ask{
		kind: "reserve", method: http.MethodPut, path: "/v1/reservations/" + c.id, body: operation{},
		batchOnly: operation{"id": c.id},
	}
	for i, item := range c.items {
		a.parts = append(a.parts, Part{Item: item, Step: history.Step{Kind: history.Place, Hold: c.id, Units: units[i]}})
	}
	a.body["lines"] = lines(a.parts)
	if seconds > 0 {
		a.body["ttlSeconds"] = seconds
	}
	if c.id == "" {
		a.method, a.path, a.batchOnly = http.MethodPost, "/v1/reservations", nil
	}
	return a
}

// change commits, releases, extends or reads a reservation. Units are by item of the
// cart; nil is all, and 0 leaves the item out.
func change(c cart, kind history.Kind, units []int64, rest bool, seconds int64) ask {
	a := ask{
		kind: kind.String(), method: http.MethodPost, path: fmt.Sprintf("/v1/reservations/%s/%s", c.id, kind),
		body: operation{}, batchOnly: operation{"id": c.id},
	}
	var named []Part
	for i, item := range c.items {
		p := Part{Item: item, Step: history.Step{Kind: kind, Hold: c.id, Rest: rest}}
		if units != nil {
			if p.Units = units[i]; p.Units == 0 && !rest {
				continue
			}
			if p.Units == 0 {
				p.Kind = history.Release
			} else {
				named = append(named, p)
			}
		}
		a.parts = append(a.parts, p)
	}
	switch {
	case kind == history.Look:
		a.method, a.path = http.MethodGet, "/v1/reservations/"+c.id
	case kind == history.Extend:
		a.body["ttlSeconds"] = seconds
	case units != nil:
		a.body["lines"] = lines(named)
	}
	if rest {
		a.body["remainder"] = "release"
	}
	return a
}
