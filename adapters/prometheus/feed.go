package prometheus

import (
	"time"

	client "github.com/prometheus/client_golang/prometheus"
)

// Feed is the status of the feed.
type Feed struct {
	Streams int64         // followers by server-sent events
	Polls   int64         // followers that wait for a page
	Limit   int           // of both together
	CutOff  int64         // streams that the service ended because their clients did not read
	Sent    int64         // commits
	Bytes   int64         // sent with them
	Budget  int64         // bytes per second, 0 for no limit
	Waited  time.Duration // by all followers together, for their share of the budget
}

var (
	feedFollowers = client.NewDesc("onhand_feed_followers", "Clients that follow the feed by event stream or long poll.",
		[]string{"kind"}, nil)
	feedLimit  = client.NewDesc("onhand_feed_followers_limit", "Number of followers at which the service refuses more.", nil, nil)
	feedCutOff = client.NewDesc("onhand_feed_cut_off_total", "Event streams that the service ended because their clients did not read.", nil, nil)
	feedSent   = client.NewDesc("onhand_feed_commits_sent_total", "Commits sent in streams and pages.", nil, nil)
	feedBytes  = client.NewDesc("onhand_feed_bytes_sent_total", "Bytes sent in streams and pages.", nil, nil)
	feedBudget = client.NewDesc("onhand_feed_bytes_per_second_limit",
		"Bytes per second for all followers together; bytes read from the log count several times; 0 is no limit.", nil, nil)
	feedWaited = client.NewDesc("onhand_feed_throttled_seconds_total",
		"Total time that followers waited for their share of the bytes per second.", nil, nil)
)

func (f Feed) collect(to chan<- client.Metric) {
	to <- client.MustNewConstMetric(feedFollowers, client.GaugeValue, float64(f.Streams), "stream")
	to <- client.MustNewConstMetric(feedFollowers, client.GaugeValue, float64(f.Polls), "poll")
	to <- client.MustNewConstMetric(feedLimit, client.GaugeValue, float64(f.Limit))
	to <- client.MustNewConstMetric(feedCutOff, client.CounterValue, float64(f.CutOff))
	to <- client.MustNewConstMetric(feedSent, client.CounterValue, float64(f.Sent))
	to <- client.MustNewConstMetric(feedBytes, client.CounterValue, float64(f.Bytes))
	to <- client.MustNewConstMetric(feedBudget, client.GaugeValue, float64(f.Budget))
	to <- client.MustNewConstMetric(feedWaited, client.CounterValue, f.Waited.Seconds())
}
