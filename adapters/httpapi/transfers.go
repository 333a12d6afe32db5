package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/transfer"
)

// transfers answers /v1/transfers.
type transfers struct{ commands }

// shipTransfer is POST /v1/transfers.
func (t transfers) shipTransfer(c *gin.Context) error {
	cmd := &command.ShipTransfer{}
	outcome, err := runCommand(c, t.commands, cmd, decode, cmd.Handle)
	if err != nil {
		return err
	}
	if !outcome.DryRun {
		setHeader(c, "Location", "/v1/transfers/"+outcome.Result.ID)
	}
	answerTransfer(c, outcome, http.StatusCreated)
	return nil
}

// receiveTransfer is POST …/{id}/receive.
func (t transfers) receiveTransfer(c *gin.Context) error {
	cmd := &command.ReceiveTransfer{}
	return t.change(c, cmd, &cmd.ID, cmd.Handle)
}

// cancelTransfer is POST …/{id}/cancel.
func (t transfers) cancelTransfer(c *gin.Context) error {
	cmd := &command.CancelTransfer{}
	return t.change(c, cmd, &cmd.ID, cmd.Handle)
}

func (t transfers) change(
	c *gin.Context, cmd command.Operation, id *string, handle commandHandler[command.TransferResult],
) (err error) {
	if *id, err = pathID(c); err != nil {
		return err
	}
	outcome, err := runCommand(c, t.commands, cmd, decodeIfAny, handle)
	if err != nil {
		return err
	}
	answerTransfer(c, outcome, http.StatusOK)
	return nil
}

func answerTransfer(c *gin.Context, o command.Outcome[command.TransferResult], status int) {
	answerCommand(c, o, status, o.Result.Version, o.Result.Transfer.AppendJSON(make([]byte, 0, 512)))
}

// getTransfer is GET /v1/transfers/{id}.
func (t transfers) getTransfer(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	conditions, err := preconditions(c.Request.Header)
	if err != nil {
		return err
	}
	if err := waitForPosition(c, t.ledger); err != nil {
		return err
	}
	found, reflects, err := query.GetTransfer{ID: id}.Handle(requestContext(c), t.ledger)
	if err != nil {
		return err
	}
	return answerVersion(c, conditions, aggregateVersion{found.Version, reflects, found.AppendJSON})
}

// listTransfers is GET /v1/transfers.
func (t transfers) listTransfers(c *gin.Context) error {
	params, listing, err := parseListing(c.Request.URL, "from", "to")
	if err != nil {
		return err
	}
	ask := query.ListTransfers{Listing: listing}
	if ask.Store, ask.SKU, err = params.item(t.rules.Names); err != nil {
		return err
	}
	if ask.From, err = params.store("from"); err != nil {
		return err
	}
	if ask.To, err = params.store("to"); err != nil {
		return err
	}
	if ask.Statuses, err = anyOf(params, "status", transfer.InTransitStatus, transfer.ReceivedStatus,
		transfer.CancelledStatus); err != nil {
		return err
	}
	if ask.Reference, err = params.given("reference", command.MaxReferenceBytes); err != nil {
		return err
	}
	if err := waitForPosition(c, t.ledger); err != nil {
		return err
	}
	page, err := ask.Handle(requestContext(c), t.ledger)
	if err != nil {
		return err
	}
	setPosition(c, page.Position)
	writePage(c, "transfers", page.Transfers, transfer.Transfer.AppendJSON, page.NextCursor)
	return nil
}
