package prometheus

import client "github.com/prometheus/client_golang/prometheus"

// Disk is the space on the disk of the log, in bytes.
type Disk struct {
	Free    int64
	Reserve int64 // 0 is none
}

var (
	diskFree    = client.NewDesc("onhand_disk_free_bytes", "Free bytes on the disk of the log; 0 if none are reserved.", nil, nil)
	diskReserve = client.NewDesc("onhand_disk_reserve_bytes", "Free bytes below which only writes are accepted that complete or end what exists.", nil, nil)
)

func (d Disk) collect(to chan<- client.Metric) {
	to <- client.MustNewConstMetric(diskFree, client.GaugeValue, float64(d.Free))
	to <- client.MustNewConstMetric(diskReserve, client.GaugeValue, float64(d.Reserve))
}
