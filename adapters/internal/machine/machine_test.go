package machine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/machine"
)

func TestTheClockOfThisMachineRunsOn(t *testing.T) {
	m, err := machine.This()
	require.NoError(t, err)
	require.NotEmpty(t, m.Boot)
	for before := m.Now(); m.Now() == before; {
		continue
	}
	again, err := machine.This()
	require.NoError(t, err)
	require.Equal(t, m.Boot, again.Boot)
}
