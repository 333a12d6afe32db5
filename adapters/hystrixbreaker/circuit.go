package hystrixbreaker

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/afex/hystrix-go/hystrix"

	"github.com/onhand/onhand/ports"
)

// Options are the measures of a breaker. Cooldown, MinCalls, Name and Threshold are required.
type Options struct {
	Name      string
	Threshold float64       // the share of faults that opens it, above 0 up to 1
	MinCalls  int           // calls within ten seconds before it may open
	Cooldown  time.Duration // how long it stays open before it probes, in whole milliseconds
	Slow      time.Duration // a call that takes longer is a fault; 0 is never
	Fault     func(error) bool
	// Hung selects faults of which two in a row open the breaker, whatever Threshold and
	// MinCalls say: calls that hang are too few for these. nil selects none.
	Hung   func(error) bool
	Forced bool // open for good, without probes
	Report ports.Reporter
	Now    func() time.Time // with a monotonic reading; the machine's clock by default
}

func (o Options) withDefaults() Options {
	if o.Fault == nil {
		o.Fault = func(error) bool { return true }
	}
	if o.Hung == nil {
		o.Hung = func(error) bool { return false }
	}
	if o.Report == nil {
		o.Report = func(ports.Incident) {}
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // measures how long calls and cooldowns take
	}
	return o
}

// check refuses what hystrix would replace by something else.
func (o *Options) check() error {
	switch {
	case o.Name == "":
		return errors.New("a breaker needs a name")
	case !(o.Threshold > 0 && o.Threshold <= 1): // not a number is refused, too
		return fmt.Errorf("breaker %q: a threshold of %v is not above 0 and up to 1", o.Name, o.Threshold)
	case o.MinCalls < 1:
		return fmt.Errorf("breaker %q: at least %d calls is no number", o.Name, o.MinCalls)
	case o.Cooldown < time.Millisecond:
		return fmt.Errorf("breaker %q: a cooldown of %v is too short", o.Name, o.Cooldown)
	}
	return nil
}

// made is how many circuits there are in this process: each gets a name of its own.
var made atomic.Int64

// newCircuit makes a circuit for one breaker alone.
func newCircuit(o *Options) (*hystrix.CircuitBreaker, error) {
	name := fmt.Sprintf("%s#%d", o.Name, made.Add(1))
	hystrix.ConfigureCommand(name, commandConfig(o))
	circuit, created, err := hystrix.GetCircuit(name)
	if err == nil && !created {
		err = errors.New("another breaker has it")
	}
	if err != nil {
		return nil, fmt.Errorf("circuit %q: %w", name, err)
	}
	return circuit, nil
}

func commandConfig(o *Options) hystrix.CommandConfig {
	return hystrix.CommandConfig{
		MaxConcurrentRequests:  1, // tickets, of which no call takes one
		RequestVolumeThreshold: o.MinCalls,
		SleepWindow:            int(o.Cooldown / time.Millisecond),
		ErrorPercentThreshold:  percent(o.Threshold),
	}
}

// percent is a share as hystrix takes it; 0 would be 50 to it.
func percent(share float64) int { return max(1, int(math.Round(100*share))) }
