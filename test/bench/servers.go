package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const manySKUs = 10_000

// onhand starts the service on a data directory.
func (b *bench) onhand(dir, data string, environment ...string) (*server, error) {
	return b.onhandBy(nil, dir, data, environment...)
}

// onhandBy starts it by a command that ends in starting what follows.
func (b *bench) onhandBy(prefix []string, dir, data string, environment ...string) (*server, error) {
	all := append([]string{
		"DATA_DIR=" + data, "LOG_LEVEL=info", "CONCURRENCY_API=64",
		// All load comes from one address.
		"RATE_LIMIT_RPS=0", "FEED_MAX_CONNECTIONS_PER_CLIENT=1000000", "MAX_CONNECTIONS_PER_CLIENT=1000000",
		"MAX_OPEN_PER_CLIENT=1000000000",
	}, environment...)
	return serve(dir, "onhand", all, func(string) []string { return append(slices.Clone(prefix), b.binary, "serve") })
}

func (b *bench) bare(dir string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return serve(dir, "bare gin", nil, func(address string) []string { return []string{self, "-bare", address} })
}

// openServers starts the bare reference and the service for one comparison.
func (b *bench) openServers(at *site) (bare, onhand *server, err error) {
	if bare, err = b.bare(at.dir); err != nil {
		return nil, nil, err
	}
	at.atEnd(func() { _ = bare.stop() })
	if onhand, err = b.onhand(at.dir, filepath.Join(at.dir, "data")); err != nil {
		return nil, nil, err
	}
	at.atEnd(func() { _ = onhand.stop() })
	return bare, onhand, nil
}

func item(n int) string { return fmt.Sprintf("/v1/stores/S1/items/sku-%07d", n) }

// adjustments are a request for each of the first SKUs.
func adjustments(skus int) [][]byte {
	all := make([][]byte, skus)
	for n := range all {
		all[n] = adjustment(n)
	}
	return all
}

func adjustment(n int) []byte {
	return post(item(n)+"/adjustments", `{"delta":1,"reason":"delivery","reference":"PO-4711"}`)
}

func openAdjust(b *bench, at *site) ([]row, error) {
	bare, onhand, err := b.openServers(at)
	if err != nil {
		return nil, err
	}
	spread := adjustments(manySKUs)
	reference := over(b, "bare gin: decode, answer", bare, spread)
	many := over(b, "durable adjust, 10,000 SKUs", onhand, spread)
	many.against, many.goals = reference.name, []goal{ratioAtLeast(0.6, "adjust, 10,000 SKUs, beside bare gin")}
	one := over(b, "durable adjust, one SKU", onhand, spread[:1])
	one.against, one.goals = many.name, []goal{ratioAtLeast(0.9, "adjust, one SKU, beside 10,000 SKUs")}
	rows := []row{
		reference, many, one,
		{name: "gin + pgx + PostgreSQL, 10,000 SKUs", against: many.name},
		{name: "gin + pgx + PostgreSQL, one SKU", against: one.name},
	}
	overPostgres(b, at, rows[3:], [][][]byte{spread, spread[:1]})
	return rows, nil
}

// fill makes the many SKUs.
func (s *server) fill() error {
	var operations []string
	for n := range manySKUs {
		operations = append(operations, operation(n))
		if len(operations) == 1000 {
			if err := s.try(batchBody(true, operations), http.StatusOK); err != nil {
				return err
			}
			operations = nil
		}
	}
	return nil
}

func openGet(b *bench, at *site) ([]row, error) {
	bare, onhand, err := b.openServers(at)
	if err != nil {
		return nil, err
	}
	reads := make([][]byte, manySKUs)
	for n := range reads {
		reads[n] = get(item(n))
	}
	if err := onhand.fill(); err != nil {
		return nil, err
	}
	reference := over(b, "bare gin: answer", bare, reads)
	got := over(b, "GET item, 10,000 SKUs", onhand, reads)
	got.against, got.goals = reference.name, []goal{ratioAtLeast(0.8, "GET item, beside bare gin")}
	return []row{reference, got}, nil
}

func operation(n int) string {
	return fmt.Sprintf(`{"op":"adjust","store":"S1","sku":"sku-%07d","delta":1,"reason":"delivery","reference":"PO-4711"}`, n)
}

func batchBody(atomic bool, operations []string) string {
	return fmt.Sprintf(`{"atomic":%t,"operations":[%s]}`, atomic, strings.Join(operations, ","))
}

// try sends a batch once and looks at every result: the load does not.
func (s *server) try(body string, want int) error {
	answer, err := http.Post("http://"+s.address+"/v1/batch", "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	var got struct {
		Results []struct {
			Status int `json:"status"`
		} `json:"results"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		return err
	}
	for _, r := range got.Results {
		if r.Status != http.StatusOK {
			return fmt.Errorf("an operation of a batch gives %d", r.Status)
		}
	}
	if answer.StatusCode != want || len(got.Results) == 0 {
		return fmt.Errorf("a batch gives %s and %d results", answer.Status, len(got.Results))
	}
	return nil
}

// batchOperations is the number of operations of a batch.
const batchOperations = 100

// batches are requests that together have an operation for each SKU.
func batches(atomic bool) [][]byte {
	var all [][]byte
	for n := 0; n < manySKUs; n += batchOperations {
		operations := make([]string, batchOperations)
		for i := range operations {
			operations[i] = operation(n + i)
		}
		all = append(all, post("/v1/batch", batchBody(atomic, operations)))
	}
	return all
}

// openBatch measures batches of 100 operations, by the operation.
func openBatch(b *bench, at *site) ([]row, error) {
	bare, onhand, err := b.openServers(at)
	if err != nil {
		return nil, err
	}
	for atomic, status := range map[bool]int{true: http.StatusOK, false: http.StatusMultiStatus} {
		if err := onhand.try(batchBody(atomic, []string{operation(0), operation(1)}), status); err != nil {
			return nil, err
		}
	}
	reference := over(b, "bare gin: decode and answer 100", bare, batches(true))
	atomic := over(b, "batch of 100, atomic", onhand, batches(true))
	independent := over(b, "batch of 100, independent", onhand, batches(false))
	for _, r := range []*row{&reference, &atomic, &independent} {
		requests := r.measure
		r.measure = func(length time.Duration) (sample, error) {
			one, err := requests(length)
			one.value *= batchOperations
			return one, err
		}
	}
	atomic.against, independent.against = reference.name, reference.name
	atomic.goals = []goal{valueAtLeast(150_000, "durable operations/s", "batch of 100, atomic")}
	independent.goals = []goal{valueAtLeast(150_000, "durable operations/s", "batch of 100, independent")}
	return []row{reference, atomic, independent}, nil
}
