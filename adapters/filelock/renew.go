package filelock

import (
	"context"
	"time"

	"github.com/onhand/onhand/ports"
)

// keepRenewing renews all leases periodically.
func (l *Leases) keepRenewing(ctx context.Context) {
	again := time.NewTicker(l.opts.Renew)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			l.renew(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// keepWatching notices leases that are over, also while the renewer is blocked.
func (l *Leases) keepWatching(ctx context.Context) {
	again := time.NewTicker(max(l.opts.Renew/4, time.Millisecond))
	defer again.Stop()
	for {
		select {
		case <-again.C:
			l.watch()
		case <-ctx.Done():
			return
		}
	}
}

func (l *Leases) watch() {
	for _, t := range l.leases() {
		_ = t.Valid() // notices that it is over
	}
}

// leases returns the leases that are held now.
func (l *Leases) leases() []*lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*lease, 0, len(l.held))
	for t := range l.held {
		list = append(list, t)
	}
	return list
}

// renew gives all leases their whole time again. It renews shard by shard; a lease in
// several shards ends when the part that was renewed first does.
func (l *Leases) renew(ctx context.Context) {
	var in [shards][]renewal
	list := l.leases()
	for _, t := range list {
		t.late = false
		for _, p := range t.locations {
			in[p.shard] = append(in[p.shard], renewal{t, &t.tokens[p.at]})
		}
	}
	begun := l.opts.Machine.Now()
	for i, s := range l.shards {
		if err := l.renewIn(ctx, s, in[i]); err != nil {
			for _, r := range in[i] {
				r.lease.late = true // it ends when it would have ended
			}
		}
	}
	for _, t := range list {
		if !t.late {
			t.ends.Store(int64(begun + l.opts.TTL))
		}
	}
}

// renewal is one lease to be renewed.
type renewal struct {
	lease *lease
	token *ports.FencingToken
}

// renewIn renews leases of one shard. Those that are gone or over are lost: another owner
// may have had them meanwhile.
func (l *Leases) renewIn(ctx context.Context, s *shard, list []renewal) error {
	waits := waitBudget{left: l.opts.Wait}
	defer waits.end()
	if err := s.reopen(ctx, &waits); err != nil || len(list) == 0 {
		return err
	}
	if err := s.acquire(ctx, &waits); err != nil {
		return err
	}
	defer s.release()
	now := l.opts.Machine.Now()
	s.expire(l.boot, now)
	kept := false
	for _, r := range list {
		i := s.owned(l.owner, r.token)
		if i < 0 {
			r.lease.late = true
			r.lease.lose()
			continue
		}
		s.entries[i].ends = now + l.opts.TTL
		kept = true
	}
	if !kept {
		return nil
	}
	return s.write()
}
