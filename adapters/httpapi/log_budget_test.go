package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

func writeBy(s *Server, client, path, body string) *httptest.ResponseRecorder {
	request, answer := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)), httptest.NewRecorder()
	request.RemoteAddr = client
	request.Header.Set("Content-Type", "application/json")
	s.Handler().ServeHTTP(answer, request)
	return answer
}

// budgetedWrites is an API that lets each client write 100 bytes of the log per second, and 2000 at once.
func budgetedWrites(t *testing.T) *Server {
	log := memory.NewEventStore(time.Minute, time.Now)
	s, _ := newTestServerOn(t, log, log, Options{
		RequestTimeout: time.Hour,
		LogBudget:      RateOptions{PerSecond: 100, Burst: 2000, Clients: 100, Now: time.Now},
	})
	return s
}

// TestAClientMayWriteSoManyBytesOfTheLogAndNoMore: given a client that has written more than it may at once,
// when it writes again, then it is refused and told for how long; its reads and others' writes pass.
func TestAClientMayWriteSoManyBytesOfTheLogAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := budgetedWrites(t)
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		batch := `{"operations":[` + strings.Repeat(`{"op":"adjust","store":"S1","sku":"A","delta":1},`, 9) +
			`{"op":"adjust","store":"S1","sku":"A","delta":1}]}`
		require.Equal(t, 200, writeBy(s, greedy, "/v1/batch", batch).Code, "what a write costs is known when it has ended")
		owed := s.log.tokens(netip.MustParseAddrPort(greedy).Addr())
		require.Less(t, owed, 0.0)

		refused := writeBy(s, greedy, adjustments, `{"delta":1}`)
		require.Equal(t, 429, refused.Code)
		require.Contains(t, refused.Body.String(), `"code":"rate-limited"`)
		require.Contains(t, refused.Body.String(), "bytes in the log")
		seconds, err := strconv.Atoi(refused.Header().Get("Retry-After"))
		require.NoError(t, err)
		require.Equal(t, 200, askBy(s, greedy, oneItem).Code, "reads write nothing")
		require.Equal(t, 200, writeBy(s, modest, adjustments, `{"delta":1}`).Code)
		require.EqualValues(t, 2, s.LogBudgetStatus().Refused, "the look of this test is one")

		time.Sleep(time.Duration(seconds) * time.Second)
		require.Equal(t, 200, writeBy(s, greedy, adjustments, `{"delta":1}`).Code)
	})
}

// TestWhatWritesNothingCostsNothing: refusals, dry runs and repetitions add nothing to the log.
func TestWhatWritesNothingCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := budgetedWrites(t)
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		require.Equal(t, 200, writeBy(s, greedy, adjustments, `{"delta":1}`).Code)
		left := s.log.tokens(netip.MustParseAddrPort(greedy).Addr())
		require.Less(t, left, 2000.0)
		for range 100 {
			require.Equal(t, 409, writeBy(s, greedy, adjustments, `{"delta":-9}`).Code)
			require.Equal(t, 200, writeBy(s, greedy, adjustments+"?dryRun=true", `{"delta":1}`).Code)
		}
		require.InDelta(t, left, s.log.tokens(netip.MustParseAddrPort(greedy).Addr()), 0)
	})
}

// TestADebtOfBytesIsBounded: one write of many bytes keeps its client out for a minute at most.
func TestADebtOfBytesIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := budgetedWrites(t)
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		s.log.spender(netip.MustParseAddrPort(greedy).Addr())(1 << 40)
		require.GreaterOrEqual(t, s.log.tokens(netip.MustParseAddrPort(greedy).Addr()), -60*100.0)
		time.Sleep(time.Minute + time.Second)
		require.Equal(t, 200, writeBy(s, greedy, adjustments, `{"delta":1}`).Code)
	})
}

// heldLog is a store whose appends wait until they are let.
type heldLog struct {
	ports.EventStore
	let chan struct{}
}

func (h *heldLog) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	<-h.let
	return h.EventStore.Append(ctx, commits)
}

// TestAClientThatLeavesPaysForItsWrite: given a write under way, when its client leaves before the answer and the
// write becomes durable later, then the client pays for it.
func TestAClientThatLeavesPaysForItsWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := memory.NewEventStore(time.Minute, time.Now)
		held := &heldLog{EventStore: log, let: make(chan struct{})}
		s, _ := newTestServerOn(t, log, held, Options{
			RequestTimeout: time.Hour,
			LogBudget:      RateOptions{PerSecond: 100, Burst: 2000, Clients: 100, Now: time.Now},
		})
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		ctx, leave := context.WithCancel(t.Context())
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`))
		request.RemoteAddr = greedy
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		go s.Handler().ServeHTTP(answer, request)
		synctest.Wait()
		leave()
		synctest.Wait()
		require.Contains(t, answer.Body.String(), `"code":"outcome-unknown"`)

		close(held.let)
		synctest.Wait()
		require.EqualValues(t, 1, log.Head().Position)
		paid := s.log.tokens(netip.MustParseAddrPort(greedy).Addr())
		require.Positive(t, paid)
		require.Less(t, paid, 2000.0)
	})
}
