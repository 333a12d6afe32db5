package logline

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// seeds gives the lines of the golden log to a fuzz target, without their line breaks and hashes.
func seeds(f *testing.F) {
	files, err := filepath.Glob("../../testdata/v1/log/*.ndjson")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(f, err)
		for l := range bytes.Lines(content) {
			f.Add(l[:max(0, len(l)-1-SealLength)])
		}
	}
}

// FuzzDecodeLine looks for lines that break the decoders, or that decode to
// something that they would not be written for. Each is tried with and without
// a hash that fits.
func FuzzDecodeLine(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := Decode(body)
		require.Error(t, err, "there is no hash")
		sealed, hash := Seal(bytes.Clone(body), 0)
		if h, err := DecodeHeader(sealed); err == nil {
			again, _ := h.Encode()
			found, err := DecodeHeader(again)
			require.NoError(t, err)
			found.Hash = h.Hash
			require.Equal(t, h, found)
		}
		l, err := Decode(sealed)
		if err != nil {
			return
		}
		require.Equal(t, hash, l.Hash)
		require.Len(t, l.Back, len(l.Events))
		again, _ := Append(nil, l)
		found, err := Decode(again)
		require.NoError(t, err)
		found.Hash = l.Hash
		require.Equal(t, l, found, "another spelling, but the same commit")
	})
}
