package orderedkv

import (
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// damageMark notes in a store's directory that a read found damage.
type damageMark struct {
	dir      string
	fs       vfs.FS
	readOnly bool // the directory must not change

	mu    sync.Mutex
	found error
}

const (
	damageMarkName = "DAMAGED"
	lockName       = "LOCK"
)

func (m *damageMark) name() string { return m.fs.PathJoin(m.dir, damageMarkName) }

func (m *damageMark) exists() bool {
	_, err := m.fs.Stat(m.name())
	return err == nil
}

// set notes the first damage. Without a mark on disk the next start finds the damage itself.
func (m *damageMark) set(damage error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.found != nil {
		return
	}
	m.found = damage
	if m.readOnly {
		return
	}
	if mark, err := m.fs.Create(m.name(), vfs.WriteCategoryUnspecified); err == nil {
		_, _ = mark.Sync(), mark.Close()
	}
	if dir, err := m.fs.OpenDir(m.dir); err == nil {
		_, _ = dir.Sync(), dir.Close()
	}
}

func (m *damageMark) damage() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.found
}

// deleteAll deletes the store. The mark is deleted last, and the lock, which is held, stays.
func (m *damageMark) deleteAll() error {
	names, err := m.fs.List(m.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == damageMarkName || name == lockName {
			continue
		}
		if err := m.fs.RemoveAll(m.fs.PathJoin(m.dir, name)); err != nil {
			return err
		}
	}
	if !m.exists() {
		return nil
	}
	return m.fs.Remove(m.name())
}
