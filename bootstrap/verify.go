package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/ports"
)

// Verify checks the log in dataDir, which no process may have open, and prints a summary. An
// error is damage, or the reason why the log could not be read.
func Verify(dataDir string, to io.Writer) error {
	v := &verification{}
	err := v.run(context.Background(), dataDir)
	if err = errors.Join(err, v.close()); err != nil {
		return fmt.Errorf("verify %s: %w", dataDir, err)
	}
	return v.print(to)
}

// verification checks a log and everything that is made from it.
type verification struct {
	auditor   *audit.Auditor
	snapshots *snapshot.Comparison
	view      *centralview.Comparison
	indexes   []*indexing.Comparison
	closers   []func() error

	report                               jsonevents.Report
	snapshotCount, viewCount, entryCount int
	skipped                              []string // why indexes of closed entries were not compared
}

func (v *verification) run(ctx context.Context, dataDir string) error {
	if err := v.begin(ctx, dataDir); err != nil {
		return err
	}
	var err error
	v.report, err = jsonevents.Verify(dataDir, jsonevents.Options{}, func(c ports.Recorded) error {
		return v.next(ctx, dataDir, c)
	})
	if err != nil {
		return err
	}
	return v.end(ctx)
}

// begin opens what is compared with the log. What the log closes is kept in an index that ends with
// the verification, so that a long log needs no more memory than a short one.
func (v *verification) begin(ctx context.Context, dataDir string) error {
	scratch, err := os.MkdirTemp("", "onhand-verify-")
	if err != nil {
		return fmt.Errorf("make a directory for what is closed: %w", err)
	}
	v.closers = append(v.closers, func() error { return os.RemoveAll(scratch) })
	closed, err := queryindex.Open(scratch) //nolint:contextcheck // opening ends soon
	if err != nil {
		return err
	}
	v.closers = append(v.closers, closed.Close)
	v.auditor = audit.New(closed)
	files := jsondocuments.NewSnapshots(filepath.Join(dataDir, jsonevents.SnapshotsName), nil)
	if v.snapshots, err = snapshot.Compare(ctx, files, closed); err != nil {
		return err
	}
	views := jsondocuments.NewCheckpoints(filepath.Join(dataDir, checkpointsName), nil)
	v.view, err = centralview.Compare(ctx, views)
	return err
}

// openIndexes opens the indexes of closed reservations and transfers. The log is locked then, so no
// process uses them.
func (v *verification) openIndexes(dataDir string) error {
	found, skipped, err := queryindex.OpenAll(filepath.Join(dataDir, indexName))
	v.skipped = skipped
	for _, path := range slices.Sorted(maps.Keys(found)) {
		v.closers = append(v.closers, found[path].Close)
		v.indexes = append(v.indexes, indexing.Compare(path, found[path], v.auditor))
	}
	return err
}

// next checks the next commit.
func (v *verification) next(ctx context.Context, dataDir string, c ports.Recorded) error {
	if c.Position == 1 {
		if err := v.openIndexes(dataDir); err != nil {
			return err
		}
	}
	if err := v.auditor.Check(c); err != nil { //nolint:contextcheck // one commit
		return err
	}
	if err := v.view.Next(ctx, c); err != nil {
		return err
	}
	for _, index := range v.indexes {
		if err := index.Next(ctx, c); err != nil {
			return err
		}
	}
	return v.snapshots.Next(ctx, c)
}

// end checks what can be checked once the log ends.
func (v *verification) end(ctx context.Context) (err error) {
	if v.snapshotCount, err = v.snapshots.End(); err != nil {
		return err
	}
	for _, index := range v.indexes {
		entries, err := index.End(ctx)
		if err != nil {
			return err
		}
		v.entryCount += int(entries)
	}
	v.viewCount, err = v.view.End(ctx)
	return err
}

func (v *verification) close() error {
	var failures []error
	for _, closer := range slices.Backward(v.closers) {
		failures = append(failures, closer())
	}
	return errors.Join(failures...)
}

func (v *verification) print(to io.Writer) error {
	for _, line := range []struct {
		name  string
		value any
	}{
		{"store", v.report.Store},
		{"segments", v.report.Segments},
		{"commits", v.report.Position},
		{"events", v.report.Events},
		{"items", v.auditor.Items()},
		{"reservations", v.auditor.Reservations()},
		{"transfers", v.auditor.Transfers()},
		{"snapshots", v.snapshotCount},
		{"indexes", v.report.Indexes},
		{"closed", fmt.Sprintf("%d in %d indexes", v.entryCount, len(v.indexes))},
		{"central view", v.viewCount},
		{"head", v.report.Hash},
	} {
		if _, err := fmt.Fprintf(to, "%-13s %v\n", line.name, line.value); err != nil {
			return err
		}
	}
	for _, why := range slices.Concat(v.report.Skipped, v.skipped, v.snapshots.Skipped()) {
		if _, err := fmt.Fprintf(to, "%-13s %s\n", "not compared", why); err != nil {
			return err
		}
	}
	for _, name := range v.report.Linked {
		if _, err := fmt.Fprintf(to, "%-13s %s is also in another directory; the next start copies it\n", "hard link", name); err != nil {
			return err
		}
	}
	if v.report.Tail > 0 {
		if _, err := fmt.Fprintf(to, "%-13s %d bytes that nothing shows to have been durable; the next start cuts them off and keeps them aside\n", "tail", v.report.Tail); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(to, "every hash, version, link and number is right")
	return err
}
