package endtoend_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// hasty makes a dead letter of what a receiver has refused three times.
var hasty = append([]string{"WEBHOOK_RETRY_SECONDS=1,1"}, local...)

// write makes commits, each of one unit of an item in S1.
func (c client) write(items ...string) {
	c.t.Helper()
	for _, item := range items {
		c.ok(c.adjust("/v1/stores/S1/items/"+item, `{"delta":1}`))
	}
}

// parked is a service with a receiver that refuses the third event, of item A, so
// that it is a dead letter.
func parked(t *testing.T) (*process.Service, client, *subscriber, string) {
	service := process.Start(t, t.TempDir(), hasty...)
	c, s := clientOf(t, service), openSubscriber(t)
	s.poison = "3.0"
	c.write("A", "B", "A", "B", "A")
	name := c.subscribe(s)
	require.Eventually(t, func() bool { return len(c.deadLetters()) > 0 }, patience, 20*time.Millisecond)
	c.write("A", "B")
	s.gets("B", "2.0", "4.0", "7.0")
	s.gets("A", "1.0")
	return service, c, s, name
}

func TestAnEventThatIsRefusedIsParkedAndHoldsBackItsItemOnly(t *testing.T) {
	service, c, s, name := parked(t)
	letter := c.deadLetters()[0]
	require.Equal(t, []any{name, 3.0, 3.0}, []any{letter["projection"], letter["position"], letter["attempts"]})
	require.Contains(t, letter["cause"], "500")
	require.Equal(t, "3.0", letter["event"].(map[string]any)["id"])
	require.Less(t, letter["firstAt"], letter["lastAt"])
	stands := c.projection(name)
	require.Equal(t, []any{"running", 1.0, 0.0}, []any{stands["state"], stands["deadLetters"], stands["retrying"]})
	path := deadLettersPath + "/" + letter["id"].(string)
	refused := c.refused(c.once(path+"/redrive", ""), 409, "redrive-failed")
	require.EqualValues(t, 4, refused.json("attempts"))
	require.Contains(t, refused.json("cause"), "500")

	c.upToDate() // taken events are in the checkpoint
	service.Kill()
	restarted := process.Start(t, service.DataDir, hasty...)
	c = clientOf(t, restarted)
	require.Equal(t, []any{letter["id"], 4.0}, []any{c.deadLetters()[0]["id"], c.deadLetters()[0]["attempts"]})
	c.refused(c.get(deadLettersPath+"?cursor=x"), 400, "malformed-query")
	c.refused(c.once(path+"/redrive", `{"x":1}`), 400, "malformed-body")
	s.behave(func() { s.poison = "" })
	c.ok(c.once(path+"/redrive", "", "Idempotency-Key: k"))
	require.Equal(t, []string{"1.0", "3.0", "5.0", "6.0"}, s.ids("A"))
	require.Empty(t, c.deadLetters())
	require.Zero(t, c.projection(name)["deadLetters"])
	c.refused(c.once(path+"/redrive", "", "Idempotency-Key: k"), 404, "dead-letter-not-found")
	restarted.Kill()
	c = clientOf(t, process.Start(t, service.DataDir, hasty...))
	require.Empty(t, c.deadLetters())
	c.write("A")
	s.gets("A", "1.0", "3.0", "5.0", "6.0", "8.0")
	s.orderly(8)
}

func TestAnEventThatIsGivenUpIsLeftOutForEver(t *testing.T) {
	service, c, s, name := parked(t)
	path := deadLettersPath + "/" + c.deadLetters()[0]["id"].(string)
	require.Empty(t, c.ok(c.get(deadLettersPath+"?projection=unheard-of")).json("deadLetters"))
	c.refused(c.do(http.MethodDelete, path+"?dryRun=true", ""), 400, "malformed-query")
	require.Equal(t, http.StatusNoContent, c.do(http.MethodDelete, path, "", "X-Actor: ann", "X-Request-ID: r-9").Status)
	c.refused(c.do(http.MethodDelete, path, ""), 404, "dead-letter-not-found")
	s.gets("A", "1.0", "5.0", "6.0")
	require.Empty(t, c.deadLetters())
	written := c.ok(c.get("/v1/events?type=onhand.dead-letter.deleted.v1"))
	for _, text := range []string{
		`"actor":"ann"`, `"requestId":"r-9"`, `"projection":"` + name + `"`, `"subject":"dead-letters/`, `"cause":`,
	} {
		require.Contains(t, written.Body, text)
	}
	s.behave(func() { s.taken = nil })
	c.ok(c.once(synced+"/rebuild?projection="+name, ""))
	s.gets("A", "1.0", "5.0", "6.0")
	s.gets("B", "2.0", "4.0", "7.0")
	c.upToDate()
	require.Empty(t, c.deadLetters(), "the log says what to do about it")
	verified(t, service)
}

func TestWithoutCheckpointsAllIsDoneAgainAndLettersStay(t *testing.T) {
	service, c, s, _ := parked(t)
	before := c.deadLetters()
	http.DefaultClient.CloseIdleConnections()
	service.Stop(t)
	require.NoError(t, os.RemoveAll(filepath.Join(service.DataDir, "checkpoints")))
	s.behave(func() { s.taken = nil })
	c = clientOf(t, process.Start(t, service.DataDir, hasty...))
	s.gets("B", "2.0", "4.0", "7.0")
	s.gets("A", "1.0")
	require.Equal(t, before, c.deadLetters(), "it is not tried again")
	s.behave(func() { s.poison = "" })
	c.upToDate()
	c.ok(c.once(deadLettersPath+"/"+before[0]["id"].(string)+"/redrive", ""))
	s.gets("A", "1.0", "3.0", "5.0", "6.0")
	c.sumsUp([]string{"S1"}, []string{"A", "B"})
}

func TestTheLettersOfAWebhookThatIsDisabledWaitForIt(t *testing.T) {
	_, c, s, name := parked(t)
	path, webhook := deadLettersPath+"/"+c.deadLetters()[0]["id"].(string), webhooksPath+"/"+name[len("webhook-"):]
	c.ok(c.once(webhook+"/disable", ""))
	s.behave(func() { s.poison = "" })
	require.Len(t, c.deadLetters(), 1)
	c.refused(c.once(path+"/redrive", ""), 404, "projection-not-found")
	c.ok(c.once(webhook+"/enable", ""))
	require.Eventually(t, func() bool { return c.once(path+"/redrive", "").Status == http.StatusOK }, patience,
		20*time.Millisecond)
	s.gets("A", "1.0", "3.0", "5.0", "6.0")
	require.Equal(t, http.StatusNoContent, c.do(http.MethodDelete, webhook, "").Status)
	c.refused(c.once(path+"/redrive", ""), 404, "dead-letter-not-found")
}

func TestAReceiverThatComesBackGetsEverythingInOrder(t *testing.T) {
	c, s := clientOf(t,
		process.Start(t, t.TempDir(),
			append([]string{"WEBHOOK_RETRY_SECONDS=1,1,1,1,1,1,1,1,1,1,1,1"}, local...)...)), openSubscriber(t)
	name := c.subscribe(s)
	const items, rounds = 25, 4
	for round := range rounds {
		s.behave(func() { s.down = round%2 == 1 })
		for n := range items {
			c.write(fmt.Sprint(n))
		}
		require.Eventually(t, func() bool {
			return c.projection(name)["state"] == map[bool]string{true: "blocked", false: "running"}[round%2 == 1]
		}, patience, 5*time.Millisecond)
	}
	require.NotEmpty(t, c.projection(name)["detail"])
	s.behave(func() { s.down = false })
	s.orderly(items * rounds)
	require.Empty(t, c.deadLetters())
	require.Eventually(t, func() bool { return c.projection(name)["lag"] == 0.0 }, patience, 5*time.Millisecond)
}

// TestAStopDoesNotWaitForAReceiverThatHangs gives the attempt and the stop an hour, which
// is more than the test waits.
func TestAStopDoesNotWaitForAReceiverThatHangs(t *testing.T) {
	service := process.Start(t, t.TempDir(),
		append([]string{"WEBHOOK_TIMEOUT_MS=3600000", "SHUTDOWN_TIMEOUT_MS=3600000"}, hasty...)...)
	c, s := clientOf(t, service), openSubscriber(t)
	s.sticky = "2.0"
	c.write("A")
	c.subscribe(s)
	s.gets("A", "1.0") // an answer gives the webhook more permits than its own
	c.write("B", "A", "B")
	s.gets("A", "1.0", "3.0")
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.hanging == 1 }, patience,
		5*time.Millisecond)
	http.DefaultClient.CloseIdleConnections()
	service.Stop(t)
	s.behave(func() { s.sticky = "" })
	c = clientOf(t, process.Start(t, service.DataDir, hasty...))
	s.gets("B", "2.0", "4.0")
	c.upToDate()
	s.orderly(4)
}
