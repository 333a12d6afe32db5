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
	environment := map[string]string{"APP_ENV": "production", "PUBLIC_URL": "https://stock.example", "DATA_DIR": "/var/lib/onhand"}
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

func TestEveryRuleRefusesWhatIsNotSafeAndNothingElse(t *testing.T) {
	tried := map[int]bool{}
	for _, c := range []struct {
		rule int // of those about the setting
		bad  []string
		good []string // just on this side
	}{
		{0, []string{"PUBLIC_URL="}, nil},
		{1, []string{"PUBLIC_URL=http://stock.example"}, []string{"PUBLIC_URL=http://localhost:3000", "PUBLIC_URL=http://127.0.0.1", "PUBLIC_URL=http://[::1]:3000/x"}},
		{
			0,
			[]string{"RATE_LIMIT_RPS=0 HOST=0.0.0.0", "RATE_LIMIT_RPS=0 HOST=::", "RATE_LIMIT_RPS=0 HOST=stock.example", "RATE_LIMIT_RPS=0 HOST=10.0.0.1"},
			[]string{"RATE_LIMIT_RPS=0 HOST=127.0.0.1", "RATE_LIMIT_RPS=0 HOST=::1", "RATE_LIMIT_RPS=0 HOST=localhost", "RATE_LIMIT_RPS=1 HOST=0.0.0.0"},
		},
		{
			0,
			[]string{"TRUSTED_PROXIES=0.0.0.0/0", "TRUSTED_PROXIES=10.0.0.0/8,::/0", "TRUSTED_PROXIES=128.0.0.0/7", "TRUSTED_PROXIES=2000::/15", "TRUSTED_PROXIES=::ffff:0.0.0.0/96", "TRUSTED_PROXIES=::/1"},
			[]string{"TRUSTED_PROXIES=10.0.0.0/8,172.16.0.0/12,127.0.0.0/8,::1/128", "TRUSTED_PROXIES=fc00::/7", "TRUSTED_PROXIES=fd00::/8", "TRUSTED_PROXIES=2001::/16", "TRUSTED_PROXIES=::ffff:10.0.0.0/104"},
		},
		{0, []string{"CORS_ALLOWED_ORIGINS=*", "CORS_ALLOWED_ORIGINS=https://shop.example,*"}, []string{"CORS_ALLOWED_ORIGINS=https://shop.example"}},
		{1, []string{"CORS_ALLOWED_ORIGINS=http://shop.example", "CORS_ALLOWED_ORIGINS=http://localhost:5173"}, []string{"CORS_ALLOWED_ORIGINS=https://shop.example:8443"}},
		{0, []string{"WEBHOOK_ALLOW_HTTP=true"}, []string{"WEBHOOK_ALLOW_HTTP=false"}},
		{0, []string{
			"WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8", "WEBHOOK_ALLOWED_NETWORKS=127.0.0.1/32", "WEBHOOK_ALLOWED_NETWORKS=0.0.0.0/0", "WEBHOOK_ALLOWED_NETWORKS=::/0",
			"WEBHOOK_ALLOWED_NETWORKS=::1/128", "WEBHOOK_ALLOWED_NETWORKS=169.254.169.254/32", "WEBHOOK_ALLOWED_NETWORKS=10.0.0.0/8,169.0.0.0/8", "WEBHOOK_ALLOWED_NETWORKS=fe80::/64",
			"WEBHOOK_ALLOWED_NETWORKS=fd00::/8", "WEBHOOK_ALLOWED_NETWORKS=100.64.0.0/10", "WEBHOOK_ALLOWED_NETWORKS=::ffff:127.0.0.1/128", "WEBHOOK_ALLOWED_NETWORKS=0.0.0.0/32",
		}, []string{"WEBHOOK_ALLOWED_NETWORKS=10.0.0.0/8,192.168.0.0/16,172.16.0.0/12", "WEBHOOK_ALLOWED_NETWORKS=fd12:3456::/32"}},
		{0, []string{"PPROF_PORT=6060"}, []string{"PPROF_PORT=0"}},
		{1, []string{"PPROF_PORT=6060 PORT=6060"}, []string{"PPROF_PORT=0 PORT=0"}},
		{0, []string{"EVENT_STORE=memory"}, []string{"EVENT_STORE=json"}},
		{0, []string{"LOCKS_ENABLED=true EVENT_STORE=memory"}, []string{"LOCKS_ENABLED=true", "LOCKS_ENABLED=false"}},
		{0, []string{"DATA_DIR=data", "DATA_DIR=./data", "DATA_DIR=~/data"}, []string{"DATA_DIR=/"}},
		{0, []string{"EVENTS_FILE=events.ndjson"}, []string{"EVENTS_FILE=/var/log/events.ndjson"}},
		{
			1,
			[]string{"EVENTS_FILE=/d/log/x DATA_DIR=/d", "EVENTS_FILE=/d/LOCK DATA_DIR=/d/", "EVENTS_FILE=/d/x/../snapshots/a/b DATA_DIR=/d", "EVENTS_FILE=/d DATA_DIR=/d", "EVENTS_FILE=data/webhooks/x DATA_DIR=./data"},
			[]string{"EVENTS_FILE=/d/events.ndjson DATA_DIR=/d", "EVENTS_FILE=/e/log/x DATA_DIR=/d"},
		},
		{0, []string{"LOCK_DIR=locks"}, []string{"LOCK_DIR=/run/onhand"}},
		{1, []string{"LOCK_DIR=/d/log DATA_DIR=/d", "LOCK_DIR=/d DATA_DIR=/d", "LOCK_DIR=/d/snapshots/x DATA_DIR=/d"}, []string{"LOCK_DIR=/d/locks DATA_DIR=/d", "LOCK_DIR=/d/leases DATA_DIR=/d"}},
		{0, []string{"LOCK_RENEW_MS=2000", "LOCK_RENEW_MS=3000"}, []string{"LOCK_RENEW_MS=1999"}},
		{0, []string{"IDEMP_TTL_MS=19999", "IDEMP_TTL_MS=59999 REQUEST_TIMEOUT_MS=30000 SHUTDOWN_TIMEOUT_MS=30000"}, []string{"IDEMP_TTL_MS=20000"}},
		{0, []string{"SHUTDOWN_TIMEOUT_MS=9999", "SHUTDOWN_TIMEOUT_MS=15000 REQUEST_TIMEOUT_MS=15001"}, []string{"SHUTDOWN_TIMEOUT_MS=10000"}},
		{0, []string{"LOG_LEVEL=fatal", "LOG_LEVEL=PANIC"}, []string{"LOG_LEVEL=error", "LOG_LEVEL=debug", "LOG_LEVEL=trace"}},
		{0, []string{"REQUEST_TIMEOUT_MS=300001 SHUTDOWN_TIMEOUT_MS=300001 IDEMP_TTL_MS=600002"}, []string{"REQUEST_TIMEOUT_MS=300000 SHUTDOWN_TIMEOUT_MS=300000 IDEMP_TTL_MS=600000"}},
		{0, []string{"WEBHOOK_TIMEOUT_MS=60001"}, []string{"WEBHOOK_TIMEOUT_MS=60000"}},
		{0, []string{"MAX_CONNECTIONS=3016", "MAX_CONNECTIONS=10000 FEED_MAX_CONNECTIONS=9000"}, []string{"MAX_CONNECTIONS=3017"}},
	} {
		name, _, _ := strings.Cut(append(c.bad, c.good...)[0], "=")
		at := ruleAbout(name, c.rule)
		tried[at] = true
		for _, value := range c.bad {
			_, err := load("", sound(strings.Fields(value)...), hostLimits{})
			requireRefused(t, err, rules[at], value)
			s, err := load("", merged(sound(strings.Fields(value)...), "APP_ENV=development"), hostLimits{})
			if rules[at].when == everywhere {
				requireRefused(t, err, rules[at], value)
				continue
			}
			require.NoError(t, err, value)
			require.True(t, slices.ContainsFunc(s.Unsafe, func(text string) bool { return strings.Contains(text, rules[at].because) }), "%s: %v", value, s.Unsafe)
		}
		for _, value := range c.good {
			s, err := load("", sound(strings.Fields(value)...), hostLimits{})
			require.NoError(t, err, value)
			require.Empty(t, s.Unsafe)
		}
	}
	for at, r := range rules {
		if host := r.when == nowhere || strings.Contains(r.unsafe, "descriptors") || r.about[0] == "MEMORY_LIMIT_MB" || strings.Contains(r.unsafe, "tmpfs"); !host {
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
	environment := map[string]string{"APP_ENV": "production", "WEBHOOK_ALLOW_HTTP": "true", "PORT": "x", "SHUTDOWN_TIMEOUT_MS": "1", "REQUEST_TIMEOUT_MS": "0"}
	_, err := load("", environment, on("tmpfs"))
	wrong := &ConfigError{}
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, []string{
		`PORT: "x" is not a whole number (environment)`,
		"PUBLIC_URL: is empty: events and problems would not say which service they come from; set the https URL under which clients find the service (default)",
		"REQUEST_TIMEOUT_MS: must be no less than 1 (environment)",
		`DATA_DIR: "data" is relative: a start from another directory would find another log, or begin an empty one; give the absolute path (default)`,
		"DATA_DIR: is on tmpfs: what is acknowledged would not be durable there; use a local disk (default)",
		"WEBHOOK_ALLOW_HTTP: is true: an attacker in between could read and hold back what is sent; let receivers have https (environment)",
	}, wrong.Problems, "and nothing of SHUTDOWN_TIMEOUT_MS, since REQUEST_TIMEOUT_MS is not known")
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
		refused(on(kind), "DATA_DIR: is on "+kind+":")
	}
	warned(on("overlayfs"), "DATA_DIR: is on overlayfs: if that is a container's own layer")

	const inMemory = "EVENT_STORE=memory"
	warned(on("tmpfs"), "EVENT_STORE: is memory", inMemory, "DATA_DIR=data", "APP_ENV=test")
	s, err := load("", sound(inMemory, "EVENTS_FILE=/e", "APP_ENV=test"), hostLimits{})
	require.NoError(t, err)
	require.Len(t, s.Unsafe, 2)
	require.Contains(t, s.Unsafe[1], "EVENTS_FILE: is set while EVENT_STORE is memory: the next start begins another log")

	const most = "MAX_CONNECTIONS=3500"
	need := sound(most)
	c, err := readConfig(need)
	require.NoError(t, err)
	others := c.otherDescriptors()
	_, err = load("", need, hostLimits{descriptors: 3500 + others})
	require.NoError(t, err)
	refused(hostLimits{descriptors: 3500 + others - 1}, "MAX_CONNECTIONS: 3500 connections need 3720 file descriptors, there are 3719, enough for 3499", most)
	warned(hostLimits{descriptors: 256}, "enough for 36", most, "APP_ENV=test")
	require.Equal(t, 36, c.fitting(hostLimits{descriptors: 256}).MaxConnections)
	require.Equal(t, 3500, c.fitting(hostLimits{descriptors: 1 << 20}).MaxConnections)
	require.Equal(t, 3500, c.fitting(hostLimits{}).MaxConnections)
	refused(hostLimits{descriptors: others + fewConnections - 1}, "MAX_CONNECTIONS: 235 file descriptors are too few: 220 are needed beside those for connections", "APP_ENV=development")

	refused(hostLimits{goMemLimit: "1GiB"}, `MEMORY_LIMIT_MB: is 512 while GOMEMLIMIT is "1GiB"`, "MEMORY_LIMIT_MB=512", "APP_ENV=development")
	refused(hostLimits{memory: 512 << 20}, "MEMORY_LIMIT_MB: 512 MiB is not below the 512 MiB that the control group may use", "MEMORY_LIMIT_MB=512")
	warned(hostLimits{memory: 512 << 20}, "MEMORY_LIMIT_MB: is 0 while the control group may use 512 MiB")
	for _, given := range []string{"MEMORY_LIMIT_MB=460", "MEMORY_LIMIT_MB=0"} {
		s, err := load("", sound(given), hostLimits{memory: 512 << 20, goMemLimit: map[bool]string{true: "460MiB"}[given == "MEMORY_LIMIT_MB=0"]})
		require.NoError(t, err)
		require.Empty(t, s.Unsafe)
	}
}
