package stock_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/secure/precis"

	"github.com/onhand/onhand/domain/stock"
)

func TestASKUIsBroughtToOneForm(t *testing.T) {
	for given, want := range map[string]string{
		"\u00a0x\u3000":         "x",
		"x\u00a0y\u2003z\u1680": "x y z",
		"a  b":                  "a  b", // a client may tell one space from two
		"e\u0301cole":           "\u00e9cole",
		"\u212b":                "\u00c5",
		"\u1112\u1161\u11ab":    "\ud55c",
		"\ufb01":                "\ufb01", // compatibility forms are others
		"コーヒー・豆":                "コーヒー・豆",
		"col\u00b7lecci\u00f3":  "col\u00b7lecci\u00f3",
		"٣٤":                    "٣٤",
	} {
		got, err := stock.NormalizeSKU(given)
		require.NoError(t, err, "%+q", given)
		require.Equal(t, want, got, "%+q", given)
	}
}

func TestASKUHasNoCharacterThatCannotBeSeen(t *testing.T) {
	for _, bad := range []string{
		"a\ufe0f", "a\u034fb", "a\u3164", "a\uffa0", "a\u115fb", "a\u2800", "a\U000e0041", "a\U000e0100b", "a\u180eb",
		"a\u00adb", "a\u200cb", "a\u200db", "\u0915\u094d\u200d\u0937", "\ufeffa", "\u202ea", "a\u2028b", "a\u17b4",
		"\u0378", "\ue000", "\uffff", "a\ufffc", "a\U0001d159", "a\u2d7f", "\u2800",
		"a\u30fbb",
		"a\u00b7b", // a middle dot belongs between two l
		"٣۴",       // digits of two scripts
	} {
		for _, name := range []string{bad, " " + bad + " x"} {
			_, err := stock.NormalizeSKU(name)
			refused := &stock.NameError{}
			require.ErrorAs(t, err, &refused, "%+q", name)
			require.Equal(t, "sku", refused.Field)
		}
	}
	_, err := stock.NormalizeSKU("日本\ufe0f")
	require.EqualError(t, err, "sku must not have the character U+FE0F there: it is invisible, or no part of a name")
	_, err = stock.NormalizeSKU("a\u30fbb")
	require.EqualError(t, err, "sku must not have a character that other characters must surround (RFC 5892, appendix A)")
}

// defaultIgnorable are the characters that Unicode lets a display leave out
// (DerivedCoreProperties, Default_Ignorable_Code_Point).
func defaultIgnorable(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Cf)
}

func TestOfAllCharactersASKUTakesOnlyVisibleOnesOfPRECIS(t *testing.T) {
	taken := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		name, err := stock.NormalizeSKU("a" + string(r) + "b")
		if err != nil {
			continue
		}
		taken++
		_, err = precis.NewFreeform().String(name)
		require.NoError(t, err, "%U", r)
		require.False(t, defaultIgnorable(r) || unicode.IsControl(r), "%U", r)
		require.True(t, stock.WasSKU(name), "%U", r)
		if unicode.Is(unicode.Zs, r) {
			require.Equal(t, "a b", name, "%U", r)
		}
	}
	require.Greater(t, taken, 100_000, "letters, digits, marks, punctuation and symbols of all scripts")
}

func TestASKUOfAnOlderVersionKeepsItsName(t *testing.T) {
	known := stock.Names(func(sku string) bool { return sku == "\u00e9\ufe0f" || sku == "x\u00a0y" })
	for given, want := range map[string]string{
		"\u00e9\ufe0f":           "\u00e9\ufe0f",
		" e\u0301\ufe0f ":        "\u00e9\ufe0f", // as the older version read it
		"x\u00a0y":               "x\u00a0y",
		"x y":                    "x y",
		"x\u2003y":               "x y",
		"y\u00a0x":               "y x",
		"plain":                  "plain",
		strings.Repeat("x", 128): strings.Repeat("x", 128),
	} {
		key, err := known.Key("S1", given)
		require.NoError(t, err, "%+q", given)
		require.Equal(t, stock.Key{Store: "S1", SKU: want}, key, "%+q", given)
		require.True(t, stock.WasSKU(key.SKU))
	}
	for _, bad := range []string{"a\ufe0f", "", ".", "a\u200db", "\xff", strings.Repeat("x", 129), "x\xa0y"} {
		_, err := known.SKU(bad)
		require.Error(t, err, "%+q", bad)
	}
	_, err := known.Key("a/b", "x\u00a0y")
	require.Error(t, err)
	for _, never := range []string{"", ".", " x", "e\u0301", "a\nb", "a\u200db", "\xff", strings.Repeat("x", 129)} {
		require.False(t, stock.WasSKU(never), "%+q", never)
	}
}

func TestTheBeginningOfASKUIsReadAsTheSKUIs(t *testing.T) {
	require.Equal(t, "x \u00e9", stock.PlainPrefix("x\u00a0e\u0301"))
	require.Equal(t, "x ", stock.PlainPrefix("x\u00a0"), "the next word is to come")
}

var benchmarkNames = map[string]string{"ascii": "TSHIRT-RED-XL", "japanese": "コーヒー豆 200g", "middle dot": "コーヒー・豆"}

func BenchmarkNormalizeSKU(b *testing.B) {
	for what, name := range benchmarkNames {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = stock.NormalizeSKU(name)
			}
		})
	}
}
