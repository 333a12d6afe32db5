package command_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

func TestNoLinesMeanAllAndAnEmptyListIsAMistake(t *testing.T) {
	for name, cmd := range map[string]func(lines []stock.Part) command.Operation{
		"commit":  func(l []stock.Part) command.Operation { return &command.CommitReservation{ID: "r", Lines: l} },
		"release": func(l []stock.Part) command.Operation { return &command.ReleaseReservation{ID: "r", Lines: l} },
		"return":  func(l []stock.Part) command.Operation { return &command.ReturnReservation{ID: "r", Lines: l} },
	} {
		require.NoError(t, cmd(nil).Validate(), name)
		require.ErrorContains(t, cmd([]stock.Part{}).Validate(), "must not be empty", name)
	}
	require.NoError(t, (&command.ReceiveTransfer{ID: "t"}).Validate())
	require.ErrorContains(t, (&command.ReceiveTransfer{ID: "t", Lines: []transfer.Arrival{}}).Validate(), "must not be empty")
}

func TestADefaultSpelledOutIsTheSameCommand(t *testing.T) {
	silent, spelled := &command.CommitReservation{ID: "r"}, &command.CommitReservation{ID: "r", Remainder: reservation.KeepRemainder}
	require.NoError(t, silent.Validate())
	require.NoError(t, spelled.Validate())
	require.Equal(t, spelled, silent, "so is its fingerprint")
}
