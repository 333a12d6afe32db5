package bootstrap

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyValue draws a value that a setting may have.
func anyValue(t *rapid.T, s setting) string {
	drawn := map[string]*rapid.Generator[string]{
		"ONHAND_HOST":                     rapid.SampledFrom([]string{"::1", "0.0.0.0", "stock.example", "on", "0", "fe80::1"}),
		"ONHAND_APP_ENV":                  rapid.SampledFrom([]string{"development", "test"}),
		"ONHAND_PUBLIC_URL":               rapid.SampledFrom([]string{"https://a.example", "http://[::1]:3000/x", "https://a.example/'%22"}),
		"ONHAND_LOG_LEVEL":                rapid.SampledFrom([]string{"info", "trace"}),
		"ONHAND_LOG_FORMAT":               rapid.SampledFrom([]string{"json", "ecs"}),
		"ONHAND_EVENT_STORE":              rapid.SampledFrom([]string{"json", "memory"}),
		"ONHAND_MEMORY_LIMIT_MB":          rapid.SampledFrom([]string{"0", "64", "16777216"}),
		"ONHAND_LOCK_REJECT_STATUS":       rapid.SampledFrom([]string{"409", "423", "429", "503"}),
		"ONHAND_WEBHOOK_RETRY_SECONDS":    rapid.SampledFrom([]string{"1", "5, 300", "1,1,604800"}),
		"ONHAND_WEBHOOK_ALLOWED_NETWORKS": rapid.SampledFrom([]string{"::1/128", "10.0.0.0/8 , fd00::/8"}),
		"ONHAND_TRUSTED_PROXIES":          rapid.SampledFrom([]string{"::1/128", "10.0.0.0/8,fd00::/8"}),
		"ONHAND_CORS_ALLOWED_ORIGINS":     rapid.SampledFrom([]string{"*", "https://a.example,http://[::1]:1"}),
		"ONHAND_BREAKER_THRESHOLD":        rapid.SampledFrom([]string{"1", "0.00000000001", "0.3333333333333333", "1e-9"}),
		"ONHAND_RATE_LIMIT_RPS":           rapid.SampledFrom([]string{"0", "1000000000", "1e8", "123456.789"}),
	}[s.name]
	switch {
	case drawn != nil:
		return drawn.Draw(t, s.name)
	case strings.HasSuffix(s.name, "_DIR") || strings.HasSuffix(s.name, "_FILE"):
		return rapid.StringMatching(`[^\x00\n\r]{0,20}`).Draw(t, s.name)
	case s.standard == "false":
		return rapid.SampledFrom([]string{"true", "false", "1", "F"}).Draw(t, s.name)
	default: // the default is within bounds, and so is a slightly larger value
		return rapid.SampledFrom([]string{"", s.standard, strings.ReplaceAll(s.standard, "0", "1")}).Draw(t, s.name)
	}
}

func TestSettingsThatArePrintedAsYAMLAreReadAgain(t *testing.T) {
	path := written(t, "")
	rapid.Check(t, func(t *rapid.T) {
		environment := map[string]string{}
		for _, s := range settings() {
			if rapid.Bool().Draw(t, "given "+s.name) {
				environment[s.name] = anyValue(t, s)
			}
		}
		delete(environment, "ONHAND_LOCK_RENEW_MS") // which depends on another
		first, err := load("", environment, hostLimits{})
		if wrong := (&ConfigError{}); err != nil {
			require.ErrorAs(t, err, &wrong)
			t.Skip("not sound: ", wrong.Problems)
		}
		var printed bytes.Buffer
		require.NoError(t, first.PrintYAML(&printed))
		require.NoError(t, os.WriteFile(path, printed.Bytes(), 0o600))
		again, err := load(path, nil, hostLimits{})
		require.NoError(t, err, "%s", printed.String())
		require.Equal(t, textOf(first.Config), textOf(again.Config), "%s", printed.String())
	})
}

// textOf is every setting as it is printed.
func textOf(c Config) string {
	var text strings.Builder
	for _, s := range settings() {
		text.WriteString(s.name + "=" + s.value(c) + "\n")
	}
	return text.String()
}

func TestTheExampleIsWhatTheCodeSays(t *testing.T) {
	var example strings.Builder
	require.NoError(t, PrintExample(&example))
	file, err := os.ReadFile("../docs/onhand.example.yaml")
	require.NoError(t, err)
	require.Equal(t, example.String(), string(file), "make generate")
	defaults, err := readConfig(nil)
	require.NoError(t, err)
	for _, text := range []string{
		example.String(), // as it is, all in comments, and with all of it in force
		regexp.MustCompile(`(?m)^#([A-Z])`).ReplaceAllString(example.String(), "$1"),
	} {
		s, err := load(written(t, text), nil, hostLimits{})
		require.NoError(t, err)
		require.Equal(t, textOf(defaults), textOf(s.Config))
	}
}

func TestTheTablesInTheDocsAreWhatTheCodeSays(t *testing.T) {
	page, err := os.ReadFile("../docs/configuration.md")
	require.NoError(t, err)
	var all, unsafe strings.Builder
	require.NoError(t, PrintTable(&all))
	require.NoError(t, PrintRules(&unsafe))
	require.Contains(t, string(page), "<!-- settings -->\n"+all.String()+"<!-- end of settings -->", "make generate")
	require.Contains(t, string(page), "<!-- rules -->\n"+unsafe.String()+"<!-- end of rules -->", "make generate")
	require.Len(t, strings.Split(strings.TrimSpace(unsafe.String()), "\n"), 2+len(rules),
		"every rule names a setting that exists")
	for _, s := range settings() {
		require.Equal(t, 1, strings.Count(all.String(), "| `"+s.name+"` |"))
		require.NotEmpty(t, s.group, s.name)
	}
}

// TestTheDocsShowTheFullNamesOfSettings leaves out decisions, the changelog and the notes on
// upgrades, which also speak of earlier names.
func TestTheDocsShowTheFullNamesOfSettings(t *testing.T) {
	var short []string
	for _, s := range settings() {
		short = append(short, s.short)
	}
	bare := regexp.MustCompile(`(^|[^A-Z_a-z])(` + strings.Join(short, "|") + `)([^A-Z_a-z0-9]|$)`)
	pages, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	for _, page := range append(pages, "../README.md") {
		if filepath.Base(page) == "UPGRADING.md" {
			continue
		}
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for number, line := range strings.Split(string(text), "\n") {
			require.NotRegexp(t, bare, line, "%s:%d", page, number+1)
		}
	}
}

// FuzzConfigFile: whatever a file has, it is settings, or all that is wrong is told.
func FuzzConfigFile(f *testing.F) {
	f.Add("ONHAND_PORT: 1\nONHAND_HOST: [a, &x b, *x]\n? {}\n: ~\n<<: 1\n")
	f.Add("ONHAND_DATA_DIR: \"\\x01\\u00a0\"\nONHAND_PORT: !!int '5'\n---\n")
	path := written(f, "")
	f.Fuzz(func(t *testing.T, text string) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		s, err := load(path, nil, hostLimits{})
		if err != nil {
			wrong := &ConfigError{}
			require.ErrorAs(t, err, &wrong)
			require.NotEmpty(t, wrong.Problems)
			return
		}
		var printed bytes.Buffer
		require.NoError(t, s.PrintYAML(&printed))
		again, err := load(written(t, printed.String()), nil, hostLimits{})
		require.NoError(t, err, "%s", printed.String())
		require.Equal(t, textOf(s.Config), textOf(again.Config))
	})
}
