package ledger

import "sync"

// runningKeys are the idempotency keys of commands whose append is under way. A mark
// belongs to the append: it goes when the commit is published or proven not to have been
// written, not when the caller leaves.
type runningKeys struct {
	mu    sync.Mutex
	marks map[string]*pending
}

// claim notes that p runs under key; it reports false if another command does.
func (r *runningKeys) claim(key string, p *pending) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if holder, taken := r.marks[key]; taken && holder != p {
		return false
	}
	r.marks[key] = p
	return true
}

func (r *runningKeys) clear(key string, p *pending) {
	if key == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.marks[key] == p {
		delete(r.marks, key)
	}
}
