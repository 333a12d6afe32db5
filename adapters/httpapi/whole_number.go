package httpapi

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// beyondInt64 is the plain form of all numbers that are too large for one.
const beyondInt64 = "99999999999999999999"

// plainNumbers returns JSON text with the whole numbers that have a fraction or an exponent
// (10.0, 1e1) as plain digits, and false if there is none. The text may be cut short where it is
// not valid.
func plainNumbers(text []byte) (plain []byte, changed bool) {
	tokens := jsontext.NewDecoder(bytes.NewReader(text))
	copied := 0
	for {
		if tokens.PeekKind() != '0' {
			if _, err := tokens.ReadToken(); err != nil {
				return append(plain, text[copied:]...), copied > 0
			}
			continue
		}
		number, err := tokens.ReadValue()
		if err != nil {
			return append(plain, text[copied:]...), copied > 0
		}
		if !bytes.ContainsAny(number, ".eE") {
			continue
		}
		if digits, whole := plainNumber(string(number)); whole {
			end := int(tokens.InputOffset())
			plain = append(append(plain, text[copied:end-len(number)]...), digits...)
			copied = end
		}
	}
}

// plainNumber returns a JSON number (RFC 8259, section 6) as plain digits; false if text is no such
// number or not whole. Numbers beyond 64-bit integers, however large, have one short form.
func plainNumber(text string) (plain string, whole bool) {
	unsigned, negative := strings.CutPrefix(text, "-")
	mantissa, exponent := unsigned, "0"
	if at := strings.IndexAny(unsigned, "eE"); at >= 0 {
		mantissa, exponent = unsigned[:at], unsigned[at+1:]
	}
	integer, fraction, fractional := strings.Cut(mantissa, ".")
	shift, ok := shiftOf(exponent)
	if !ok || !isDigits(integer) || len(integer) > 1 && integer[0] == '0' || fractional && !isDigits(fraction) {
		return "", false
	}
	digits := strings.TrimLeft(integer+fraction, "0")
	if digits == "" {
		return "0", true
	}
	significant := strings.TrimRight(digits, "0")
	zeros := shift - len(fraction) + len(digits) - len(significant)
	switch {
	case zeros < 0:
		return "", false
	case len(significant)+zeros > len(beyondInt64)-1:
		plain = beyondInt64
	default:
		plain = significant + strings.Repeat("0", zeros)
	}
	if negative {
		plain = "-" + plain
	}
	return plain, true
}

// shiftOf reads an exponent. A billion stands for all larger ones: no body has as many digits.
func shiftOf(exponent string) (shift int, ok bool) {
	const most = 1_000_000_000
	digits := exponent
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		digits = digits[1:]
	}
	if !isDigits(digits) {
		return 0, false
	}
	shift = most
	if digits = strings.TrimLeft(digits, "0"); len(digits) < len("1000000000") {
		shift, _ = strconv.Atoi("0" + digits)
	}
	if exponent[0] == '-' {
		shift = -shift
	}
	return shift, true
}

func isDigits(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}
