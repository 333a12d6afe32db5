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
	"github.com/onhand/onhand/adapters/jsoncheckpoints"
	"github.com/onhand/onhand/adapters/jsondeadletters"
	"github.com/onhand/onhand/adapters/jsonsubscriptions"
	"github.com/onhand/onhand/adapters/retrying"
	"github.com/onhand/onhand/adapters/webhook"
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

// publishModule is what tells others of events. What reads files at the start takes
// the event store, which holds the lock on DATA_DIR, so that no other process does.
var publishModule = fx.Module(
	"publish",
	fx.Provide(newCheckpoints, newDeadLetters, newSubscriptions, newEventFile, newWebhookSender, newWebhooks),
)

func newCheckpoints(c Config, b *breakers) ports.CheckpointStore {
	store := guarded.Checkpoints(jsoncheckpoints.New(filepath.Join(c.DataDir, checkpointsName), nil), b.sync)
	return retrying.Checkpoints(store, retries(c)) // outside: what the breaker refuses is not tried again
}

func newDeadLetters(c Config, b *breakers, _ ports.EventStore) (ports.DeadLetterStore, error) {
	letters, err := jsondeadletters.Open(filepath.Join(c.DataDir, deadLettersName), c.MaxDeadLetters, nil)
	if err != nil {
		return nil, err
	}
	return guarded.DeadLetters(letters, b.sync), nil
}

func newSubscriptions(c Config, _ ports.EventStore) (ports.SubscriptionStore, error) {
	return jsonsubscriptions.Open(filepath.Join(c.DataDir, webhooksName), c.MaxWebhooks, nil)
}

// newEventFile opens the file that events are published to; nil if there is none.
func newEventFile(c Config, _ ports.EventStore, log ports.EventFeed, lc fx.Lifecycle) (*eventfile.File, error) {
	if c.EventsFile == "" {
		return nil, nil //nolint:nilnil // nil is "none"
	}
	file, err := eventfile.Open(c.EventsFile, c.PublicURL, nil)
	if err != nil {
		return nil, err
	}
	if err := file.ComesFrom(context.Background(), log); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	lc.Append(fx.StopHook(file.Close))
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

// newWebhooks lets the subscriptions run from the start of the program on.
func newWebhooks(c Config, store ports.EventStore, subscriptions ports.SubscriptionStore, runners subscription.Runners, sender *webhook.Sender,
	ids ports.IDSource, report ports.Reporter, lc fx.Lifecycle,
) *subscription.Manager {
	manager := subscription.NewManager(subscription.Options{
		Store: subscriptions, Runners: runners, Connect: sender.To,
		Position: func() event.Position { return store.Status().Position },
		Now:      time.Now, NewID: ids, Report: report, AllowHTTP: c.WebhookAllowHTTP, Limit: c.MaxWebhooks,
	})
	lc.Append(fx.StartStopHook(manager.Start, manager.Stop))
	return manager
}
