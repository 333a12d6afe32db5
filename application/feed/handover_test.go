package feed_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/feed"
)

func TestPublishedCommitsAreNotReadFromTheLog(t *testing.T) {
	run(t, feed.Options{}, func(t *testing.T, f *fixture, log *watched) {
		r := &reader{Follower: f.tail.Follow(feed.All, 0)}
		defer r.Close()
		for n := range 3000 {
			f.append(t, of("S1", "A", "stock.adjusted.v1"))
			if len(f.unpublished) == 7 || n == 2999 {
				for _, which := range []int{6, 0, 3, 1, 2, 0, 0} { // writers finish in any order
					f.publish(min(which, len(f.unpublished)-1))
					if len(f.unpublished) == 0 {
						break
					}
				}
			}
			if n%100 == 0 {
				time.Sleep(time.Second)
				for r.read(t, 1000) {
				}
			}
		}
		time.Sleep(time.Second)
		for r.read(t, 1000) {
		}
		require.Equal(t, f.expected(t, feed.All, 0, 3000), r.seen)
		reads := log.reads.Load()

		f.append(t, of("S1", "A", "stock.adjusted.v1"))
		f.append(t, of("S1", "A", "stock.adjusted.v1"))
		f.publish(1)
		time.Sleep(time.Minute)
		require.Greater(t, log.reads.Load(), reads, "a commit that is not published comes from the log")
		for r.read(t, 1000) {
		}
		require.Equal(t, f.expected(t, feed.All, 0, 3002), r.seen)
	})
}

func TestAWriterThatPublishesKeepsTheTailFromReading(t *testing.T) {
	run(t, feed.Options{}, func(t *testing.T, f *fixture, log *watched) {
		r := &reader{Follower: f.tail.Follow(feed.All, 0)}
		defer r.Close()
		f.append(t, of("S1", "A", "stock.adjusted.v1"))
		f.publish(0)
		time.Sleep(time.Second) // from here on the tail knows that the writer publishes
		reads := log.reads.Load()
		for range 1000 {
			f.append(t, of("S1", "A", "stock.adjusted.v1"))
			f.publish(0)
			time.Sleep(time.Duration(rand.N(20)) * time.Millisecond)
		}
		time.Sleep(time.Second)
		require.Equal(t, reads, log.reads.Load())
		for r.read(t, 1000) {
		}
		require.Equal(t, f.expected(t, feed.All, 0, 1001), r.seen)
	})
}

func TestWhatTheTailCannotTakeOverInTimeComesFromTheLog(t *testing.T) {
	run(t, feed.Options{Commits: 8}, func(t *testing.T, f *fixture, log *watched) {
		r := &reader{Follower: f.tail.Follow(feed.All, 0)}
		defer r.Close()
		for range 100 { // more at once than may wait for the tail
			f.append(t, of("S1", "A", "stock.adjusted.v1"))
			f.publish(0)
		}
		time.Sleep(time.Minute)
		for r.read(t, 1000) {
		}
		require.Equal(t, f.expected(t, feed.All, 0, 100), r.seen)
		require.Positive(t, log.reads.Load())
	})
}
