package httpapi

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
)

// commands runs the commands that requests ask for.
type commands struct {
	ledger *ledger.Ledger
	calls  callReader
	log    logBudget
	rules  command.Rules
}

// bodyDecoder reads the body of a request into a command.
type bodyDecoder func(c *gin.Context, into any) error

// commandHandler is the method Handle of a command.
type commandHandler[R ledger.Result] func(context.Context, *ledger.Ledger, command.Call) (command.Outcome[R], error)

// runCommand does what all commands have in common after the path is read: headers, body
// and validation, in this order, then the command itself.
func runCommand[R ledger.Result](
	c *gin.Context, run commands, cmd command.Operation, decode bodyDecoder, handle commandHandler[R],
) (command.Outcome[R], error) {
	call, err := run.calls.read(c)
	if err != nil {
		return command.Outcome[R]{}, err
	}
	if err := decode(c, cmd); err != nil {
		return command.Outcome[R]{}, err
	}
	if err := cmd.Validate(run.rules); err != nil {
		return command.Outcome[R]{}, err
	}
	call.Written = run.log.spender(record(c).Client)
	return handle(requestContext(c), run.ledger, call)
}

// answerCommand answers with the aggregate that a command changed, at its version. The
// version is 0 where the answer is not about one aggregate.
func answerCommand[R ledger.Result](
	c *gin.Context, o command.Outcome[R], status int, version event.Version, body []byte,
) {
	if o.DryRun {
		record(c).DryRun = true
		body = append(body[:len(body)-1], `,"dryRun":true}`...)
	} else {
		if version > 0 {
			setETag(c, version)
		}
		if o.Position > 0 { // else the command wrote nothing
			setPosition(c, o.Position)
		}
	}
	if !o.KeyExpires.IsZero() {
		setHeader(c, "Idempotency-Key-Expires", wireTime(o.KeyExpires))
	}
	if o.Replayed {
		setReplayed(c)
	}
	send(c, status, typeJSON, body)
}

// wireTime returns a time as it is written on the wire.
func wireTime(t time.Time) string {
	var room [len(event.TimeLayout) + 2]byte
	text := event.AppendTime(room[:0], t)
	return string(text[1 : len(text)-1])
}

// setReplayed says that an earlier request with the same idempotency key made the change.
func setReplayed(c *gin.Context) {
	setHeader(c, "Idempotent-Replayed", "true")
	record(c).Replayed = true
}
