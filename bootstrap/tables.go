package bootstrap

import (
	"context"
	"slices"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/ports"
)

// waitingTable is a table that answers overloaded where it is full, since it empties by itself.
const waitingTable = "waiting commands"

// tables know how full everything is that answers limit-reached when it is full.
type tables struct {
	fx.In

	Config      Config
	Ledger      *ledger.Ledger
	Webhooks    *subscription.Manager
	DeadLetters ports.DeadLetterStore
}

// all returns the tables, those of the store as its status has them.
func (t tables) all(store ports.StoreStatus) []ports.Table {
	list := append(slices.Clone(store.Tables), t.Ledger.Tables()...)
	list = append(list, ports.Table{
		Name: ports.SubscriptionsTable, Entries: t.Webhooks.Count(), Limit: t.Config.MaxWebhooks,
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if letters, err := t.DeadLetters.Count(ctx, ""); err == nil { // else a scrape shows none
		list = append(list, ports.Table{Name: ports.DeadLettersTable, Entries: letters, Limit: t.Config.MaxDeadLetters})
	}
	return list
}

// measured returns the tables that metrics show: also the one of waiting commands.
func (t tables) measured(store ports.StoreStatus) []ports.Table {
	return append(t.all(store), ports.Table{
		Name: waitingTable, Entries: t.Ledger.Waiting(), Limit: t.Config.MaxWaiting,
	})
}
