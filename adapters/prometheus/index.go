package prometheus

import (
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/domain/event"
)

// Index is the status of the index of closed reservations and transfers.
type Index struct {
	Entries int64 // about
	Bytes   int64
	Lag     event.Position // commits after the position up to which the index is complete
	Ending  int            // closed entries in memory
	Sound   bool           // false: it cannot be written or read at present
}

var (
	indexEntries = client.NewDesc("onhand_index_entries", "Closed reservations and transfers in the index, about.", nil, nil)
	indexBytes   = client.NewDesc("onhand_index_bytes", "Size of the index of closed reservations and transfers in bytes.", nil, nil)
	indexLag     = client.NewDesc("onhand_index_lag", "Commits after the position up to which the index of closed reservations and transfers is complete.", nil, nil)
	indexEnding  = client.NewDesc("onhand_index_ending", "Closed reservations and transfers in memory, which the index does not have yet.", nil, nil)
	indexFault   = client.NewDesc("onhand_index_fault", "1 while the index of closed reservations and transfers cannot be written or read.", nil, nil)

	allIndex = []*client.Desc{indexEntries, indexBytes, indexLag, indexEnding, indexFault}
)

func (x Index) collect(to chan<- client.Metric) {
	gauge := func(d *client.Desc, value int64) {
		to <- client.MustNewConstMetric(d, client.GaugeValue, float64(value))
	}
	gauge(indexEntries, x.Entries)
	gauge(indexBytes, x.Bytes)
	gauge(indexLag, int64(x.Lag))
	gauge(indexEnding, int64(x.Ending))
	gauge(indexFault, flag(!x.Sound))
}
