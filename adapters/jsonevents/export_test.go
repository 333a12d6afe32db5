package jsonevents

// Sealed ends a line with its hash.
func Sealed(text string) string {
	sealed, _ := appendSeal([]byte(text), 0)
	return string(sealed)
}
