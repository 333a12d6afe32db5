package ledger

import "sync"

// runningKeys are the idempotency keys of commands whose append is under way. A
// mark belongs to the append: it goes when the commit is shown or proven not to
// have been written, not when the caller leaves.
type runningKeys struct {
	mu    sync.Mutex
	marks map[string]*ticket
}

// mark notes that t works under key; false if another command does.
func (r *runningKeys) mark(key string, t *ticket) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if holder, taken := r.marks[key]; taken && holder != t {
		return false
	}
	r.marks[key] = t
	return true
}

func (r *runningKeys) clear(key string, t *ticket) {
	if key == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.marks[key] == t {
		delete(r.marks, key)
	}
}
