package command

import (
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/transfer"
)

// TransferResult is the answer of a command on one transfer: the transfer after
// it.
type TransferResult struct{ transfer.Transfer }

// AppendJSON implements ledger.Result. It abridges an answer of many lines.
func (r TransferResult) AppendJSON(dst []byte) []byte {
	if len(r.Lines) > fewLines {
		return appendAbridged(dst, r.ID, r.Version)
	}
	return r.Transfer.AppendJSON(dst)
}

// existingTransfer is the transfer that a command names.
func existingTransfer(tx *ledger.Tx, id string, when Preconditions) (transfer.Transfer, error) {
	t := tx.Transfer(id)
	if !t.Exists() {
		return t, transfer.ErrNotFound
	}
	return t, when.check(t.Version, nil)
}

// changeTransfer carries out a decision on a transfer and its items.
func changeTransfer(tx *ledger.Tx, id string, events []transfer.Event, p *plan) (ledger.Result, error) {
	if err := p.refusal(); err != nil {
		return nil, err
	}
	tx.RecordTransfer(id, events)
	p.record(tx)
	return TransferResult{Transfer: tx.Transfer(id)}, nil
}
