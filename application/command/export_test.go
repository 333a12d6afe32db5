package command

// RefusalCode is the code of what refuses one operation of a batch, empty for
// what ends the whole batch.
func RefusalCode(err error) string { return refusalCode(err) }

// RefusalCodes are all of them.
func RefusalCodes() []string {
	codes := make([]string, len(refusals))
	for i, r := range refusals {
		codes[i] = r.code
	}
	return codes
}
