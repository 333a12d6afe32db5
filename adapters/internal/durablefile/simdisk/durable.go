package simdisk

import (
	"path/filepath"
	"slices"
)

// Durable is what of a file a crash leaves in any case, as far as nothing was written over
// it since; nil if its name may be gone.
func (d *Disk) Durable(name string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if dir := d.dirs[filepath.Dir(name)]; dir != nil && dir.durable[filepath.Base(name)] != nil {
		return slices.Clone(dir.durable[filepath.Base(name)].durable)
	}
	return nil
}

// DurableNames are the names in a directory that a crash leaves in any case, unless they
// were removed since, sorted.
func (d *Disk) DurableNames(name string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	if dir := d.dirs[name]; dir != nil {
		for n := range dir.durable {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}
