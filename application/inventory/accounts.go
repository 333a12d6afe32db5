package inventory

import "sync"

// account counts the open reservations and transfers that a client has opened.
type account struct {
	client string
	open   int
}

// accounts are those of the clients that have something open. A client without has none, so there
// are never more than open entries.
type accounts struct {
	mu       sync.Mutex
	byClient map[string]*account
}

// opened counts an entry of a client, and returns the account to which it belongs; nil if nothing
// knows the client, as for entries of an earlier run and of other processes.
func (a *accounts) opened(client string) *account {
	if client == "" {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.byClient[client]
	if of == nil {
		of = &account{client: client}
		a.byClient[client] = of
	}
	of.open++
	return of
}

// closed ends what opened began.
func (a *accounts) closed(of *account) {
	if of == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if of.open--; of.open == 0 {
		delete(a.byClient, of.client)
	}
}

// openOf returns how many open entries a client has opened.
func (a *accounts) openOf(client string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if of := a.byClient[client]; of != nil {
		return of.open
	}
	return 0
}
