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
	path := written(t, "# comment\nPORT: 4000\nHOST: '::1'\nIDEMP_TTL_MS: 60000\nWEBHOOK_RETRY_SECONDS: [5, 300]\nRATE_LIMIT_RPS: 0.5\nLOCKS_ENABLED: true\n"+
		"PUBLIC_URL: \"\"\nTRUSTED_PROXIES:\n- 10.0.0.0/8\n- fd00::/48\nCORS_ALLOWED_ORIGINS: https://a.example, https://b.example\n")
	s, err := load(path, map[string]string{"PORT": "5000", "IDEMP_TTL_MS": " ", "HOST": ""}, hostLimits{})
	require.NoError(t, err)
	require.Equal(t, 5000, s.Port)
	require.Equal(t, "environment", s.source("PORT"))
	require.Equal(t, 60000, s.IdempTTLMS, "an empty variable counts as not set")
	require.Equal(t, path+":4", s.source("IDEMP_TTL_MS"))
	require.Equal(t, "::1", s.Host)
	require.Equal(t, []int{5, 300}, s.WebhookRetries)
	require.InDelta(t, 0.5, s.RateLimitRPS, 0)
	require.True(t, s.LocksEnabled)
	require.Empty(t, s.PublicURL)
	require.Equal(t, []string{"10.0.0.0/8", "fd00::/48"}, s.TrustedProxies)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, s.CORSAllowedOrigins)
	require.Equal(t, "default", s.source("SEGMENT_MB"))
	require.Equal(t, 64, s.SegmentMB)
	var printed strings.Builder
	require.NoError(t, s.PrintSources(&printed))
	require.Contains(t, printed.String(), "PORT=5000  # environment\nHOST=::1  # "+path+":3\n")
}

func TestAFileWithoutSettingsLeavesTheDefaults(t *testing.T) {
	for _, text := range []string{"", "\n", "# only a comment\n", "---\n", "\xef\xbb\xbfPORT: 3000\n", "PORT: 3000\r\n", "--- {PORT: 3000}\n...\n"} {
		s, err := load(written(t, text), nil, hostLimits{})
		require.NoError(t, err, "%q", text)
		require.Equal(t, 3000, s.Port)
	}
}

func TestAValueIsWhatItLooksLikeOrRefused(t *testing.T) {
	const anchors = "anchors, aliases (& *) and tags (!) are not taken: write the value out"
	for line, problem := range map[string]string{
		"PORT: 010": errWhole.Error(), "PORT: 0x10": errWhole.Error(), "PORT: 0o10": errWhole.Error(), "PORT: 0b1": errWhole.Error(),
		"PORT: 1e3": errWhole.Error(), "PORT: 1_000": errWhole.Error(), "PORT: +1": errWhole.Error(), "PORT: 3000.0": errWhole.Error(),
		"PORT: yes": errWhole.Error(), "PORT: 1:30": errWhole.Error(), "PORT: .inf": errWhole.Error(), "PORT: 2001-01-01": errWhole.Error(),
		`PORT: "3000"`: errQuoted.Error(), "PORT: [3000]": errNested.Error(), "PORT: {a: 1}": errNested.Error(),
		"PORT:": errNoValue.Error(), "PORT: ~": errNoValue.Error(), "PORT: null": errNoValue.Error(), "PORT: Null": errNoValue.Error(),
		"PORT: !!int 3000": anchors, "PORT: &x 3000": anchors, "PORT: !x 3000": anchors,
		"PORT: 99999999999999999999": `"99999999999999999999" is not a whole number`,
		"RATE_LIMIT_RPS: 1e3":        errDecimal.Error(), "RATE_LIMIT_RPS: .5": errDecimal.Error(), "RATE_LIMIT_RPS: 05": errDecimal.Error(),
		"RATE_LIMIT_RPS: .nan": errDecimal.Error(), "RATE_LIMIT_RPS: 0x1p4": errDecimal.Error(), "RATE_LIMIT_RPS: 1.": errDecimal.Error(),
		"LOCKS_ENABLED: yes": errBool.Error(), "LOCKS_ENABLED: on": errBool.Error(), "LOCKS_ENABLED: 1": errBool.Error(), "LOCKS_ENABLED: True": errBool.Error(),
		`LOCKS_ENABLED: "true"`: errBool.Error(), "LOCKS_ENABLED: t": errBool.Error(),
		"DATA_DIR: 2026-01-01": errNotText.Error(), "DATA_DIR: 2026-01-01T00:00:00Z": errNotText.Error(), "DATA_DIR: 010": errNotText.Error(),
		"DATA_DIR: 1e3": errNotText.Error(), "DATA_DIR: true": errNotText.Error(), "DATA_DIR: no": errNotText.Error(), "DATA_DIR: Off": errNotText.Error(),
		"DATA_DIR: [a]": errNested.Error(), "DATA_DIR: ~": errNoValue.Error(), "DATA_DIR: !!binary aGk=": anchors,
		"DATA_DIR: |\n  a\n": errMultiple.Error(), `DATA_DIR: "a\nb"`: errMultiple.Error(), `DATA_DIR: "a\0b"`: errMultiple.Error(),
		"WEBHOOK_RETRY_SECONDS: [5, x]": "entry 2: " + errWhole.Error(), "WEBHOOK_RETRY_SECONDS: [5, [1]]": "entry 2: " + errNested.Error(),
		"WEBHOOK_RETRY_SECONDS: [010]": "entry 1: " + errWhole.Error(), `WEBHOOK_RETRY_SECONDS: ["5"]`: "entry 1: " + errQuoted.Error(),
		"WEBHOOK_RETRY_SECONDS: []": errNoEntry.Error(), "WEBHOOK_RETRY_SECONDS: 5,010": errWholes.Error(), "WEBHOOK_RETRY_SECONDS: 1_0": errWholes.Error(),
		"WEBHOOK_RETRY_SECONDS: {a: 5}": errNested.Error(), "WEBHOOK_RETRY_SECONDS: &x [5]": anchors, "WEBHOOK_RETRY_SECONDS: [5, ~]": "entry 2: " + errNoValue.Error(),
		"TRUSTED_PROXIES: ['10.0.0.0/8,::1/128']": "entry 1: " + errNoComma.Error(), "TRUSTED_PROXIES: ['']": "entry 1: " + errNoComma.Error(),
		"TRUSTED_PROXIES: [10]": "entry 1: " + errNotText.Error(), "TRUSTED_PROXIES: [10.0.0.0]": "0: must be a network such as 10.0.0.0/8.",
	} {
		name, _, _ := strings.Cut(line, ":")
		all := problemsOf(t, written(t, line+"\n"), nil)
		require.Len(t, all, 1, line)
		require.True(t, strings.HasPrefix(all[0], name+": "+problem), "%s\n%s", line, all[0])
		require.Contains(t, all[0], "(F:1)", line)
	}
	s, err := load(written(t, "DATA_DIR: '2026-01-01'\nEVENTS_FILE: 'no'\nWEBHOOK_RETRY_SECONDS: 7\nLOCKS_ENABLED: ''\nPORT: ''\nTRUSTED_PROXIES: []\n"), nil, hostLimits{})
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
			`F:1: "PORTT" is no setting; is PORT meant?`, `F:2: "port" is no setting; is PORT meant?`,
			`F:3: "rate-limit-rps" is no setting; is RATE_LIMIT_RPS meant?`, `F:4: "unheard_of" is no setting`,
		},
		"PORT: 1\nHOST: a\nPORT: 2\n":          {"PORT: is given twice (F:1 and F:3)"},
		"PORT: x\nPORT: 2\n":                   {"PORT: " + errWhole.Error() + " (F:1)", "PORT: is given twice (F:1 and F:2)"},
		"PORT: 1\n---\nHOST: a\n":              {"F: line 2: a second document begins here; one file is one document"},
		"- PORT: 1\n":                          {"F: line 1: is not a mapping of settings to values, such as PORT: 3000"},
		"PORT\n":                               {"F: line 1: is not a mapping of settings to values, such as PORT: 3000"},
		"&a {PORT: 1}\n":                       {"F: line 1: is not a mapping of settings to values, such as PORT: 3000"},
		"server:\n  PORT: 1\n":                 {`F:1: "server" is no setting`},
		"? [a]\n: 1\n":                         {"F:1: the name of a setting is missing"},
		"&a PORT: 1\n":                         {"F:1: a name with an anchor (&) is no setting"},
		"<<: {PORT: 1}\n":                      {"F:1: << merges nothing here: write out every setting"},
		"HOST: a\nDATA_DIR: \xff\n":            {"F: line 2: is not UTF-8"},
		"\xff\xfeP\x00":                        {"F: line 1: is not UTF-8"},
		"PORT: 1\n HOST: a\n":                  {"F: is not YAML: line 2: mapping values are not allowed in this context"},
		"CORS_ALLOWED_ORIGINS: *\n":            {"F: is not YAML: did not find expected alphabetic or numeric character (a value that begins with * or & must be in quotes)"},
		"PORT: 1\n\x01\n":                      {"F: is not YAML: control characters are not allowed"},
		"HOST: \"a\n":                          {"F: is not YAML: line 2: found unexpected end of stream"},
		"PORT: *nothing\n":                     {"F: is not YAML: unknown anchor 'nothing' referenced"},
		strings.Repeat("# comment\n", 1e5+1e4): {"F: has more than 1048576 bytes; is this a file of settings?"},
		deep:                                   {"F: is not YAML: exceeded max depth of 10000"},
	} {
		require.Equal(t, problems, problemsOf(t, written(t, text), nil), "%.60q", text)
	}
	all := problemsOf(t, written(t, bomb), nil)
	require.Len(t, all, maxStrangers+1, "what is in an alias is not looked at, and not everything is told")
	require.Equal(t, "F: and more that are no settings", all[maxStrangers])
}

func TestAFileThatCannotBeReadIsRefused(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	require.Equal(t, []string{"F: cannot be read: no such file or directory"}, problemsOf(t, missing, nil))
	require.Equal(t, []string{"F: cannot be read: is a directory"}, problemsOf(t, t.TempDir(), nil))
	require.Equal(t, []string{"F: cannot be read: no such file or directory", "PORT: must be no less than 0 (environment)", `MAX_OPEN: "x" is not a whole number (environment)`},
		problemsOf(t, missing, map[string]string{"PORT": "-1", "MAX_OPEN": "x", "APP_ENV": "production"}),
		"what the environment has is looked at, and what the file may have is not")
	secret := written(t, "PORT: 1\n")
	require.NoError(t, os.Chmod(secret, 0))
	if _, err := os.ReadFile(secret); err != nil { // to root everything is readable
		require.Equal(t, []string{"F: cannot be read: permission denied"}, problemsOf(t, secret, nil))
	}
}

func TestAllProblemsOfFileAndEnvironmentAreListedInTheOrderOfTheSettings(t *testing.T) {
	path := written(t, "LOCK_RETRY_AFTER_MS: -1\nMAX_OPEN: many\nPROT: 1\nSEGMENT_MB: 2000\nRETRY_TIMES: 101\nHOST: a/b\n")
	require.Equal(t, []string{
		`F:3: "PROT" is no setting; is PORT meant?`,
		"PORT: must be no greater than 65535 (environment)",
		"HOST: must be an address or a host name (F:6)",
		"SEGMENT_MB: must be no greater than 1024 (F:4)",
		"MAX_OPEN: " + errWhole.Error() + " (F:2)",
		`BREAKER_THRESHOLD: "much" is not a number (environment)`,
		"LOCK_RETRY_AFTER_MS: must be no less than 0 (F:1)",
	}, problemsOf(t, path, map[string]string{"PORT": "70000", "BREAKER_THRESHOLD": "much", "MAX_OPEN": "5", "RETRY_TIMES": "3"}),
		"a value of the wrong type is wrong although the environment wins over it")
}
