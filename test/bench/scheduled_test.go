package main

import (
	"bufio"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestArrivalsComeAtTheRateAndAtRandom(t *testing.T) {
	const perSecond = 10_000
	times := arrivals(perSecond, 10*time.Second, rand.New(rand.NewPCG(1, 2)))
	require.True(t, slices.IsSorted(times))
	require.Less(t, times[len(times)-1], 10*time.Second)
	require.InEpsilon(t, 10*perSecond, len(times), 0.02)
	// The gaps are exponential: a share of 1/e of them is longer than the mean.
	long := 0
	for i := 1; i < len(times); i++ {
		if times[i]-times[i-1] > time.Second/perSecond {
			long++
		}
	}
	require.InDelta(t, 0.368, float64(long)/float64(len(times)), 0.01)
}

// hanging is a server that answers its first request after a pause, and what
// waits meanwhile at once then.
func hanging(t *testing.T, pause time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				requests := bufio.NewReader(conn)
				hang := sync.OnceFunc(func() { time.Sleep(pause) })
				for {
					line, err := requests.ReadString('\n')
					if err != nil {
						return
					}
					if line != "\r\n" {
						continue
					}
					hang()
					_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
				}
			}()
		}
	}()
	return l.Addr().String()
}

func TestALatencyCountsFromItsScheduledTime(t *testing.T) {
	const pause = 50 * time.Millisecond
	address := hanging(t, pause)
	times := make([]time.Duration, 20)
	for n := range times {
		times[n] = time.Duration(n) * time.Millisecond
	}
	one, err := scheduled{load: load{address, [][]byte{get("/")}}, connections: 1}.run(times)
	require.NoError(t, err)
	require.GreaterOrEqual(t, one.p99, pause, "the first waited for all of the pause")
	require.GreaterOrEqual(t, one.p50, pause-11*time.Millisecond, "so did those that were due in it, although none was on the wire")
}

func TestOnlyTheLoadsOwnDelayIsItsLateness(t *testing.T) {
	require.Equal(t, 3*ms, lateness(10*ms, 2*ms, 13*ms), "sent after it was due")
	require.Equal(t, 1*ms, lateness(10*ms, 12*ms, 13*ms), "no connection was free when it was due")
	require.Zero(t, lateness(10*ms, 2*ms, 10*ms-time.Microsecond), "a little early")
}

func TestAFailingServerEndsTheSchedule(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	_, err = scheduled{load: load{l.Addr().String(), [][]byte{get("/")}}, connections: 2}.run(make([]time.Duration, 10))
	require.Error(t, err)
}
