package main

import (
	"os"
	"path/filepath"
	"time"
)

// openDisk tells what the log and the snapshots of the grown store take. The
// service is stopped for it, so that it has written its last snapshot.
func openDisk(b *bench, _ *site) ([]row, error) {
	s, err := b.stock.server(b)
	if err != nil {
		return nil, err
	}
	commits, err := s.position()
	if err != nil {
		return nil, err
	}
	if err := b.stock.stop(); err != nil {
		return nil, err
	}
	log := filepath.Join(b.stock.grown, "log")
	return []row{
		{name: "log, per event of an adjust", once: true, measure: func(time.Duration) (sample, error) {
			sizes, err := filesIn(log)
			return sample{value: sum(sizes) / commits}, err
		}},
		{name: "newest snapshot", once: true, measure: newestSnapshot(b.stock.grown, 1)},
		{name: "newest snapshot, per item", once: true, measure: newestSnapshot(b.stock.grown, float64(b.items))},
	}, nil
}

func newestSnapshot(data string, parts float64) func(time.Duration) (sample, error) {
	return func(time.Duration) (sample, error) {
		sizes, err := filesIn(snapshots(data))
		if err != nil || len(sizes) == 0 {
			return sample{}, absent("no snapshot was written")
		}
		return sample{value: sizes[len(sizes)-1] / parts}, nil
	}
}

// filesIn are the sizes of the finished files of a directory, in the order of
// their names, which is that of positions.
func filesIn(dir string) ([]float64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var sizes []float64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() && filepath.Ext(e.Name()) != unfinished {
			sizes = append(sizes, float64(info.Size()))
		}
	}
	return sizes, nil
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}
