package durablefile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyFileSystemsKnownToBeLocalAreShared(t *testing.T) {
	require.NoError(t, localKind("/d", 0xEF53))
	for kind, name := range map[int64]string{0x6969: "nfs", 0x65735546: "fuse", 0x1234: "0x1234"} {
		distant := &NotLocalError{}
		require.ErrorAs(t, localKind("/d", kind), &distant)
		require.Equal(t, &NotLocalError{Dir: "/d", Kind: name}, distant)
	}
	require.Error(t, OS{}.Local("/nowhere"))
}
