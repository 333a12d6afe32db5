package architecture_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// avoided are words that hide the subject of a sentence, or that have a plainer one. Each may
// stand so many times in 10,000 words, since some sentences need one.
var avoided = map[string]struct {
	words *regexp.Regexp
	most  float64
}{
	"who, whoever":                {regexp.MustCompile(`(?i)\b(who|whoever|whom)\b`), 1},
	"somebody, nobody, anybody":   {regexp.MustCompile(`(?i)\b(some|no|any|every)body\b`), 0.5},
	"what is, what was":           {regexp.MustCompile(`(?i)\bwhat (is|was|are|were)\b`), 2},
	"tells whether":               {regexp.MustCompile(`(?i)\btells? whether\b`), 0.2},
	"behind, for after":           {regexp.MustCompile(`(?i)\bbehind\b`), 1},
	"anew":                        {regexp.MustCompile(`(?i)\banew\b`), 0.2},
	"go on, for continue":         {regexp.MustCompile(`(?i)\b(go|goes|went|going) on\b`), 0.5},
	"for want of, for because of": {regexp.MustCompile(`(?i)\bfor want of\b`), 0},
}

// TestCommentsAndPagesArePlainEnglish counts in comments, in pages and in the text of the OpenAPI
// document.
func TestCommentsAndPagesArePlainEnglish(t *testing.T) {
	texts := map[string]string{"comments": comments(t), "pages": prose(t)}
	api, err := os.ReadFile(filepath.Join(root, "adapters", "httpapi", "openapi.yaml"))
	require.NoError(t, err)
	texts["the OpenAPI document"] = code.ReplaceAllString(string(api), "")
	for where, text := range texts {
		size := float64(len(strings.Fields(text)))
		for name, rule := range avoided {
			found := rule.words.FindAllStringIndex(text, -1)
			share := float64(len(found)) * 10_000 / size
			assert.LessOrEqual(t, share, rule.most, "%q stands %d times in %s, for example in\n%s",
				name, len(found), where, surroundingsOf(text, found))
		}
	}
}

// surroundingsOf shows the first places at which words stand.
func surroundingsOf(text string, found [][]int) string {
	var shown []string
	for _, at := range found[:min(len(found), 15)] {
		shown = append(shown, strings.Join(strings.Fields(text[max(0, at[0]-50):min(len(text), at[1]+40)]), " "))
	}
	return strings.Join(shown, "\n")
}

// comments returns the comments of all Go files that are not generated.
func comments(t *testing.T) string {
	var text strings.Builder
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		for _, comment := range regexp.MustCompile(`(?m)//[^\n]*`).FindAll(s.text, -1) {
			text.Write(comment)
			text.WriteByte('\n')
		}
	}
	return text.String()
}

// code are parts of a page that are no sentences: names of tests, messages, formats.
var code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")

// prose returns the sentences of all pages.
func prose(t *testing.T) string {
	var text strings.Builder
	for _, page := range pages(t) {
		text.WriteString(code.ReplaceAllString(page, ""))
	}
	return text.String()
}
