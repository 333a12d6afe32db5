package bootstrap

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATenthOfTheQueueIsReservedForUrgentRequests(t *testing.T) {
	for room, kept := range map[int]int{0: 0, 1: 0, 2: 1, 5: 1, 19: 1, 20: 2, 1000: 100} {
		require.Equal(t, kept, keptShare(room), room)
	}
}

func TestBulkheadsAreShownByName(t *testing.T) {
	c, err := readConfig(map[string]string{
		"ONHAND_CONCURRENCY_API": "3", "ONHAND_CONCURRENCY_READS": "5", "ONHAND_CONCURRENCY_LISTS": "2",
		"ONHAND_LOAD_SHED_QUEUE_MAX": "7", "ONHAND_FEED_MAX_CONNECTIONS": "9",
	})
	require.NoError(t, err)
	shown := map[string][2]int{}
	for _, b := range newBulkheads(c).status() {
		shown[b.Name] = [2]int{b.Limit, b.WaitingLimit}
	}
	require.Equal(t, map[string][2]int{
		"api": {3, 7}, "api-reads": {5, 7}, "api-lists": {2, 7}, "api-waits": {9, 0}, "feed-pages": {3, 16}, "api-control": {16, 16}, "sync": {4, 169}, "webhooks": {164, 3300}, "filesystem-reads": {8, 7}, "webhook-tests": {4, 4},
	}, shown)
}

func TestEachKindOfRequestHasItsBulkhead(t *testing.T) {
	c, err := readConfig(nil)
	require.NoError(t, err)
	circuits, _ := wired(t, nil)
	o := overload(c, newBulkheads(c), circuits)
	names := []string{o.Work.Status().Name, o.Reads.Status().Name, o.Lists.Status().Name}
	require.Equal(t, []string{"api", "api-reads", "api-lists"}, names)
}
