package filelock

import (
	"context"
	"time"

	"github.com/onhand/onhand/ports"
)

// keepRenewing renews all leases again and again.
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

// keepWatching notices leases whose time is over, also while the renewer is held up.
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
		_ = t.Valid() // which notices it
	}
}

// leases are those that are held now.
func (l *Leases) leases() []*lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]*lease, 0, len(l.held))
	for t := range l.held {
		list = append(list, t)
	}
	return list
}

// renew gives all leases their whole time again. It goes through the shards one by one;
// a lease that is in several lasts for as long as what was renewed first.
func (l *Leases) renew(ctx context.Context) {
	var in [shards][]renewal
	list := l.leases()
	for _, t := range list {
		t.late = false
		for _, p := range t.places {
			in[p.shard] = append(in[p.shard], renewal{t, &t.epochs[p.at]})
		}
	}
	begun := l.opts.Machine.Now()
	for i, s := range l.shards {
		if err := l.renewIn(ctx, s, in[i]); err != nil {
			for _, r := range in[i] {
				r.lease.late = true // its time goes on
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
	epoch *ports.FencingToken
}

// renewIn renews leases of one shard. Those that are gone or over are lost: somebody
// may have had them meanwhile.
func (l *Leases) renewIn(ctx context.Context, s *shard, list []renewal) error {
	waits := patience{left: l.opts.Wait}
	defer waits.end()
	if err := s.renewed(ctx, &waits); err != nil || len(list) == 0 {
		return err
	}
	if err := s.enter(ctx, &waits); err != nil {
		return err
	}
	defer s.leave()
	now := l.opts.Machine.Now()
	s.live(l.boot, now)
	kept := false
	for _, r := range list {
		i := s.mine(l.owner, r.epoch)
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
