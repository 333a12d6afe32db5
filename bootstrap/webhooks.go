package bootstrap

import (
	"net/netip"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/webhook"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// publishModule sends events to receivers outside.
var publishModule = fx.Module("publish", fx.Provide(newWebhookSender, newWebhooks), fx.Invoke(publishToFile))

// networks returns the networks of a setting, which was checked with the others.
func networks(setting []string) []netip.Prefix {
	list := make([]netip.Prefix, len(setting))
	for i, text := range setting {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

func newWebhookSender(c Config, lc fx.Lifecycle) *webhook.Sender {
	sender := webhook.New(webhook.Options{
		PublicURL: c.PublicURL, Timeout: ms(c.WebhookTimeoutMS), Allowed: networks(c.WebhookNetworks),
		AllowHTTP: c.WebhookAllowHTTP, Now: time.Now,
	})
	lc.Append(fx.StopHook(sender.Close))
	return sender
}

type webhookParams struct {
	fx.In

	Config        Config
	Duties        *leadership.Duties
	Store         ports.EventStore
	Subscriptions ports.SubscriptionStore
	Runners       subscription.Runners
	Sender        *webhook.Sender
	IDs           ports.IDSource
	Report        ports.Reporter
}

// newWebhooks lets the subscriptions run while this process leads.
func newWebhooks(p webhookParams, lc fx.Lifecycle) *subscription.Manager {
	manager := subscription.NewManager(subscription.Options{
		Store: p.Subscriptions, Runners: p.Runners, Connect: p.Sender.To,
		Position: func() event.Position { return p.Store.Head().Position },
		Now:      time.Now, NewID: p.IDs, Report: p.Report,
		AllowHTTP: p.Config.WebhookAllowHTTP, Limit: p.Config.MaxWebhooks,
	})
	p.Duties.Add(leadership.Duty{Begin: manager.Start, End: manager.Suspend})
	lc.Append(fx.StopHook(manager.Stop))
	return manager
}
