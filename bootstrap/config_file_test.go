package bootstrap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// written writes a file of settings and returns its path.
func written(t testing.TB, text string) string {
	path := filepath.Join(t.TempDir(), "onhand.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// problemsOf are the problems of settings, with F for the path of their file.
func problemsOf(t testing.TB, path string, environment map[string]string) []string {
	_, err := load(path, environment, hostLimits{})
	wrong := &ConfigError{}
	require.ErrorAs(t, err, &wrong)
	var all []string
	for _, problem := range wrong.Problems {
		all = append(all, strings.ReplaceAll(problem, path, "F"))
	}
	return all
}

func TestTheEnvironmentWinsOverTheFileAndTheFileOverDefaults(t *testing.T) {
	path := written(t, "# comment\nONHAND_PORT: 4000\nONHAND_HOST: '::1'\nONHAND_IDEMP_TTL_MS: 60000\nONHAND_WEBHOOK_RETRY_SECONDS: [5, 300]\nONHAND_RATE_LIMIT_RPS: 0.5\nONHAND_LOCKS_ENABLED: true\n"+
		"ONHAND_PUBLIC_URL: \"\"\nONHAND_TRUSTED_PROXIES:\n- 10.0.0.0/8\n- fd00::/48\nONHAND_CORS_ALLOWED_ORIGINS: https://a.example, https://b.example\n")
	s, err := load(path, map[string]string{"ONHAND_PORT": "5000", "ONHAND_IDEMP_TTL_MS": " ", "ONHAND_HOST": ""},
		hostLimits{})
	require.NoError(t, err)
	require.Equal(t, 5000, s.Port)
	require.Equal(t, "environment", s.source("ONHAND_PORT"))
	require.Equal(t, 60000, s.IdempTTLMS, "an empty variable counts as not set")
	require.Equal(t, path+":4", s.source("ONHAND_IDEMP_TTL_MS"))
	require.Equal(t, "::1", s.Host)
	require.Equal(t, []int{5, 300}, s.WebhookRetries)
	require.InDelta(t, 0.5, s.RateLimitRPS, 0)
	require.True(t, s.LocksEnabled)
	require.Empty(t, s.PublicURL)
	require.Equal(t, []string{"10.0.0.0/8", "fd00::/48"}, s.TrustedProxies)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, s.CORSAllowedOrigins)
	require.Equal(t, "default", s.source("ONHAND_SEGMENT_MB"))
	require.Equal(t, 64, s.SegmentMB)
	var printed strings.Builder
	require.NoError(t, s.PrintSources(&printed))
	require.Contains(t, printed.String(), "ONHAND_HOST=::1  # "+path+":3\nONHAND_PORT=5000  # environment\n")
}

func TestAFileWithoutSettingsLeavesTheDefaults(t *testing.T) {
	for _, text := range []string{
		"", "\n", "# only a comment\n", "---\n", "\xef\xbb\xbfPORT: 3000\n", "ONHAND_PORT: 3000\r\n",
		"--- {ONHAND_PORT: 3000}\n...\n",
	} {
		s, err := load(written(t, text), nil, hostLimits{})
		require.NoError(t, err, "%q", text)
		require.Equal(t, 3000, s.Port)
	}
}

func TestAValueIsWhatItLooksLikeOrRefused(t *testing.T) {
	const anchors = "anchors, aliases (& *) and tags (!) are not supported: write the value out"
	for line, problem := range map[string]string{
		"ONHAND_PORT: 010": errWhole.Error(), "ONHAND_PORT: 0x10": errWhole.Error(), "ONHAND_PORT: 0o10": errWhole.Error(), "ONHAND_PORT: 0b1": errWhole.Error(),
		"ONHAND_PORT: 1e3": errWhole.Error(), "ONHAND_PORT: 1_000": errWhole.Error(), "ONHAND_PORT: +1": errWhole.Error(), "ONHAND_PORT: 3000.0": errWhole.Error(),
		"ONHAND_PORT: yes": errWhole.Error(), "ONHAND_PORT: 1:30": errWhole.Error(), "ONHAND_PORT: .inf": errWhole.Error(), "ONHAND_PORT: 2001-01-01": errWhole.Error(),
		`ONHAND_PORT: "3000"`: errQuoted.Error(), "ONHAND_PORT: [3000]": errNested.Error(), "ONHAND_PORT: {a: 1}": errNested.Error(),
		"ONHAND_PORT:": errNoValue.Error(), "ONHAND_PORT: ~": errNoValue.Error(), "ONHAND_PORT: null": errNoValue.Error(), "ONHAND_PORT: Null": errNoValue.Error(),
		"ONHAND_PORT: !!int 3000": anchors, "ONHAND_PORT: &x 3000": anchors, "ONHAND_PORT: !x 3000": anchors,
		"ONHAND_PORT: 99999999999999999999": `"99999999999999999999" is not a whole number`,
		"ONHAND_RATE_LIMIT_RPS: 1e3":        errDecimal.Error(), "ONHAND_RATE_LIMIT_RPS: .5": errDecimal.Error(), "ONHAND_RATE_LIMIT_RPS: 05": errDecimal.Error(),
		"ONHAND_RATE_LIMIT_RPS: .nan": errDecimal.Error(), "ONHAND_RATE_LIMIT_RPS: 0x1p4": errDecimal.Error(), "ONHAND_RATE_LIMIT_RPS: 1.": errDecimal.Error(),
		"ONHAND_LOCKS_ENABLED: yes": errBool.Error(), "ONHAND_LOCKS_ENABLED: on": errBool.Error(), "ONHAND_LOCKS_ENABLED: 1": errBool.Error(), "ONHAND_LOCKS_ENABLED: True": errBool.Error(),
		`ONHAND_LOCKS_ENABLED: "true"`: errBool.Error(), "ONHAND_LOCKS_ENABLED: t": errBool.Error(),
		"ONHAND_DATA_DIR: 2026-01-01": errNotText.Error(), "ONHAND_DATA_DIR: 2026-01-01T00:00:00Z": errNotText.Error(), "ONHAND_DATA_DIR: 010": errNotText.Error(),
		"ONHAND_DATA_DIR: 1e3": errNotText.Error(), "ONHAND_DATA_DIR: true": errNotText.Error(), "ONHAND_DATA_DIR: no": errNotText.Error(), "ONHAND_DATA_DIR: Off": errNotText.Error(),
		"ONHAND_DATA_DIR: [a]": errNested.Error(), "ONHAND_DATA_DIR: ~": errNoValue.Error(), "ONHAND_DATA_DIR: !!binary aGk=": anchors,
		"ONHAND_DATA_DIR: |\n  a\n": errMultiple.Error(), `ONHAND_DATA_DIR: "a\nb"`: errMultiple.Error(), `ONHAND_DATA_DIR: "a\0b"`: errMultiple.Error(),
		"ONHAND_WEBHOOK_RETRY_SECONDS: [5, x]": "entry 2: " + errWhole.Error(), "ONHAND_WEBHOOK_RETRY_SECONDS: [5, [1]]": "entry 2: " + errNested.Error(),
		"ONHAND_WEBHOOK_RETRY_SECONDS: [010]": "entry 1: " + errWhole.Error(), `ONHAND_WEBHOOK_RETRY_SECONDS: ["5"]`: "entry 1: " + errQuoted.Error(),
		"ONHAND_WEBHOOK_RETRY_SECONDS: []": errNoEntry.Error(), "ONHAND_WEBHOOK_RETRY_SECONDS: 5,010": errWholes.Error(), "ONHAND_WEBHOOK_RETRY_SECONDS: 1_0": errWholes.Error(),
		"ONHAND_WEBHOOK_RETRY_SECONDS: {a: 5}": errNested.Error(), "ONHAND_WEBHOOK_RETRY_SECONDS: &x [5]": anchors, "ONHAND_WEBHOOK_RETRY_SECONDS: [5, ~]": "entry 2: " + errNoValue.Error(),
		"ONHAND_TRUSTED_PROXIES: ['10.0.0.0/8,::1/128']": "entry 1: " + errNoComma.Error(), "ONHAND_TRUSTED_PROXIES: ['']": "entry 1: " + errNoComma.Error(),
		"ONHAND_TRUSTED_PROXIES: [10]": "entry 1: " + errNotText.Error(), "ONHAND_TRUSTED_PROXIES: [10.0.0.0]": "0: must be a network such as 10.0.0.0/8.",
	} {
		name, _, _ := strings.Cut(line, ":")
		all := problemsOf(t, written(t, line+"\n"), nil)
		require.Len(t, all, 1, line)
		require.True(t, strings.HasPrefix(all[0], name+": "+problem), "%s\n%s", line, all[0])
		require.Contains(t, all[0], "(F:1)", line)
	}
	s, err := load(written(t, "ONHAND_DATA_DIR: '2026-01-01'\nONHAND_EVENTS_FILE: 'no'\nONHAND_WEBHOOK_RETRY_SECONDS: 7\nONHAND_LOCKS_ENABLED: ''\nONHAND_PORT: ''\nONHAND_TRUSTED_PROXIES: []\n"), nil, hostLimits{})
	require.NoError(t, err)
	require.Equal(t, "2026-01-01", s.DataDir)
	require.Equal(t, "no", s.EventsFile)
	require.Equal(t, []int{7}, s.WebhookRetries)
	require.Equal(t, 3000, s.Port, "empty text is not set")
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	deep := strings.Repeat("[", 20_000)
	bomb := "a: &a [x, x]\n"
	for c := 'b'; c < 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c]\n", c, c, c-1, c-1)
	}
	for text, problems := range map[string][]string{
		"PORTT: 1\nport: 1\nrate-limit-rps: 1\nunheard_of: 1\n": {
			`F:1: "PORTT" is no setting; is ONHAND_PORT meant?`, `F:2: "port" is no setting; is ONHAND_PORT meant?`,
			`F:3: "rate-limit-rps" is no setting; is ONHAND_RATE_LIMIT_RPS meant?`, `F:4: "unheard_of" is no setting`,
		},
		"ONHAND_PORT: 1\nONHAND_HOST: a\nONHAND_PORT: 2\n": {"ONHAND_PORT: is given twice (F:1 and F:3)"},
		"ONHAND_PORT: x\nONHAND_PORT: 2\n":                 {"ONHAND_PORT: " + errWhole.Error() + " (F:1)", "ONHAND_PORT: is given twice (F:1 and F:2)"},
		"ONHAND_PORT: 1\n---\nONHAND_HOST: a\n":            {"F: line 2: a second document begins here; one file is one document"},
		"- ONHAND_PORT: 1\n":                               {"F: line 1: is not a mapping of settings to values, such as ONHAND_PORT: 3000"},
		"ONHAND_PORT\n":                                    {"F: line 1: is not a mapping of settings to values, such as ONHAND_PORT: 3000"},
		"&a {ONHAND_PORT: 1}\n":                            {"F: line 1: is not a mapping of settings to values, such as ONHAND_PORT: 3000"},
		"server:\n  ONHAND_PORT: 1\n":                      {`F:1: "server" is no setting`},
		"? [a]\n: 1\n":                                     {"F:1: the name of a setting is missing"},
		"&a ONHAND_PORT: 1\n":                              {"F:1: a name with an anchor (&) is no setting"},
		"<<: {ONHAND_PORT: 1}\n":                           {"F:1: << is not supported: write out every setting"},
		"ONHAND_HOST: a\nONHAND_DATA_DIR: \xff\n":          {"F: line 2: is not UTF-8"},
		"\xff\xfeP\x00":                                    {"F: line 1: is not UTF-8"},
		"ONHAND_PORT: 1\n ONHAND_HOST: a\n":                {"F: is not YAML: line 2: mapping values are not allowed in this context"},
		"ONHAND_CORS_ALLOWED_ORIGINS: *\n":                 {"F: is not YAML: did not find expected alphabetic or numeric character (a value that begins with * or & must be in quotes)"},
		"ONHAND_PORT: 1\n\x01\n":                           {"F: is not YAML: control characters are not allowed"},
		"ONHAND_HOST: \"a\n":                               {"F: is not YAML: line 2: found unexpected end of stream"},
		"ONHAND_PORT: *nothing\n":                          {"F: is not YAML: unknown anchor 'nothing' referenced"},
		strings.Repeat("# comment\n", 1e5+1e4):             {"F: has more than 1048576 bytes; is this a file of settings?"},
		deep:                                               {"F: is not YAML: exceeded max depth of 10000"},
	} {
		require.Equal(t, problems, problemsOf(t, written(t, text), nil), "%.60q", text)
	}
	all := problemsOf(t, written(t, bomb), nil)
	require.Len(t, all, maxStrangers+1, "what is in an alias is not looked at, and not everything is told")
	require.Equal(t, "F: and further lines that are no settings", all[maxStrangers])
}

func TestAFileThatCannotBeReadIsRefused(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	require.Equal(t, []string{"F: cannot be read: no such file or directory"}, problemsOf(t, missing, nil))
	require.Equal(t, []string{"F: cannot be read: is a directory"}, problemsOf(t, t.TempDir(), nil))
	require.Equal(t, []string{"F: cannot be read: no such file or directory", "ONHAND_PORT: must be no less than 0 (environment)", `ONHAND_MAX_OPEN: "x" is not a whole number (environment)`},
		problemsOf(t, missing, map[string]string{"ONHAND_PORT": "-1", "ONHAND_MAX_OPEN": "x", "ONHAND_APP_ENV": "production"}),
		"what the environment has is looked at, and what the file may have is not")
	secret := written(t, "ONHAND_PORT: 1\n")
	require.NoError(t, os.Chmod(secret, 0))
	if _, err := os.ReadFile(secret); err != nil { // to root everything is readable
		require.Equal(t, []string{"F: cannot be read: permission denied"}, problemsOf(t, secret, nil))
	}
}

func TestAllProblemsOfFileAndEnvironmentAreListedInTheOrderOfTheSettings(t *testing.T) {
	path := written(t, "ONHAND_LOCK_RETRY_AFTER_MS: -1\nONHAND_MAX_OPEN: many\nPROT: 1\nONHAND_SEGMENT_MB: 2000\nONHAND_RETRY_TIMES: 101\nONHAND_HOST: a/b\n")
	require.Equal(t, []string{
		`F:3: "PROT" is no setting; is ONHAND_PORT meant?`,
		"ONHAND_HOST: must be an address or a host name (F:6)",
		"ONHAND_PORT: must be no greater than 65535 (environment)",
		"ONHAND_SEGMENT_MB: must be no greater than 1024 (F:4)",
		"ONHAND_MAX_OPEN: " + errWhole.Error() + " (F:2)",
		`ONHAND_BREAKER_THRESHOLD: "much" is not a number (environment)`,
		"ONHAND_LOCK_RETRY_AFTER_MS: must be no less than 0 (F:1)",
	}, problemsOf(t, path, map[string]string{"ONHAND_PORT": "70000", "ONHAND_BREAKER_THRESHOLD": "much", "ONHAND_MAX_OPEN": "5", "ONHAND_RETRY_TIMES": "3"}),
		"a value of the wrong type is wrong although the environment wins over it")
}
