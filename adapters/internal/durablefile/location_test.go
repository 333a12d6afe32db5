package durablefile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
)

func TestALocationNamesTheFileWithLineAndByte(t *testing.T) {
	require.Equal(t, "log/1.ndjson, line 3 (byte 120)", durablefile.Location("log/1.ndjson", 3, 120))
	require.Equal(t, "log/1.ndjson, line 1 (byte 0)", durablefile.Location("log/1.ndjson", 1, 0))
	require.Equal(t, "log/1.ndjson, byte 120", durablefile.Location("log/1.ndjson", 0, 120))
	require.Equal(t, "log/1.ndjson", durablefile.Location("log/1.ndjson", 0, 0))
}
