package prometheus

import client "github.com/prometheus/client_golang/prometheus"

// Feed is how the feed stands.
type Feed struct {
	Streams int64 // followers by server-sent events
	Polls   int64 // followers that wait for a page
	Limit   int   // of both together
	CutOff  int64 // streams that were ended since their clients did not read
	Sent    int64 // commits that were sent
}

var (
	feedFollowers = client.NewDesc("onhand_feed_followers", "Clients that follow the feed, by event stream or long poll.", []string{"kind"}, nil)
	feedLimit     = client.NewDesc("onhand_feed_followers_limit", "Followers at which no more are let in.", nil, nil)
	feedCutOff    = client.NewDesc("onhand_feed_cut_off_total", "Event streams that were ended since their clients did not read.", nil, nil)
	feedSent      = client.NewDesc("onhand_feed_commits_sent_total", "Commits sent to followers and on pages.", nil, nil)
)

func (f Feed) collect(to chan<- client.Metric) {
	to <- client.MustNewConstMetric(feedFollowers, client.GaugeValue, float64(f.Streams), "stream")
	to <- client.MustNewConstMetric(feedFollowers, client.GaugeValue, float64(f.Polls), "poll")
	to <- client.MustNewConstMetric(feedLimit, client.GaugeValue, float64(f.Limit))
	to <- client.MustNewConstMetric(feedCutOff, client.CounterValue, float64(f.CutOff))
	to <- client.MustNewConstMetric(feedSent, client.CounterValue, float64(f.Sent))
}
