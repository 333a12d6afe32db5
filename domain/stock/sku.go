package stock

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// blank are characters that look like nothing, or like a space, and that PRECIS
// allows nevertheless: joiners (which it allows between certain letters), the
// mark of an embedded object, blanks of Braille, music and scripts.
var blank = map[rune]bool{
	'\u200c': true, '\u200d': true, '\u2800': true, '\u2d7f': true, '\ufffc': true,
	'\U0001107f': true, '\U00013441': true, '\U00013442': true, '\U00016fe4': true, '\U0001d159': true,
}

// freeText are the rules of SKUs: the FreeformClass of PRECIS (RFC 8264) without
// blank characters.
var freeText = precis.NewFreeform(
	precis.Norm(norm.NFC), precis.Disallow(runes.Predicate(func(r rune) bool { return blank[r] })),
)

// NormalizeSKU returns the normal form of a SKU, or a *NameError. In the normal
// form there are no spaces at the ends, all others are U+0020, and the text is in
// Unicode's normal form C. It is 1–128 bytes of visible characters that PRECIS
// (RFC 8264, FreeformClass) allows, and not "." or "..".
func NormalizeSKU(name string) (string, error) {
	if isPlain(name) {
		return name, nil
	}
	normal, err := composed(name, plainSpace)
	if err != nil {
		return "", err
	}
	if _, err := freeText.Append(nil, []byte(normal)); err != nil {
		return "", skuError(outOfPlace(normal))
	}
	return normal, nil
}

// outOfPlace tells why freeText refuses a name. Some characters may stand only beside
// certain others (RFC 5892, appendix A).
func outOfPlace(name string) string {
	for _, r := range name {
		if !freeText.Allowed().Contains(r) {
			return fmt.Sprintf("must not have the character %U there: it is invisible, or no part of a name", r)
		}
	}
	return "must not have a character that other characters must surround (RFC 5892, appendix A)"
}

// isPlain reports whether a name is in its normal form because it is short and of
// printable ASCII, as most are.
func isPlain(name string) bool {
	if name == "" || len(name) > MaxSKUBytes || name[0] == ' ' || name[len(name)-1] == ' ' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return name != "." && name != ".."
}

// WasSKU reports whether any version of this program could take name for the
// normal form of a SKU. Versions before PRECIS took every printable character.
func WasSKU(name string) bool {
	normal, err := composed(name, anySpace)
	return err == nil && normal == name
}

// composed trims a name, maps its spaces, composes it, and checks what every version
// checked.
func composed(name string, space func(rune) rune) (string, error) {
	if len(name) > 16*MaxSKUBytes { // spares the work of normalising what cannot fit
		return "", skuError(fmt.Sprintf("must be at most %d bytes", MaxSKUBytes))
	}
	if !utf8.ValidString(name) {
		return "", skuError("must be valid UTF-8")
	}
	name = norm.NFC.String(strings.Map(space, strings.TrimFunc(name, isSpace)))
	switch {
	case name == "":
		return "", skuError("must not be empty")
	case len(name) > MaxSKUBytes:
		return "", skuError(fmt.Sprintf("must be at most %d bytes", MaxSKUBytes))
	case name == "." || name == "..":
		return "", skuError(`must not be "." or ".."`)
	}
	for _, r := range name {
		if !unicode.IsGraphic(r) {
			return "", skuError("must be printable: no control or invisible formatting characters")
		}
	}
	return name, nil
}

func skuError(problem string) error { return &NameError{Field: "sku", Problem: problem} }

func isSpace(r rune) bool { return unicode.Is(unicode.Zs, r) }

// plainSpace returns U+0020 for a space of any kind.
func plainSpace(r rune) rune {
	if isSpace(r) {
		return ' '
	}
	return r
}

func anySpace(r rune) rune { return r }

// PlainPrefix returns the beginning of SKUs in their normal form.
func PlainPrefix(prefix string) string { return norm.NFC.String(strings.Map(plainSpace, prefix)) }

// Names reads names where older versions may have taken others than this one. It
// reports whether the log has an item with exactly this SKU, though the SKU is not
// in its normal form; nil knows of none.
type Names func(sku string) bool

// SKU returns the SKU in the log that a name means exactly, else the normal form
// of the name, or a *NameError. So an item keeps the name under which an older
// version created it, and no other gets such a name.
func (known Names) SKU(name string) (string, error) {
	normal, err := NormalizeSKU(name)
	if known == nil || err == nil && normal == name {
		return normal, err
	}
	if former, formerErr := composed(name, anySpace); formerErr == nil && known(former) {
		return former, nil
	}
	return normal, err
}

// Key is NewKey with SKU in place of NormalizeSKU.
func (known Names) Key(store, sku string) (Key, error) {
	if err := CheckStore(store); err != nil {
		return Key{}, err
	}
	normal, err := known.SKU(sku)
	if err != nil {
		return Key{}, err
	}
	return Key{Store: store, SKU: normal}, nil
}
