package bootstrap

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEverySettingIsAcceptedWithAndWithoutItsPrefix(t *testing.T) {
	for _, s := range settings() {
		value := map[string]string{
			"ONHAND_APP_ENV": "test", "ONHAND_EVENT_STORE": "memory", "ONHAND_LOG_FORMAT": "ecs", "ONHAND_LOG_LEVEL": "debug",
			"ONHAND_BREAKER_FORCE_OPEN": "sync", "ONHAND_MEMORY_LIMIT_MB": "64", "ONHAND_LOCK_REJECT_STATUS": "409",
			"ONHAND_LOCK_TTL_MS": "1900", "ONHAND_BREAKER_THRESHOLD": "0.25", "ONHAND_HOST": "localhost",
			"ONHAND_PUBLIC_URL": "https://stock.example", "ONHAND_CORS_ALLOWED_ORIGINS": "https://shop.example",
			"ONHAND_TRUSTED_PROXIES": "10.0.0.0/8", "ONHAND_WEBHOOK_ALLOWED_NETWORKS": "10.0.0.0/8",
		}[s.name]
		switch {
		case value != "":
		case s.standard == "false":
			value = "true"
		case strings.HasSuffix(s.name, "_DIR"), strings.HasSuffix(s.name, "_FILE"):
			value = "/elsewhere"
		default:
			value = "17"
		}
		for variable, source := range map[string]string{s.name: "environment", s.short: "environment, as " + s.short} {
			got, err := load("", map[string]string{variable: value}, hostLimits{})
			require.NoError(t, err, variable)
			require.Equal(t, value, s.value(got.Config), variable)
			require.Equal(t, source, got.source(s.name))
			require.Empty(t, got.Ignored)
		}
		both, err := load("", map[string]string{s.name: value, s.short: s.standard}, hostLimits{})
		require.NoError(t, err)
		require.Equal(t, value, s.value(both.Config), "the prefixed name wins")
		require.Equal(t, "environment", both.source(s.name))
	}
	s, err := load("", map[string]string{"ONHAND_PORT": " ", "PORT": "4000"}, hostLimits{})
	require.NoError(t, err)
	require.Equal(t, 4000, s.Port, "an empty variable counts as not set")
	_, err = load("", map[string]string{"PORT": "x"}, hostLimits{})
	require.ErrorContains(t, err, `ONHAND_PORT: "x" is not a whole number (environment, as PORT)`)
}

func TestTheEnvironmentAcceptsTheValuesThatThePageNames(t *testing.T) {
	for value, want := range map[string]bool{
		"true": true, "t": true, "1": true, "True": true, "TRUE": true, "T": true,
		"false": false, "f": false, "0": false, "False": false, "FALSE": false, "F": false,
	} {
		c, err := readConfig(map[string]string{"ONHAND_LOCKS_ENABLED": " " + value + " "})
		require.NoError(t, err, value)
		require.Equal(t, want, c.LocksEnabled, value)
	}
	_, err := readConfig(map[string]string{"ONHAND_LOCKS_ENABLED": "yes"})
	require.ErrorContains(t, err, `"yes" is not a boolean (true, t or 1; false, f or 0)`)

	c, err := readConfig(map[string]string{
		"ONHAND_PORT": " +04000 ", "ONHAND_RATE_LIMIT_RPS": "1e3", "ONHAND_WEBHOOK_RETRY_SECONDS": " 5 , 300 ",
	})
	require.NoError(t, err)
	require.Equal(t, 4000, c.Port)
	require.InDelta(t, 1000, c.RateLimitRPS, 0)
	require.Equal(t, []int{5, 300}, c.WebhookRetries)
	for _, value := range []string{"1e3", "1_000", "0x10"} {
		_, err := readConfig(map[string]string{"ONHAND_PORT": value})
		require.ErrorContains(t, err, "is not a whole number")
	}
}

func TestAFileAcceptsBothNamesOfASettingButNotTwice(t *testing.T) {
	s, err := load(written(t, "PORT: 4000\nONHAND_HOST: localhost\n"), nil, hostLimits{})
	require.NoError(t, err)
	require.Equal(t, 4000, s.Port)
	require.Equal(t, "localhost", s.Host)
	require.Equal(t, []string{"ONHAND_PORT: is given twice (F:1 and F:2)"},
		problemsOf(t, written(t, "PORT: 4000\nONHAND_PORT: 4000\n"), nil))
}

func TestVariablesThatLookLikeSettingsAreReported(t *testing.T) {
	given := map[string]string{}
	for _, name := range strings.Fields(`DATADIR data_dir LOGLEVEL DATA_DIRS PUBLIC_URI IDEMPOTENCY_REQUIRE
		ONHAND_DATADIR ONHAND_PROT onhand_port ONHAND_FOO
		PATH HOME HOSTNAME HOSTTYPE TERM USER LANG LOGNAME SHELL PWD TMPDIR EDITOR NODE_ENV POST HOSTS APP_ID XDG_DATA_DIRS
		DATA_DIR PORT ONHAND_HOST`) {
		given[name] = "64"
	}
	given["ONHAND_HOST"] = "localhost"
	s, err := load("", given, hostLimits{})
	require.NoError(t, err)
	require.Equal(t, []string{
		"DATADIR is no setting; is ONHAND_DATA_DIR meant?",
		"DATA_DIRS is no setting; is ONHAND_DATA_DIR meant?",
		"IDEMPOTENCY_REQUIRE is no setting; is ONHAND_IDEMPOTENCY_REQUIRED meant?",
		"LOGLEVEL is no setting; is ONHAND_LOG_LEVEL meant?",
		"ONHAND_DATADIR is no setting; is ONHAND_DATA_DIR meant?",
		"ONHAND_FOO is no setting",
		"ONHAND_PROT is no setting; is ONHAND_PORT meant?",
		"PUBLIC_URI is no setting; is ONHAND_PUBLIC_URL meant?",
		"data_dir is no setting; is ONHAND_DATA_DIR meant?",
		"onhand_port is no setting; is ONHAND_PORT meant?",
	}, s.Ignored)
}

func TestVariablesOfAKubernetesServiceAreNoSettings(t *testing.T) {
	s, err := load("", map[string]string{
		"ONHAND_PORT": "tcp://10.96.0.7:3000", "ONHAND_SERVICE_HOST": "10.96.0.7", "ONHAND_SERVICE_PORT": "3000", "ONHAND_SERVICE_PORT_HTTP": "3000",
		"ONHAND_PORT_3000_TCP": "tcp://10.96.0.7:3000", "ONHAND_PORT_3000_TCP_PROTO": "tcp", "ONHAND_PORT_3000_TCP_PORT": "3000", "ONHAND_PORT_3000_TCP_ADDR": "10.96.0.7",
		"ONHAND_PPROF_PORT": "tcp://10.96.0.8:6060", "ONHAND_PPROF_SERVICE_HOST": "10.96.0.8",
	}, hostLimits{})
	require.NoError(t, err)
	require.Equal(t, 3000, s.Port)
	require.Zero(t, s.PprofPort)
	require.Empty(t, s.Ignored)
	require.Equal(t, "default", s.source("ONHAND_PORT"))
}

func TestTheHelpNamesSettingsThatExist(t *testing.T) {
	help := SettingsHelp()
	for _, name := range mostUsed {
		require.True(t, slices.ContainsFunc(settings(), func(s setting) bool { return s.name == name }), name)
		require.Contains(t, help, "\n  "+name)
	}
	require.Contains(t, help, "docs/configuration.md")
}
