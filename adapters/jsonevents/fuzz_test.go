package jsonevents

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds gives the lines of the golden log to a fuzz target, without their line
// breaks and hashes.
func seeds(f *testing.F) {
	for _, g := range golden {
		content, err := os.ReadFile(g.file)
		require.NoError(f, err)
		for l := range bytes.Lines(content) {
			f.Add(l[:max(0, len(l)-1-sealLength)])
		}
	}
}

// FuzzDecodeLine looks for lines that break the decoders, or that decode to
// something that they would not be written for. Each is tried with and without
// a hash that fits.
func FuzzDecodeLine(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := decodeLine(body)
		require.Error(t, err, "there is no hash")
		sealed, hash := appendSeal(bytes.Clone(body), 0)
		if h, err := decodeHeader(sealed); err == nil {
			again, _ := h.encode()
			found, err := decodeHeader(again)
			require.NoError(t, err)
			found.Hash = h.Hash
			require.Equal(t, h, found)
		}
		l, err := decodeLine(sealed)
		if err != nil {
			return
		}
		require.Equal(t, hash, l.Hash)
		require.Len(t, l.Links, len(l.Events))
		again, _ := appendLine(nil, l)
		found, err := decodeLine(again)
		require.NoError(t, err)
		found.Hash = l.Hash
		require.Equal(t, l, found, "another spelling, but the same commit")
	})
}

// FuzzDecodeHead does the same for HEAD.
func FuzzDecodeHead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := decodeHead(append(bytes.Clone(body), '\n'))
		require.Error(t, err, "there is no hash")
		sealed, _ := appendSeal(bytes.Clone(body), 0)
		h, err := decodeHead(append(sealed, '\n'))
		if err != nil {
			return
		}
		found, err := decodeHead(h.encode())
		require.NoError(t, err)
		require.Equal(t, h, found)
	})
}
