package command

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/domain/event"
)

// The longest texts that are taken, in bytes.
const (
	MaxReasonBytes    = 500
	MaxReferenceBytes = 128
	MaxActorBytes     = 128
	MaxOwnerBytes     = 128
)

var (
	reasonRules    = []validation.Rule{text(MaxReasonBytes)}
	referenceRules = []validation.Rule{text(MaxReferenceBytes)}
	versionRules   = []validation.Rule{validation.Min(event.Version(0))}
)

// text is a rule: at most this many bytes of UTF-8 without control characters.
func text(limit int) validation.Rule {
	return validation.By(func(value any) error { return CheckText(value.(string), limit) })
}

// CheckText tells why s is not UTF-8 of at most limit bytes without control
// characters, or nil.
func CheckText(s string, limit int) error {
	if len(s) > limit {
		return fmt.Errorf("must be at most %d bytes", limit)
	}
	if !utf8.ValidString(s) {
		return errors.New("must be valid UTF-8")
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return errors.New("must not have control characters")
		}
	}
	return nil
}
