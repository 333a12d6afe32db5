package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// keyLifetime is the default of the service.
const keyLifetime = 24 * time.Hour

// openKeys looks keys up in a store of many, each of a commit of its own.
func openKeys(b *bench, at *site) ([]row, error) {
	data, err := b.stock.manyKeys()
	if err != nil {
		return nil, err
	}
	store, err := jsonevents.Open(data, jsonevents.Options{KeyTTL: keyLifetime})
	if err != nil {
		return nil, err
	}
	at.atEnd(func() { _ = store.Close() })
	at.note("A look-up of a used key reads its commit, too. The order is random, the files are in the page cache.")
	lookUp := func(kind, prefix string, known bool) row {
		name := fmt.Sprintf("%s key, %s keys known", kind, count(b.events))
		return row{
			name: name, goals: []goal{p99AtMost(time.Millisecond, "look-up of a "+kind+" key among 5,000,000, p99")},
			doubt: b.stock.doubt,
			measure: func(length time.Duration) (sample, error) {
				return lookUps(store, prefix, b.events, known, length)
			},
		}
	}
	return []row{lookUp("used", usedKey, true), lookUp("new", "never-", false)}, nil
}

// usedKey begins the keys of the store.
const usedKey = "order-"

// lookUps looks random keys up, one after the other.
func lookUps(store *jsonevents.Store, prefix string, keys int, known bool, length time.Duration) (sample, error) {
	var took []time.Duration
	start := time.Now()
	for begin := start; begin.Sub(start) < length; {
		_, found, err := store.CommitByKey(context.Background(), keyOf(prefix, rand.IntN(keys)))
		if err != nil {
			return sample{}, err
		}
		if found != known {
			return sample{}, errors.New("a look-up found the wrong thing")
		}
		end := time.Now()
		took = append(took, end.Sub(begin))
		begin = end
	}
	return rate(took, time.Since(start)), nil
}

func keyOf(prefix string, n int) string { return fmt.Sprintf("%s%012d", prefix, n) }

func memoryOfKeys(b *bench) (sample, error) {
	_, err := b.stock.manyKeys()
	return sample{value: b.stock.keyBytes}, err
}

// manyKeys is a store of as many keys as the grown store has events. All commits change one item,
// so that nothing but keys takes memory.
func (p *prepared) manyKeys() (string, error) {
	if p.keyed != "" {
		return p.keyed, nil
	}
	defer debug.FreeOSMemory() // the measurements after this one shall not pay for it
	data := filepath.Join(p.dir, "keyed")
	store, err := jsonevents.Open(data, jsonevents.Options{KeyTTL: keyLifetime})
	if err != nil {
		return "", err
	}
	before := heap()
	const together = 500
	for n := 0; n < p.events && err == nil; n += together {
		some := make([]ports.Commit, 0, together)
		for i := n; i < min(n+together, p.events); i++ {
			c := adjusted(oldSKU, event.Version(i+1))
			c.Key, c.Fingerprint, c.Result = keyOf(usedKey, i), someID, []byte(`{}`)
			some = append(some, c)
		}
		err = appendAll(store, some)
	}
	p.keyBytes = (heap() - before) / float64(p.events)
	if err = errors.Join(err, store.Close()); err != nil {
		return "", err
	}
	p.keyed = data
	return data, nil
}
