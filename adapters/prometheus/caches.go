package prometheus

import (
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/ports"
)

var (
	cacheEntries = client.NewDesc("onhand_cache_entries", "Entries of a cache.", []string{"cache"}, nil)
	cacheBytes   = client.NewDesc("onhand_cache_bytes", "Size of all entries of a cache, in bytes.", []string{"cache"}, nil)
	cacheLimit   = client.NewDesc("onhand_cache_bytes_limit", "Size at which a cache evicts entries, in bytes.",
		[]string{"cache"}, nil)
	cacheHits   = client.NewDesc("onhand_cache_hits_total", "Look-ups that found an entry.", []string{"cache"}, nil)
	cacheMisses = client.NewDesc("onhand_cache_misses_total", "Look-ups that found no entry.", []string{"cache"}, nil)

	allCaches = []*client.Desc{cacheEntries, cacheBytes, cacheLimit, cacheHits, cacheMisses}
)

func collectCache(c ports.CacheStatus, to chan<- client.Metric) {
	to <- client.MustNewConstMetric(cacheEntries, client.GaugeValue, float64(c.Entries), c.Name)
	to <- client.MustNewConstMetric(cacheBytes, client.GaugeValue, float64(c.Bytes), c.Name)
	to <- client.MustNewConstMetric(cacheLimit, client.GaugeValue, float64(c.Limit), c.Name)
	to <- client.MustNewConstMetric(cacheHits, client.CounterValue, float64(c.Hits), c.Name)
	to <- client.MustNewConstMetric(cacheMisses, client.CounterValue, float64(c.Misses), c.Name)
}
