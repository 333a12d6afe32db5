package orderedkv

import (
	"cmp"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	defaultCache  = 64 << 20 // tables in memory take space of it
	memTableBytes = 16 << 20
	maxOpenTables = 128
	bitsPerKey    = 10 // of the bloom filters: 1 % of the misses look further
)

// pebbleOptions suit an index beside a busy service: small tables in memory, one compaction at a
// time, filters for keys that do not exist.
func (d *Disk) pebbleOptions(fs vfs.FS, o Options) *pebble.Options {
	options := &pebble.Options{
		FS:                          patientFS{fs, d.patience},
		Lock:                        d.lock,
		Logger:                      stallingLogger{d.patience},
		EventListener:               &pebble.EventListener{DataCorruption: d.noteDamage},
		CacheSize:                   o.CacheBytes,
		MemTableSize:                cmp.Or(o.TableBytes, memTableBytes),
		MemTableStopWritesThreshold: 4,
		MaxOpenFiles:                maxOpenTables,
		FormatMajorVersion:          pebble.FormatNewest,
		CompactionConcurrencyRange:  func() (lower, upper int) { return 1, 1 },
	}
	if options.CacheSize == 0 {
		options.CacheSize = defaultCache
	}
	options.Levels[0] = pebble.LevelOptions{
		FilterPolicy: bloom.FilterPolicy(bitsPerKey), FilterType: pebble.TableFilter,
		Compression: func() *sstable.CompressionProfile { return sstable.SnappyCompression },
	}
	last := len(options.Levels) - 1
	for i := 1; i <= last; i++ {
		options.Levels[i] = options.Levels[0]
	}
	if !o.MissesAreCommon {
		options.Levels[last].FilterPolicy = pebble.NoFilterPolicy
	}
	return options
}

// stallingLogger drops what Pebble says, except that it cannot continue.
type stallingLogger struct{ *patience }

// Infof implements pebble.Logger.
func (stallingLogger) Infof(string, ...any) {}

// Errorf implements pebble.Logger. The call that failed returns the error, too.
func (stallingLogger) Errorf(string, ...any) {}

// Fatalf implements pebble.Logger. Pebble expects that it does not return.
func (l stallingLogger) Fatalf(format string, args ...any) {
	l.stall(fmt.Errorf(format, args...))
	select {}
}

// noteDamage marks the store. Without it Pebble would end the process.
func (d *Disk) noteDamage(info pebble.DataCorruptionInfo) { d.mark.set(info.Details) }
