package bootstrap

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sound are settings that are safe in production.
func sound(others ...string) map[string]string {
	environment := map[string]string{
		"ONHAND_APP_ENV": "production", "ONHAND_PUBLIC_URL": "https://stock.example", "ONHAND_DATA_DIR": "/var/lib/onhand",
	}
	for _, other := range others {
		name, value, _ := strings.Cut(other, "=")
		environment[name] = value
	}
	return environment
}

// on is a machine on which DATA_DIR is on a kind of file system.
func on(kind string) hostLimits {
	return hostLimits{fileSystem: func(string) string { return kind }}
}

func TestEveryRuleRefusesUnsafeValuesAndNothingElse(t *testing.T) {
	tried := map[int]bool{}
	for _, c := range []struct {
		rule int // of those about the setting
		bad  []string
		good []string // just on this side
	}{
		{0, []string{"ONHAND_PUBLIC_URL="}, nil},
		{1, []string{"ONHAND_PUBLIC_URL=http://stock.example"}, []string{"ONHAND_PUBLIC_URL=http://localhost:3000", "ONHAND_PUBLIC_URL=http://127.0.0.1", "ONHAND_PUBLIC_URL=http://[::1]:3000/x"}},
		{
			0,
			[]string{"ONHAND_RATE_LIMIT_RPS=0 ONHAND_HOST=0.0.0.0", "ONHAND_RATE_LIMIT_RPS=0 ONHAND_HOST=::", "ONHAND_RATE_LIMIT_RPS=0 ONHAND_HOST=stock.example", "ONHAND_RATE_LIMIT_RPS=0 ONHAND_HOST=10.0.0.1"},
			[]string{"ONHAND_RATE_LIMIT_RPS=0 ONHAND_HOST=127.0.0.1", "ONHAND_RATE_LIMIT_RPS=0 ONHAND_HOST=::1", "ONHAND_RATE_LIMIT_RPS=0 ONHAND_HOST=localhost", "ONHAND_RATE_LIMIT_RPS=1 ONHAND_HOST=0.0.0.0"},
		},
		{
			0,
			[]string{"ONHAND_TRUSTED_PROXIES=0.0.0.0/0", "ONHAND_TRUSTED_PROXIES=10.0.0.0/8,::/0", "ONHAND_TRUSTED_PROXIES=128.0.0.0/7", "ONHAND_TRUSTED_PROXIES=2000::/15", "ONHAND_TRUSTED_PROXIES=::ffff:0.0.0.0/96", "ONHAND_TRUSTED_PROXIES=::/1"},
			[]string{"ONHAND_TRUSTED_PROXIES=10.0.0.0/8,172.16.0.0/12,127.0.0.0/8,::1/128", "ONHAND_TRUSTED_PROXIES=fc00::/7", "ONHAND_TRUSTED_PROXIES=fd00::/8", "ONHAND_TRUSTED_PROXIES=2001::/16", "ONHAND_TRUSTED_PROXIES=::ffff:10.0.0.0/104"},
		},
		{0, []string{"ONHAND_CORS_ALLOWED_ORIGINS=*", "ONHAND_CORS_ALLOWED_ORIGINS=https://shop.example,*"}, []string{"ONHAND_CORS_ALLOWED_ORIGINS=https://shop.example"}},
		{1, []string{"ONHAND_CORS_ALLOWED_ORIGINS=http://shop.example", "ONHAND_CORS_ALLOWED_ORIGINS=http://localhost:5173"}, []string{"ONHAND_CORS_ALLOWED_ORIGINS=https://shop.example:8443"}},
		{0, []string{"ONHAND_ALLOWED_HOSTS=*", "ONHAND_ALLOWED_HOSTS=onhand,*"}, []string{"ONHAND_ALLOWED_HOSTS=onhand,stock.internal"}},
		{0, []string{"ONHAND_WEBHOOK_ALLOW_HTTP=true"}, []string{"ONHAND_WEBHOOK_ALLOW_HTTP=false"}},
		{0, []string{
			"ONHAND_WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=127.0.0.1/32", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=0.0.0.0/0", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=::/0",
			"ONHAND_WEBHOOK_ALLOWED_NETWORKS=::1/128", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=169.254.169.254/32", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=10.0.0.0/8,169.0.0.0/8", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=fe80::/64",
			"ONHAND_WEBHOOK_ALLOWED_NETWORKS=fd00::/8", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=100.64.0.0/10", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=::ffff:127.0.0.1/128", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=0.0.0.0/32",
		}, []string{"ONHAND_WEBHOOK_ALLOWED_NETWORKS=10.0.0.0/8,192.168.0.0/16,172.16.0.0/12", "ONHAND_WEBHOOK_ALLOWED_NETWORKS=fd12:3456::/32"}},
		{0, []string{"ONHAND_PPROF_PORT=6060"}, []string{"ONHAND_PPROF_PORT=0"}},
		{1, []string{"ONHAND_PPROF_PORT=6060 ONHAND_PORT=6060"}, []string{"ONHAND_PPROF_PORT=0 ONHAND_PORT=0"}},
		{0, []string{"ONHAND_EVENT_STORE=memory"}, []string{"ONHAND_EVENT_STORE=json"}},
		{0, []string{"ONHAND_LOCKS_ENABLED=true ONHAND_EVENT_STORE=memory"}, []string{"ONHAND_LOCKS_ENABLED=true", "ONHAND_LOCKS_ENABLED=false"}},
		{0, []string{"ONHAND_DATA_DIR=data", "ONHAND_DATA_DIR=./data", "ONHAND_DATA_DIR=~/data"}, []string{"ONHAND_DATA_DIR=/"}},
		{0, []string{"ONHAND_EVENTS_FILE=events.ndjson"}, []string{"ONHAND_EVENTS_FILE=/var/log/events.ndjson"}},
		{
			1,
			[]string{"ONHAND_EVENTS_FILE=/d/log/x ONHAND_DATA_DIR=/d", "ONHAND_EVENTS_FILE=/d/LOCK ONHAND_DATA_DIR=/d/", "ONHAND_EVENTS_FILE=/d/x/../snapshots/a/b ONHAND_DATA_DIR=/d", "ONHAND_EVENTS_FILE=/d ONHAND_DATA_DIR=/d", "ONHAND_EVENTS_FILE=data/webhooks/x ONHAND_DATA_DIR=./data"},
			[]string{"ONHAND_EVENTS_FILE=/d/events.ndjson ONHAND_DATA_DIR=/d", "ONHAND_EVENTS_FILE=/e/log/x ONHAND_DATA_DIR=/d"},
		},
		{0, []string{"ONHAND_LOCK_DIR=locks"}, []string{"ONHAND_LOCK_DIR=/run/onhand"}},
		{1, []string{"ONHAND_LOCK_DIR=/d/log ONHAND_DATA_DIR=/d", "ONHAND_LOCK_DIR=/d ONHAND_DATA_DIR=/d", "ONHAND_LOCK_DIR=/d/snapshots/x ONHAND_DATA_DIR=/d"}, []string{"ONHAND_LOCK_DIR=/d/locks ONHAND_DATA_DIR=/d", "ONHAND_LOCK_DIR=/d/leases ONHAND_DATA_DIR=/d"}},
		{0, []string{"ONHAND_LOCK_RENEW_MS=2000", "ONHAND_LOCK_RENEW_MS=3000"}, []string{"ONHAND_LOCK_RENEW_MS=1999"}},
		{0, []string{"ONHAND_IDEMP_TTL_MS=19999", "ONHAND_IDEMP_TTL_MS=59999 ONHAND_REQUEST_TIMEOUT_MS=30000 ONHAND_SHUTDOWN_TIMEOUT_MS=30000"}, []string{"ONHAND_IDEMP_TTL_MS=20000"}},
		{0, []string{"ONHAND_SHUTDOWN_TIMEOUT_MS=9999", "ONHAND_SHUTDOWN_TIMEOUT_MS=15000 ONHAND_REQUEST_TIMEOUT_MS=15001"}, []string{"ONHAND_SHUTDOWN_TIMEOUT_MS=10000"}},
		{0, []string{"ONHAND_LOG_LEVEL=fatal", "ONHAND_LOG_LEVEL=PANIC"}, []string{"ONHAND_LOG_LEVEL=error", "ONHAND_LOG_LEVEL=debug", "ONHAND_LOG_LEVEL=trace"}},
		{0, []string{"ONHAND_REQUEST_TIMEOUT_MS=300001 ONHAND_SHUTDOWN_TIMEOUT_MS=300001 ONHAND_IDEMP_TTL_MS=600002"}, []string{"ONHAND_REQUEST_TIMEOUT_MS=300000 ONHAND_SHUTDOWN_TIMEOUT_MS=300000 ONHAND_IDEMP_TTL_MS=600000"}},
		{0, []string{"ONHAND_WEBHOOK_TIMEOUT_MS=60001"}, []string{"ONHAND_WEBHOOK_TIMEOUT_MS=60000"}},
		{0, []string{"ONHAND_MAX_CONNECTIONS=5036", "ONHAND_MAX_CONNECTIONS=10000 ONHAND_FEED_MAX_CONNECTIONS=9000"}, []string{"ONHAND_MAX_CONNECTIONS=5037"}},
	} {
		name, _, _ := strings.Cut(append(c.bad, c.good...)[0], "=")
		at := ruleAbout(name, c.rule)
		tried[at] = true
		for _, value := range c.bad {
			_, err := load("", sound(strings.Fields(value)...), hostLimits{})
			requireRefused(t, err, rules[at], value)
			s, err := load("", merged(sound(strings.Fields(value)...), "ONHAND_APP_ENV=development"), hostLimits{})
			if rules[at].when == everywhere {
				requireRefused(t, err, rules[at], value)
				continue
			}
			require.NoError(t, err, value)
			require.True(t,
				slices.ContainsFunc(s.Unsafe, func(text string) bool { return strings.Contains(text, rules[at].because) }),
				"%s: %v", value, s.Unsafe)
		}
		for _, value := range c.good {
			s, err := load("", sound(strings.Fields(value)...), hostLimits{})
			require.NoError(t, err, value)
			require.Empty(t, s.Unsafe)
		}
	}
	for at, r := range rules {
		if host := r.when == nowhere || strings.Contains(r.unsafe, "descriptors") || r.about[0] == "ONHAND_MEMORY_LIMIT_MB" ||
			strings.Contains(r.unsafe, "tmpfs"); !host {
			require.True(t, tried[at], "the rule about %s, %s, is not tested", r.about[0], r.unsafe)
		}
	}
}

// ruleAbout is the index of the n-th rule that blames a setting.
func ruleAbout(name string, n int) int {
	for at, r := range rules {
		if r.about[0] != name {
			continue
		}
		if n == 0 {
			return at
		}
		n--
	}
	panic(name)
}

func merged(environment map[string]string, others ...string) map[string]string {
	environment = maps.Clone(environment)
	for _, other := range others {
		name, value, _ := strings.Cut(other, "=")
		environment[name] = value
	}
	return environment
}

func requireRefused(t *testing.T, err error, r rule, why string) {
	t.Helper()
	wrong := &ConfigError{}
	require.ErrorAs(t, err, &wrong, why)
	require.True(t, slices.ContainsFunc(wrong.Problems, func(text string) bool {
		return strings.HasPrefix(text, r.about[0]+": ") && strings.Contains(text, r.because+"; "+r.instead+" (")
	}), "%s: %v", why, wrong.Problems)
}

func TestSoundSettingsAreSafeInProduction(t *testing.T) {
	s, err := load("", sound(), hostLimits{descriptors: 20_000, memory: 1 << 30, goMemLimit: "900MiB"})
	require.NoError(t, err)
	require.Empty(t, s.Unsafe)
}

func TestAllUnsafeSettingsAreReportedAtOnce(t *testing.T) {
	environment := map[string]string{
		"ONHAND_APP_ENV": "production", "ONHAND_WEBHOOK_ALLOW_HTTP": "true", "ONHAND_PORT": "x",
		"ONHAND_SHUTDOWN_TIMEOUT_MS": "1", "ONHAND_REQUEST_TIMEOUT_MS": "0",
	}
	_, err := load("", environment, on("tmpfs"))
	wrong := &ConfigError{}
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, []string{
		`ONHAND_PORT: "x" is not a whole number (environment)`,
		"ONHAND_PUBLIC_URL: is empty: events and problems would lack their source; " +
			"set the https URL of the service for clients (default)",
		`ONHAND_DATA_DIR: "data" is relative: a start elsewhere would open another log; give an absolute path (default)`,
		"ONHAND_DATA_DIR: is on tmpfs: an acknowledged change would not be durable there; use a local disk (default)",
		"ONHAND_REQUEST_TIMEOUT_MS: must be no less than 1 (environment)",
		"ONHAND_WEBHOOK_ALLOW_HTTP: is true: an attacker could read and withhold events; use receivers with https (environment)",
	}, wrong.Problems, "and nothing of ONHAND_SHUTDOWN_TIMEOUT_MS, since ONHAND_REQUEST_TIMEOUT_MS is not known")
}

func TestSettingsAreHeldAgainstTheLimitsOfTheHost(t *testing.T) {
	refused := func(limits hostLimits, text string, others ...string) {
		t.Helper()
		_, err := load("", sound(others...), limits)
		require.ErrorContains(t, err, text)
	}
	warned := func(limits hostLimits, text string, others ...string) {
		t.Helper()
		s, err := load("", sound(others...), limits)
		require.NoError(t, err)
		require.Len(t, s.Unsafe, 1)
		require.Contains(t, s.Unsafe[0], text)
	}
	for _, kind := range []string{"tmpfs", "ramfs", "NFS", "SMB"} {
		refused(on(kind), "ONHAND_DATA_DIR: is on "+kind+":")
	}
	warned(on("overlayfs"), "ONHAND_DATA_DIR: is on overlayfs: a container's writable layer")

	const inMemory = "ONHAND_EVENT_STORE=memory"
	warned(on("tmpfs"), "ONHAND_EVENT_STORE: is memory", inMemory, "ONHAND_DATA_DIR=data", "ONHAND_APP_ENV=test")
	s, err := load("", sound(inMemory, "ONHAND_EVENTS_FILE=/e", "ONHAND_APP_ENV=test"), hostLimits{})
	require.NoError(t, err)
	require.Len(t, s.Unsafe, 2)
	require.Contains(t, s.Unsafe[1], "ONHAND_EVENTS_FILE: is set while ONHAND_EVENT_STORE is memory: each start begins a new log")

	const most = "ONHAND_MAX_CONNECTIONS=5500"
	need := sound(most)
	c, err := readConfig(need)
	require.NoError(t, err)
	others := c.otherDescriptors()
	_, err = load("", need, hostLimits{descriptors: 5500 + others})
	require.NoError(t, err)
	refused(hostLimits{descriptors: 5500 + others - 1}, "ONHAND_MAX_CONNECTIONS: 5500 connections need 6348 file descriptors; the process may open 6347, enough for 5499 connections", most)
	warned(hostLimits{descriptors: 864}, "enough for 16", most, "ONHAND_APP_ENV=test")
	require.Equal(t, 16, c.fitting(hostLimits{descriptors: 864}).MaxConnections)
	require.Equal(t, 5500, c.fitting(hostLimits{descriptors: 1 << 20}).MaxConnections)
	require.Equal(t, 5500, c.fitting(hostLimits{}).MaxConnections)
	refused(hostLimits{descriptors: others + fewConnections - 1},
		"ONHAND_MAX_CONNECTIONS: the process may open 863 file descriptors; it needs 848 besides those of its connections",
		"ONHAND_APP_ENV=development")

	refused(hostLimits{goMemLimit: "1GiB"}, `ONHAND_MEMORY_LIMIT_MB: is 512 while GOMEMLIMIT is "1GiB"`,
		"ONHAND_MEMORY_LIMIT_MB=512", "ONHAND_APP_ENV=development")
	refused(hostLimits{memory: 512 << 20}, "ONHAND_MEMORY_LIMIT_MB: 512 MiB is not less than the 512 MiB of the control group", "ONHAND_MEMORY_LIMIT_MB=512")
	warned(hostLimits{memory: 512 << 20}, "ONHAND_MEMORY_LIMIT_MB: is 0 while the control group is limited to 512 MiB")
	for _, given := range []string{"ONHAND_MEMORY_LIMIT_MB=460", "ONHAND_MEMORY_LIMIT_MB=0"} {
		s, err := load("", sound(given),
			hostLimits{memory: 512 << 20, goMemLimit: map[bool]string{true: "460MiB"}[given == "ONHAND_MEMORY_LIMIT_MB=0"]})
		require.NoError(t, err)
		require.Empty(t, s.Unsafe)
	}
}
