package jsonevents

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
)

// seeds gives the lines of the golden log to a fuzz target, without their line
// breaks and hashes.
func seeds(f *testing.F) {
	for _, g := range golden {
		content, err := os.ReadFile(g.file)
		require.NoError(f, err)
		for l := range bytes.Lines(content) {
			f.Add(l[:max(0, len(l)-1-logline.SealLength)])
		}
	}
}

// FuzzDecodeHead looks for a HEAD that breaks the decoder, or that decodes to something that it would
// not be written for. Each is tried with and without a hash that fits.
func FuzzDecodeHead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := decodeHead(append(bytes.Clone(body), '\n'))
		require.Error(t, err, "there is no hash")
		sealed, _ := logline.Seal(bytes.Clone(body), 0)
		h, err := decodeHead(append(sealed, '\n'))
		if err != nil {
			return
		}
		found, err := decodeHead(h.encode())
		require.NoError(t, err)
		require.Equal(t, h, found)
	})
}
