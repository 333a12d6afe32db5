package bootstrap

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/ports"
)

// readConfig reads settings from an environment alone, wherever the program runs.
func readConfig(environment map[string]string) (Config, error) {
	s, err := load("", environment, hostLimits{})
	return s.Config, err
}

func TestSettingsHaveTheirDefaults(t *testing.T) {
	c, err := load("", map[string]string{"PORT": "  ", "LOCK_DIR": ""}, hostLimits{})
	require.NoError(t, err)
	var printed bytes.Buffer
	require.NoError(t, c.Print(&printed))
	for line := range strings.FieldsSeq(`PORT=3000 APP_ENV=development CONCURRENCY_API=16 CONCURRENCY_SYNC=4 RATE_LIMIT_RPS=100
		RATE_LIMIT_BURST=200 BREAKER_THRESHOLD=0.5 BREAKER_COOLDOWN_MS=30000 RETRY_BASE_MS=1000 RETRY_TIMES=3 SHUTDOWN_DELAY_MS=500
		SNAPSHOT_EVERY_N_EVENTS=100 LOAD_SHED_QUEUE_MAX=1000 IDEMP_TTL_MS=300000 LOCKS_ENABLED=false LOCK_TTL_MS=2000
		LOCK_RENEW_MS=1000 LOCK_DIR= LOCK_REJECT_STATUS=503 LOCK_RETRY_AFTER_MS=300 LOG_LEVEL=info HOST=127.0.0.1
		DATA_DIR=data EVENTS_FILE= WEBHOOK_TIMEOUT_MS=15000 WEBHOOK_RETRY_SECONDS=5,300,1800,7200,18000,36000,50400,72000,86400 WEBHOOK_ALLOWED_NETWORKS= WEBHOOK_ALLOW_HTTP=false MAX_WEBHOOKS=100 MAX_DEAD_LETTERS=10000 EVENT_STORE=json RATE_LIMIT_CLIENTS=100000 HSTS_MAX_AGE_SECONDS=0 TRUSTED_PROXIES= CORS_ALLOWED_ORIGINS= PUBLIC_URL= MEMORY_LIMIT_MB=0`) {
		require.Contains(t, printed.String(), line+"\n")
	}
	require.Contains(t, printed.String(), "CONTENT_SECURITY_POLICY="+httpapi.DefaultContentPolicy+"\n", "the default is safe")
}

func TestAReceiverHasThreeDaysToComeBack(t *testing.T) {
	c, err := readConfig(nil)
	require.NoError(t, err)
	seconds := 0
	for _, pause := range c.WebhookRetries {
		seconds += pause
	}
	require.InDelta(t, 3*24, seconds/3600, 6)
}

func TestEverySettingIsCheckedAtItsBounds(t *testing.T) {
	checked := map[string]bool{"DATA_DIR": true, "LOCK_DIR": true, "EVENTS_FILE": true} // any path
	for _, c := range []struct{ name, good, bad string }{
		{"PORT", "0 65535", "-1 65536 x"},
		{"HOST", "0.0.0.0 ::1 stock.example localhost", "a/b a:b a?b"},
		{"APP_ENV", "development test production", "staging"},
		{"PUBLIC_URL", "https://stock.example http://localhost:3000/x/", "stock.example ftp://x https://x?y https://x#y"},
		{"REQUEST_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"SHUTDOWN_DELAY_MS", "0 86400000", "-1 86400001"},
		{"HEADER_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"IDLE_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"SHUTDOWN_TIMEOUT_MS", "0 86400000", "-1 1.5"},
		{"MAX_CONNECTIONS", "1 1000000", "0"},
		{"EVENT_STORE", "json memory", "postgres Memory"},
		{"SEGMENT_MB", "1 1024", "0 1025"},
		{"MAX_STREAMS", "1 1000000000", "0"},
		{"MAX_OPEN", "1 1000000000", "0"},
		{"SWEEP_INTERVAL_MS", "10 86400000", "9"},
		{"MAX_IDEMPOTENCY_KEYS", "1 1000000000", "0"},
		{"MAX_WAITING_COMMANDS", "1 10000000", "0"},
		{"FEED_MAX_CONNECTIONS", "1 1000000", "0"},
		{"FEED_MAX_MB_PER_SECOND", "0 100000", "-1 100001"},
		{"FEED_HEARTBEAT_MS", "10 86400000", "9"},
		{"FEED_WRITE_TIMEOUT_MS", "10 86400000", "9"},
		{"IDEMP_TTL_MS", "1 2592000000", "0"},
		{"IDEMPOTENCY_REQUIRED", "true false", "maybe"},
		{"PRECONDITION_REQUIRED", "true false", "maybe"},
		{"LOG_FORMAT", "json ecs", "text"},
		{"LOG_LEVEL", "trace debug info warn error fatal panic", "loud"},
		{"CACHE_MAX_MB", "0 1048576", "-1 1048577"},
		{"CACHE_TTL_MS", "1 86400000", "0 86400001"},
		{"MAX_DEAD_LETTERS", "1 10000000", "0"},
		{"MAX_WEBHOOKS", "1 100000", "0"},
		{"WEBHOOK_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"WEBHOOK_RETRY_SECONDS", "1 604800 1,1 " + strings.Repeat("5,", 19) + "5", "0 604801 1,0 x 1,,2 1.5 -1 " + strings.Repeat("5,", 20) + "5"},
		{"WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8,fd00::/8", "127.0.0.1 10.0.0.0/8,x"},
		{"WEBHOOK_ALLOW_HTTP", "true false", "maybe"},
		{"CONCURRENCY_API", "1 100000", "0"},
		{"CONCURRENCY_SYNC", "1 100000", "0"},
		{"CONCURRENCY_FS", "1 100000", "0"},
		{"LOAD_SHED_QUEUE_MAX", "0 10000000", "-1"},
		{"BODIES_MAX_MB", "16 1048576", "15 1048577"},
		{"RATE_LIMIT_RPS", "0 0.5 1000000000", "-0.001 1000000000.001 x NaN Inf -Inf"},
		{"RATE_LIMIT_BURST", "1 1000000000", "0"},
		{"RATE_LIMIT_CLIENTS", "1 10000000", "0 10000001 x"},
		{"HSTS_MAX_AGE_SECONDS", "0 315360000", "-1 315360001 x"},
		{"CONTENT_SECURITY_POLICY", "default-src sandbox;report-uri=/x " + strings.Repeat("x", 2000), "a\x00b a\x1bb \x7f ü " + strings.Repeat("x", 2001)},
		{"TRUSTED_PROXIES", "10.0.0.0/8,::1/128 0.0.0.0/0", "10.0.0.1 10.0.0.0/8,x"},
		{"CORS_ALLOWED_ORIGINS", "* https://shop.example,http://localhost:5173 http://[::1]:8080", "shop.example https://shop.example/ https://Shop.example https://*.example " +
			"https://shop.example:443 http://shop.example:80 https://shop.example: https://:444 https://a@shop.example ftp://x null"},
		{"BREAKER_THRESHOLD", "0.000001 1", "0 -1 1.000001 x NaN Inf"},
		{"BREAKER_COOLDOWN_MS", "1 86400000", "0"},
		{"BREAKER_MIN_REQUESTS", "1 1000000", "0"},
		{"BREAKER_FORCE_OPEN", "api sync,publisher-webhook filesystem-writes,filesystem-reads,publisher-events-file", "postgres sync,Api publisher-webhook-1"},
		{"RETRY_BASE_MS", "1 86400000", "0"},
		{"RETRY_TIMES", "0 100", "-1 101"},
		{"MEMORY_LIMIT_MB", "0 64 16777216", "-1 1 63"},
		{"SNAPSHOT_EVERY_N_EVENTS", "0 1000000000", "-1"},
		{"PPROF_PORT", "0 65535", "-1 65536"},
		{"LOCKS_ENABLED", "true false", "2"},
		{"LOCK_TTL_MS", "10 86400000", "9"},
		{"LOCK_RENEW_MS", "1 86399999", "0"},
		{"LOCK_REJECT_STATUS", "409 423 429 503", "200 500"},
		{"LOCK_RETRY_AFTER_MS", "0 86400000", "-1"},
	} {
		checked[c.name] = true
		good, bad := strings.Fields(c.good), strings.Fields(c.bad)
		for _, value := range good {
			_, err := readConfig(with(c.name, value))
			require.NoError(t, err, "%s=%s", c.name, value)
		}
		for _, value := range append(bad, justBeyond(t, c.name, good, bad)...) {
			_, err := readConfig(with(c.name, value))
			wrong := &ConfigError{}
			require.ErrorAs(t, err, &wrong, "%s=%s", c.name, value)
			require.True(t, strings.HasPrefix(wrong.Problems[0], c.name+": "), wrong.Problems[0])
		}
	}
	for _, s := range settings() {
		require.True(t, checked[s.name], "%s is not tested", s.name)
	}
}

func TestNoSettingAddsAHeader(t *testing.T) {
	for _, value := range []string{"a\nSet-Cookie: x", "a\rb", "a\u2028b", "a\tb"} {
		_, err := readConfig(map[string]string{"CONTENT_SECURITY_POLICY": value})
		require.ErrorContains(t, err, "CONTENT_SECURITY_POLICY: must be at most 2000 printable ASCII characters")
	}
}

// with gives a setting a value, and others such that only it counts.
func with(name, value string) map[string]string {
	environment := map[string]string{name: value}
	switch name {
	case "LOCK_TTL_MS":
		environment["LOCK_RENEW_MS"] = "1"
	case "LOCK_RENEW_MS":
		environment["LOCK_TTL_MS"] = "86400000"
	case "APP_ENV":
		environment["PUBLIC_URL"], environment["DATA_DIR"] = "https://stock.example", "/data"
	}
	return environment
}

// justBeyond are the first whole numbers that must be refused, if the smallest and
// the largest of all good ones are given. It sees to it that they are.
func justBeyond(t *testing.T, name string, good, bad []string) []string {
	i := slices.IndexFunc(settings(), func(s setting) bool { return s.name == name })
	require.GreaterOrEqual(t, i, 0, "%s is no setting", name)
	require.NotEmpty(t, bad, name)
	require.NotEmpty(t, good, name)
	var numbers, refused []float64
	for _, text := range good {
		n, _ := strconv.ParseFloat(text, 64)
		numbers = append(numbers, n)
	}
	for _, text := range bad {
		n, _ := strconv.ParseFloat(text, 64)
		refused = append(refused, n)
	}
	switch settings()[i].kind.Kind() {
	case reflect.Int:
		return []string{fmt.Sprint(int(slices.Min(numbers)) - 1), fmt.Sprint(int(slices.Max(numbers)) + 1), "x", "1.5", "99999999999999999999"}
	case reflect.Float64:
		require.True(t, slices.ContainsFunc(refused, func(n float64) bool { return n < slices.Min(numbers) }), "%s: too little", name)
		require.True(t, slices.ContainsFunc(refused, func(n float64) bool { return n > slices.Max(numbers) }), "%s: too much", name)
	case reflect.Bool:
		require.ElementsMatch(t, []string{"true", "false"}, good, name)
	}
	return nil
}

func TestTheProgramFitsTogether(t *testing.T) {
	c, err := readConfig(nil)
	require.NoError(t, err)
	require.NoError(t, fx.ValidateApp(options(c, logrus.New())))
}

func TestLogLines(t *testing.T) {
	var out bytes.Buffer
	c, err := readConfig(map[string]string{"LOG_LEVEL": "warn"})
	require.NoError(t, err)
	logger, err := newLogger(c, &out)
	require.NoError(t, err)
	report := newReporter(logger)
	report(ports.Incident{Component: "disk", Message: "not worth a line"})
	require.Empty(t, out.String(), "the level counts")
	report(ports.Incident{Component: "disk", Message: "on fire", Detail: "a \"b\"\n", Err: ports.ErrReadOnly, Severe: true})
	require.Regexp(t, `^\{"time":"[^"]+Z","level":"error","message":"on fire","component":"disk","detail":"a \\"b\\"\\n","error":"the store is read-only"\}\n$`, out.String())
}
