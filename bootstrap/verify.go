package bootstrap

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/ports"
)

// Verify checks the log in dataDir, which no process may have open, and prints a summary. An
// error is damage, or the reason why the log could not be read.
func Verify(dataDir string, to io.Writer) error {
	ctx := context.Background()
	auditor := audit.New()
	snapshotFiles := jsondocuments.NewSnapshots(filepath.Join(dataDir, jsonevents.SnapshotsName), nil)
	comparison, err := snapshot.Compare(ctx, snapshotFiles)
	if err != nil {
		return fmt.Errorf("verify %s: %w", dataDir, err)
	}
	view, err := centralview.Compare(ctx, jsondocuments.NewCheckpoints(filepath.Join(dataDir, checkpointsName), nil))
	if err != nil {
		return fmt.Errorf("verify %s: %w", dataDir, err)
	}
	report, err := jsonevents.Verify(dataDir, jsonevents.Options{}, func(c ports.Recorded) error {
		if err := auditor.Check(c); err != nil {
			return err
		}
		if err := view.Next(ctx, c); err != nil {
			return err
		}
		return comparison.Next(ctx, c)
	})
	snapshots := 0
	if err == nil {
		snapshots, err = comparison.End()
	}
	viewed := 0
	if err == nil {
		viewed, err = view.End(ctx)
	}
	if err != nil {
		return fmt.Errorf("verify %s: %w", dataDir, err)
	}
	_, err = fmt.Fprintf(to, "store         %s\nsegments      %d\ncommits       %d\nevents        %d\nitems         %d\nreservations  %d\ntransfers     %d\nsnapshots     %d\nindexes       %d\ncentral view  %d\nhead          %s\n",
		report.Store, report.Segments, report.Position, report.Events,
		auditor.Items(), auditor.Reservations(), auditor.Transfers(), snapshots, report.Indexes, viewed, report.Hash)
	if err == nil && report.Tail > 0 {
		_, err = fmt.Fprintf(to, "tail          %d bytes that nothing shows to have been durable; the next start cuts them off and keeps them aside\n", report.Tail)
	}
	if err == nil {
		_, err = fmt.Fprintln(to, "every hash, version, link and number is right")
	}
	return err
}
