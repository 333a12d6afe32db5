package bootstrap

import (
	"context"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/machineclock"
	"github.com/onhand/onhand/adapters/sweeper"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// keepTimeEvery is how often log time is compared with its saved offset.
const keepTimeEvery = 10 * time.Second

// machineStart names the start of the machine from which its clock counts; empty if unknown.
type machineStart string

// acceptClock makes the wall clock right at this start, whatever it shows.
type acceptClock bool

func newClock(report ports.Reporter) (*ledger.Clock, machineStart) {
	clock, start, err := machineclock.New()
	if err != nil {
		report(ports.Incident{
			Component: "clock", Message: "the machine's clock cannot be read: log time does not outlive the process", Err: err,
		})
	}
	return ledger.NewClock(clock.Read, report), machineStart(start)
}

// startClock finds the log time before anything is decided, and keeps it from then on.
func startClock(p ledgerParams, lc fx.Lifecycle) error {
	err := p.Clock.Start(ledger.ClockStart{
		Kept:        p.Backend.logTime,
		Boot:        string(p.Machine),
		Used:        p.Backend.store.Head().Time,
		MaxLeap:     time.Duration(p.Config.MaxLeapSeconds) * time.Second,
		MaxDowntime: time.Duration(p.Config.MaxDownSeconds) * time.Second,
		Accept:      bool(p.Accept),
	})
	if err != nil {
		return err
	}
	keeper := sweeper.New(func(context.Context) error { return p.Clock.Keep() }, keepTimeEvery, func(i ports.Incident) {
		i.Component, i.Message = "clock", "log time could not be saved: the service tries again"
		p.Report(i)
	})
	lc.Append(fx.StartStopHook(keeper.Start, keeper.Stop))
	return nil
}
