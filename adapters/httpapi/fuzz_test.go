package httpapi

import (
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/stock"
)

// bodyOf makes the gin context of a request with a JSON body.
func bodyOf(body string) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	c.Request.Header.Set("Content-Type", "application/json")
	c.Writer = &exchange{ResponseWriter: c.Writer}
	return c
}

// FuzzBody: the standard library decodes every body that the strict decoder takes to the same
// command, and the body has nothing that is forbidden.
func FuzzBody(f *testing.F) {
	f.Add(`{"delta":1,"reason":"a","expectedVersion":3}`)
	f.Add(`{"delta":10.0,"reason":"1.0","expectedVersion":3E+0}`)
	f.Add(`{"delta":1e400}`)
	f.Add(`{"delta":1.5e0,"reason":"a"}`)
	f.Fuzz(func(t *testing.T, body string) {
		var strict command.AdjustStock
		if decode(bodyOf(body), &strict) != nil {
			return
		}
		require.True(t, utf8.ValidString(body))
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(body), &members), "one object and nothing after it")
		for name, value := range members {
			require.Contains(t, []string{"delta", "reason", "reference", "expectedVersion"}, name)
			require.NotEqual(t, "null", string(value))
		}
		var lax command.AdjustStock
		plain, changed := plainNumbers([]byte(body))
		require.Equal(t, changed, string(plain) != body)
		require.NoError(t, json.Unmarshal(plain, &lax))
		require.Equal(t, lax, strict)
		if strict.Validate(command.Rules{}) == nil {
			require.LessOrEqual(t, strict.Delta, stock.MaxQuantity)
			require.NotZero(t, strict.Delta)
			require.LessOrEqual(t, len(strict.Reason), command.MaxReasonBytes)
		}
	})
}

// FuzzPlainNumber: a number is plain digits if and only if it is whole, and has the same value.
func FuzzPlainNumber(f *testing.F) {
	for _, text := range []string{
		"10.0", "1e1", "-0.0", "2.5", "1e400", "0.10e1", "1E-1", "12300e-2", "9223372036854775807.0", "+1", "01", "1.", "1e",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, whole := plainNumber(text)
		if jsontext.Value(text).Kind() != '0' || !jsontext.Value(text).IsValid() || strings.TrimSpace(text) != text {
			require.False(t, whole, "not a number")
			return
		}
		if _, exponent, _ := strings.Cut(strings.ToLower(text), "e"); len(exponent) > 4 {
			return // more than a test can calculate
		}
		value, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		require.Equal(t, value.IsInt(), whole)
		if n := value.Num(); whole && n.IsInt64() {
			require.Equal(t, n.String(), plain)
		} else if whole {
			_, err := strconv.ParseInt(plain, 10, 64)
			require.ErrorIs(t, err, strconv.ErrRange)
			require.Equal(t, n.Sign() < 0, plain[0] == '-')
			require.LessOrEqual(t, len(plain), 21)
		}
	})
}

// FuzzTags: a list of entity tags is read without a panic, and its tags match the versions that
// they name.
func FuzzTags(f *testing.F) {
	f.Add(`"5", W/"6", "x"`)
	f.Fuzz(func(t *testing.T, value string) {
		h := http.Header{"If-Match": {value}, "If-None-Match": {value}}
		p, err := preconditions(h)
		if err != nil {
			require.Equal(t, "malformed-header", mustClassify(err))
			return
		}
		require.GreaterOrEqual(t, len(p.IfNoneMatch.Versions), len(p.IfMatch.Versions), "weak tags match weakly only")
		for _, v := range p.IfMatch.Versions {
			require.Contains(t, value, etag(v))
			require.NoError(t, p.CheckMatch(v))
			require.True(t, p.Unchanged(v))
		}
		require.Error(t, p.CheckMatch(0), "nothing matches what does not exist")
	})
}

// FuzzIdempotencyKey: an accepted key is visible ASCII, and the same when quoted.
func FuzzIdempotencyKey(f *testing.F) {
	f.Add(`"a\"b"`)
	f.Fuzz(func(t *testing.T, value string) {
		key, err := idempotencyKey(http.Header{"Idempotency-Key": {value}})
		if err != nil {
			require.Equal(t, "malformed-header", mustClassify(err))
			return
		}
		require.True(t, isVisible(key, 255))
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
		again, err := idempotencyKey(http.Header{"Idempotency-Key": {quoted}})
		require.NoError(t, err)
		require.Equal(t, key, again)
	})
}

// FuzzQuery: parameters are read without a panic and stay in their bounds.
func FuzzQuery(f *testing.F) {
	f.Add("limit=5&dryRun=true")
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := parseQuery(raw, "limit", "dryRun", "asOf", "version", "skuPrefix", "availableAtMost", "sku"+repeatable)
		if err != nil {
			require.Equal(t, "malformed-query", mustClassify(err))
			return
		}
		if n, err := p.limit(); err == nil {
			require.True(t, n >= 1 && n <= 500)
		}
		if past, err := parsePast(p); err == nil && past != nil {
			require.True(t, past.Version > 0 || past.Version == 0 && p["asOf"] != nil)
		}
		if prefix, err := skuPrefix(p); err == nil {
			require.True(t, utf8.ValidString(prefix))
		}
		_, _ = p.boolean("dryRun")
		_, _ = p.availableAtMost()
	})
}

func mustClassify(err error) string {
	row, _ := classify(err)
	return row.code
}
