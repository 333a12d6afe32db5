package simdisk

import "github.com/onhand/onhand/adapters/internal/durablefile"

// locks are the locks of a disk by the name of the locked file or directory. The disk's
// lock protects them.
type locks map[string]*holders

// holders have a lock: one exclusively, or several shared.
type holders struct {
	exclusive *lock
	shared    map[*lock]bool
}

// take takes a lock at once and reports whether it was free.
func (all locks) take(l *lock, mode durablefile.LockMode) bool {
	at := all[l.name]
	if at == nil {
		at = &holders{shared: map[*lock]bool{}}
		all[l.name] = at
	}
	others := len(at.shared)
	if at.shared[l] {
		others--
	}
	if at.exclusive != nil && at.exclusive != l || mode == durablefile.Exclusive && others > 0 {
		return false
	}
	if mode == durablefile.Exclusive {
		at.exclusive = l
	} else {
		at.shared[l] = true
	}
	return true
}

func (all locks) release(l *lock) {
	at := all[l.name]
	if at == nil {
		return
	}
	if at.exclusive == l {
		at.exclusive = nil
	}
	delete(at.shared, l)
}

// releaseAll releases the locks of a process that ended.
func (all locks) releaseAll(p *Process) {
	for _, at := range all {
		if at.exclusive != nil && at.exclusive.owner == p {
			at.exclusive = nil
		}
		for l := range at.shared {
			if l.owner == p {
				delete(at.shared, l)
			}
		}
	}
}

// lock is an open file or directory that can be locked.
type lock struct {
	disk  *Disk
	name  string
	owner *Process // its end releases the lock; nil is the machine
}

// Close releases the lock.
func (l *lock) Close() error { return l.Unlock() }

// Held finds the directory in its place: this disk cannot move directories.
func (l *lock) Held() error { return nil }

// Linked is true: no test removes a file that is locked.
func (l *lock) Linked() (bool, error) { return true, nil }

func (l *lock) TryLock() (bool, error) {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	if l.disk.crashed {
		return false, ErrCrashed
	}
	if l.owner != nil && l.owner.killed {
		return false, ErrKilled
	}
	return l.disk.locks.take(l, durablefile.Exclusive), nil
}

func (l *lock) Unlock() error {
	l.disk.mu.Lock()
	defer l.disk.mu.Unlock()
	l.disk.locks.release(l)
	return nil
}
