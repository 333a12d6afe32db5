package bootstrap

import (
	"context"
	"errors"
	"net/netip"
	"path/filepath"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/eventfile"
	"github.com/onhand/onhand/adapters/guarded"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/retrying"
	"github.com/onhand/onhand/adapters/webhook"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Directories in DATA_DIR, beside the log's own.
const (
	checkpointsName = "checkpoints"
	deadLettersName = "dead-letters"
	webhooksName    = "webhooks"
)

// publishModule is what tells others of events. Files are opened by the leader, while no
// other process changes them.
var publishModule = fx.Module(
	"publish",
	fx.Provide(newCheckpoints, newDeadLetters, newSubscriptions, newWebhookSender, newWebhooks),
)

func newCheckpoints(c Config, duties *leadership.Duties, b *breakers) ports.CheckpointStore {
	files := jsondocuments.NewCheckpoints(filepath.Join(c.DataDir, checkpointsName), nil)
	if !c.LocksEnabled { // otherwise another process may be saving
		files.Sweep()
	}
	store := retrying.Checkpoints(guarded.Checkpoints(files, b.sync), retries(c)) // outside: what the breaker refuses is not tried again
	return leadership.Checkpoints(store, duties)
}

func newDeadLetters(c Config, duties *leadership.Duties, b *breakers) ports.DeadLetterStore {
	return leadership.DeadLetters(duties, func() (ports.DeadLetterStore, error) {
		letters, err := jsondocuments.OpenDeadLetters(filepath.Join(c.DataDir, deadLettersName), c.MaxDeadLetters, nil)
		if err != nil {
			return nil, err
		}
		return guarded.DeadLetters(letters, b.sync), nil
	})
}

func newSubscriptions(c Config, duties *leadership.Duties) ports.SubscriptionStore {
	return leadership.Subscriptions(duties, func() (ports.SubscriptionStore, error) {
		return jsondocuments.OpenSubscriptions(filepath.Join(c.DataDir, webhooksName), c.MaxWebhooks, nil)
	})
}

// openEventFile opens the file that events are published to.
func openEventFile(ctx context.Context, c Config, log ports.EventFeed) (*eventfile.File, error) {
	file, err := eventfile.Open(c.EventsFile, c.PublicURL, nil)
	if err != nil {
		return nil, err
	}
	if err := file.ComesFrom(ctx, log); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// networks are those of a setting, which was checked with the others.
func networks(setting []string) []netip.Prefix {
	list := make([]netip.Prefix, len(setting))
	for i, text := range setting {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

func newWebhookSender(c Config, lc fx.Lifecycle) *webhook.Sender {
	sender := webhook.New(webhook.Options{
		PublicURL: c.PublicURL, Timeout: ms(c.WebhookTimeoutMS), Allowed: networks(c.WebhookNetworks), AllowHTTP: c.WebhookAllowHTTP, Now: time.Now,
	})
	lc.Append(fx.StopHook(sender.Close))
	return sender
}

// newWebhooks lets the subscriptions run while this process leads.
func newWebhooks(c Config, duties *leadership.Duties, store ports.EventStore, subscriptions ports.SubscriptionStore, runners subscription.Runners, sender *webhook.Sender,
	ids ports.IDSource, report ports.Reporter, lc fx.Lifecycle,
) *subscription.Manager {
	manager := subscription.NewManager(subscription.Options{
		Store: subscriptions, Runners: runners, Connect: sender.To,
		Position: func() event.Position { return store.Head().Position },
		Now:      time.Now, NewID: ids, Report: report, AllowHTTP: c.WebhookAllowHTTP, Limit: c.MaxWebhooks,
	})
	duties.Add(leadership.Duty{Begin: manager.Start, End: manager.Suspend})
	lc.Append(fx.StopHook(manager.Stop))
	return manager
}
