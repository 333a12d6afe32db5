package snapshot_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// withClosed is a shop whose snapshot has a closed reservation and a closed transfer.
func withClosed(t *testing.T) *shop {
	s := newShop(t)
	ctx, call, item := t.Context(), command.Call{NewID: s.id}, stock.Key{Store: "S0", SKU: "a"}
	_, err := (&command.AdjustStock{Item: item, Delta: 5}).Handle(ctx, s.ledger, call)
	require.NoError(t, err)
	_, err = (&command.ReserveStock{ID: "r", Lines: []stock.Part{{Key: item, Quantity: 1}}}).Handle(ctx, s.ledger, call)
	require.NoError(t, err)
	_, err = (&command.CommitReservation{ID: "r", Remainder: reservation.KeepRemainder}).Handle(ctx, s.ledger, call)
	require.NoError(t, err)
	shipped, err := (&command.ShipTransfer{
		From: "S0", To: "S1", Lines: []transfer.Unit{{SKU: "a", Quantity: 1}},
	}).Handle(ctx, s.ledger, call)
	require.NoError(t, err)
	_, err = (&command.CancelTransfer{ID: shipped.Result.Transfer.ID}).Handle(ctx, s.ledger, call)
	require.NoError(t, err)
	require.NoError(t, s.snapshotter(snapshot.Options{}).Take(context.Background(), nil))
	return s
}

func TestAComparisonFindsAClosedEntryThatDiffers(t *testing.T) {
	s := withClosed(t)
	for _, test := range []struct {
		name, old, other string
		differs          bool
	}{
		{"nothing differs", "", "", false},
		{"a reservation that differs", `"committed":1`, `"committed":2`, true},
		{"a reservation that never was", `"id":"r"`, `"id":"q"`, true},
		{"a transfer that differs", `"cancelled":1`, `"cancelled":2`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			spoilt := spoilt{SnapshotStore: s.snapshots, spoil: func(_ event.Position, _ int, record []byte) []byte {
				if bytes.Contains(record, []byte("item")) {
					return record
				}
				return bytes.Replace(record, []byte(test.old), []byte(test.other), 1)
			}}
			index := queryindex.InMemory()
			c, err := snapshot.Compare(t.Context(), spoilt, index)
			require.NoError(t, err)
			auditor := audit.New(index)
			for commit, failed := range s.store.Commits(t.Context(), 0) {
				require.NoError(t, failed)
				require.NoError(t, auditor.Check(commit))
				if err == nil {
					err = c.Next(t.Context(), commit)
				}
			}
			if !test.differs {
				require.NoError(t, err)
				return
			}
			require.ErrorAs(t, err, new(*snapshot.DifferenceError))
		})
	}
}
