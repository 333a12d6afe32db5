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
	c, err := load("", map[string]string{"ONHAND_PORT": "  ", "ONHAND_LOCK_DIR": ""}, hostLimits{})
	require.NoError(t, err)
	var printed bytes.Buffer
	require.NoError(t, c.Print(&printed))
	for line := range strings.FieldsSeq(`
		ONHAND_PORT=3000 ONHAND_APP_ENV=development ONHAND_CONCURRENCY_API=16 ONHAND_CONCURRENCY_SYNC=4
		ONHAND_CONCURRENCY_READS=16 ONHAND_CONCURRENCY_LISTS=4
		ONHAND_RATE_LIMIT_RPS=100 ONHAND_RATE_LIMIT_LOG_KB=4096 ONHAND_RATE_LIMIT_LOG_BURST_MB=64 ONHAND_DISK_RESERVE_MB=256
		ONHAND_RATE_LIMIT_BURST=200 ONHAND_BREAKER_THRESHOLD=0.5 ONHAND_BREAKER_COOLDOWN_MS=30000
		ONHAND_RETRY_BASE_MS=1000 ONHAND_RETRY_TIMES=3 ONHAND_SHUTDOWN_DELAY_MS=500
		ONHAND_START_TIMEOUT_MS=30000
		ONHAND_SNAPSHOT_EVERY_N_EVENTS=100 ONHAND_LOAD_SHED_QUEUE_MAX=1000 ONHAND_IDEMP_TTL_MS=86400000
		ONHAND_LOCKS_ENABLED=false ONHAND_LOCK_TTL_MS=2000
		ONHAND_LOCK_RENEW_MS=1000 ONHAND_LOCK_DIR= ONHAND_LOCK_REJECT_STATUS=503 ONHAND_LOCK_RETRY_AFTER_MS=300
		ONHAND_LOG_LEVEL=info ONHAND_HOST=127.0.0.1
		ONHAND_DATA_DIR=data ONHAND_EVENTS_FILE= ONHAND_WEBHOOK_TIMEOUT_MS=15000
		ONHAND_WEBHOOK_RETRY_SECONDS=5,300,1800,7200,18000,36000,50400,72000,86400 ONHAND_WEBHOOK_ALLOWED_NETWORKS=
		ONHAND_WEBHOOK_ALLOW_HTTP=false ONHAND_MAX_WEBHOOKS=100 ONHAND_MAX_DEAD_LETTERS=10000
		ONHAND_EVENT_STORE=json ONHAND_RATE_LIMIT_CLIENTS=100000 ONHAND_HSTS_MAX_AGE_SECONDS=0
		ONHAND_TRUSTED_PROXIES= ONHAND_CORS_ALLOWED_ORIGINS= ONHAND_PUBLIC_URL= ONHAND_MEMORY_LIMIT_MB=0`) {
		require.Contains(t, printed.String(), line+"\n")
	}
	require.Contains(t, printed.String(), "ONHAND_CONTENT_SECURITY_POLICY="+httpapi.DefaultContentPolicy+"\n",
		"the default is safe")
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
	checked := map[string]bool{"ONHAND_DATA_DIR": true, "ONHAND_LOCK_DIR": true, "ONHAND_EVENTS_FILE": true} // any path
	for _, c := range []struct{ name, good, bad string }{
		{"ONHAND_PORT", "0 65535", "-1 65536 x"},
		{"ONHAND_HOST", "0.0.0.0 ::1 stock.example localhost", "a/b a:b a?b"},
		{"ONHAND_APP_ENV", "development test production", "staging"},
		{"ONHAND_PUBLIC_URL", "https://stock.example http://localhost:3000/x/", "stock.example ftp://x https://x?y https://x#y"},
		{"ONHAND_ALLOWED_HOSTS", "* onhand,stock.example 10.0.0.1", "a:80 a/b *.example a@b onhand,a?b"},
		{"ONHAND_REQUEST_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"ONHAND_START_TIMEOUT_MS", "0 30000 86400000", "-1 86400001"},
		{"ONHAND_SHUTDOWN_DELAY_MS", "0 86400000", "-1 86400001"},
		{"ONHAND_HEADER_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"ONHAND_IDLE_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"ONHAND_SHUTDOWN_TIMEOUT_MS", "0 86400000", "-1 1.5"},
		{"ONHAND_MAX_CONNECTIONS", "1 1000000", "0"},
		{"ONHAND_MAX_CONNECTIONS_PER_CLIENT", "0 1000000", "-1"},
		{"ONHAND_EVENT_STORE", "json memory", "postgres Memory"},
		{"ONHAND_SEGMENT_MB", "1 1024", "0 1025"},
		{"ONHAND_MAX_STREAMS", "1 1000000000", "0"},
		{"ONHAND_MAX_OPEN", "1 1000000000", "0"},
		{"ONHAND_MAX_OPEN_PER_CLIENT", "0 1000000000", "-1"},
		{"ONHAND_MAX_RESERVATION_TTL_SECONDS", "0 316224000", "-1 316224001"},
		{"ONHAND_SWEEP_INTERVAL_MS", "10 86400000", "9"},
		{"ONHAND_CLOCK_MAX_LEAP_SECONDS", "1 3600 316224000", "0 316224001"},
		{"ONHAND_CLOCK_MAX_DOWNTIME_SECONDS", "0 2592000 316224000", "-1 316224001"},
		{"ONHAND_MAX_IDEMPOTENCY_KEYS", "1 1000000000", "0"},
		{"ONHAND_MAX_WAITING_COMMANDS", "1 10000000", "0"},
		{"ONHAND_FEED_MAX_CONNECTIONS", "1 1000000", "0"},
		{"ONHAND_FEED_MAX_CONNECTIONS_PER_CLIENT", "0 1000000", "-1"},
		{"ONHAND_FEED_MAX_MB_PER_SECOND", "0 100000", "-1 100001"},
		{"ONHAND_FEED_HEARTBEAT_MS", "10 86400000", "9"},
		{"ONHAND_FEED_WRITE_TIMEOUT_MS", "10 86400000", "9"},
		{"ONHAND_IDEMP_TTL_MS", "1 300000 2592000000", "0 2592000001"},
		{"ONHAND_IDEMPOTENCY_REQUIRED", "true false", "maybe"},
		{"ONHAND_PRECONDITION_REQUIRED", "true false", "maybe"},
		{"ONHAND_LOG_FORMAT", "json ecs", "text"},
		{"ONHAND_LOG_LEVEL", "trace debug info warn error fatal panic", "loud"},
		{"ONHAND_CACHE_MAX_MB", "0 1048576", "-1 1048577"},
		{"ONHAND_CACHE_TTL_MS", "1 86400000", "0 86400001"},
		{"ONHAND_MAX_DEAD_LETTERS", "1 10000000", "0"},
		{"ONHAND_MAX_WEBHOOKS", "1 100000", "0"},
		{"ONHAND_WEBHOOK_TIMEOUT_MS", "1 86400000", "0 86400001"},
		{"ONHAND_WEBHOOK_RETRY_SECONDS", "1 604800 1,1 " + strings.Repeat("5,", 19) + "5", "0 604801 1,0 x 1,,2 1.5 -1 " + strings.Repeat("5,", 20) + "5"},
		{"ONHAND_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8,fd00::/8", "127.0.0.1 10.0.0.0/8,x"},
		{"ONHAND_WEBHOOK_ALLOW_HTTP", "true false", "maybe"},
		{"ONHAND_CONCURRENCY_API", "1 100000", "0"},
		{"ONHAND_CONCURRENCY_READS", "1 100000", "0"},
		{"ONHAND_CONCURRENCY_LISTS", "1 100000", "0"},
		{"ONHAND_CONCURRENCY_SYNC", "1 100000", "0"},
		{"ONHAND_WEBHOOK_CONCURRENCY", "1 10000", "0 10001"},
		{"ONHAND_CONCURRENCY_FS", "1 100000", "0"},
		{"ONHAND_LOAD_SHED_QUEUE_MAX", "0 10000000", "-1"},
		{"ONHAND_BODIES_MAX_MB", "16 1048576", "15 1048577"},
		{"ONHAND_RATE_LIMIT_RPS", "0 0.5 1000000000", "-0.001 1000000000.001 x NaN Inf -Inf"},
		{"ONHAND_RATE_LIMIT_BURST", "1 1000000000", "0"},
		{"ONHAND_RATE_LIMIT_CLIENTS", "1 10000000", "0 10000001 x"},
		{"ONHAND_RATE_LIMIT_LOG_KB", "0 1073741824", "-1 1073741825"},
		{"ONHAND_RATE_LIMIT_LOG_BURST_MB", "1 1024", "0 1025"},
		{"ONHAND_DISK_RESERVE_MB", "0 1048576", "-1 1048577"},
		{"ONHAND_HSTS_MAX_AGE_SECONDS", "0 315360000", "-1 315360001 x"},
		{"ONHAND_CONTENT_SECURITY_POLICY", "default-src sandbox;report-uri=/x " + strings.Repeat("x", 2000), "a\x00b a\x1bb \x7f ü " + strings.Repeat("x", 2001)},
		{"ONHAND_TRUSTED_PROXIES", "10.0.0.0/8,::1/128 0.0.0.0/0", "10.0.0.1 10.0.0.0/8,x"},
		{"ONHAND_CORS_ALLOWED_ORIGINS", "* https://shop.example,http://localhost:5173 http://[::1]:8080", "shop.example " +
			"https://shop.example/ https://Shop.example https://*.example " +
			"https://shop.example:443 http://shop.example:80 https://shop.example: https://:444 https://a@shop.example ftp://x null"},
		{"ONHAND_BREAKER_THRESHOLD", "0.000001 1", "0 -1 1.000001 x NaN Inf"},
		{"ONHAND_BREAKER_COOLDOWN_MS", "1 86400000", "0"},
		{"ONHAND_BREAKER_MIN_REQUESTS", "1 1000000", "0"},
		{"ONHAND_BREAKER_FORCE_OPEN", "api sync,publisher-webhook filesystem-writes,filesystem-reads,publisher-events-file", "postgres sync,Api publisher-webhook-1"},
		{"ONHAND_RETRY_BASE_MS", "1 86400000", "0"},
		{"ONHAND_RETRY_TIMES", "0 100", "-1 101"},
		{"ONHAND_MEMORY_LIMIT_MB", "0 64 16777216", "-1 1 63"},
		{"ONHAND_SNAPSHOT_EVERY_N_EVENTS", "0 1000000000", "-1"},
		{"ONHAND_PPROF_PORT", "0 65535", "-1 65536"},
		{"ONHAND_LOCKS_ENABLED", "true false", "2"},
		{"ONHAND_LOCK_TTL_MS", "10 86400000", "9"},
		{"ONHAND_LOCK_RENEW_MS", "1 86399999", "0"},
		{"ONHAND_LOCK_REJECT_STATUS", "409 423 429 503", "200 500"},
		{"ONHAND_LOCK_RETRY_AFTER_MS", "0 86400000", "-1"},
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
		_, err := readConfig(map[string]string{"ONHAND_CONTENT_SECURITY_POLICY": value})
		require.ErrorContains(t, err, "ONHAND_CONTENT_SECURITY_POLICY: must be at most 2000 printable ASCII characters")
	}
}

// with gives a setting a value, and others such that only it counts.
func with(name, value string) map[string]string {
	environment := map[string]string{name: value}
	switch name {
	case "ONHAND_LOCK_TTL_MS":
		environment["ONHAND_LOCK_RENEW_MS"] = "1"
	case "ONHAND_LOCK_RENEW_MS":
		environment["ONHAND_LOCK_TTL_MS"] = "86400000"
	case "ONHAND_APP_ENV":
		environment["ONHAND_PUBLIC_URL"], environment["ONHAND_DATA_DIR"] = "https://stock.example", "/data"
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
		return []string{
			fmt.Sprint(int(slices.Min(numbers)) - 1), fmt.Sprint(int(slices.Max(numbers)) + 1), "x", "1.5",
			"99999999999999999999",
		}
	case reflect.Float64:
		require.True(t, slices.ContainsFunc(refused, func(n float64) bool { return n < slices.Min(numbers) }),
			"%s: too little", name)
		require.True(t, slices.ContainsFunc(refused, func(n float64) bool { return n > slices.Max(numbers) }),
			"%s: too much", name)
	case reflect.Bool:
		require.ElementsMatch(t, []string{"true", "false"}, good, name)
	}
	return nil
}

func TestTheProgramFitsTogether(t *testing.T) {
	c, err := readConfig(nil)
	require.NoError(t, err)
	require.NoError(t, fx.ValidateApp(options(c, false, logrus.New())))
}

func TestLogLines(t *testing.T) {
	var out bytes.Buffer
	c, err := readConfig(map[string]string{"ONHAND_LOG_LEVEL": "warn"})
	require.NoError(t, err)
	logger, err := newLogger(c, &out)
	require.NoError(t, err)
	report := newReporter(logger)
	report(ports.Incident{Component: "disk", Message: "not worth a line"})
	require.Empty(t, out.String(), "the level counts")
	report(ports.Incident{
		Component: "disk", Message: "on fire", Detail: "a \"b\"\n", Err: ports.ErrReadOnly, Severe: true,
	})
	require.Regexp(t, `^\{"time":"[^"]+Z","level":"error","message":"on fire","component":"disk","detail":"a \\"b\\"\\n","error":"the store is read-only"\}\n$`, out.String())
}
