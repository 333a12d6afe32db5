package httpapi

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// reading is how bodies are read: strictly, and lists only as far as one entry more than
// they may have, since {} is two bytes of a body and fifty of a list. Whoever
// checks the list finds it too long.
var strictJSON = json.JoinOptions(json.RejectUnknownMembers(true), json.WithUnmarshalers(json.JoinUnmarshalers(
	boundedList[jsontext.Value](command.MaxOperations),
	boundedList[stock.Part](reservation.MaxLines),
	boundedList[transfer.Unit](transfer.MaxLines),
	boundedList[transfer.Arrival](transfer.MaxLines),
)))

func boundedList[E any](most int) *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(text *jsontext.Decoder, list *[]E) error {
		if text.PeekKind() != '[' {
			return errors.ErrUnsupported // null, or what is refused: read as ever
		}
		if _, err := text.ReadToken(); err != nil {
			return err //nolint:wrapcheck // as below
		}
		*list = []E{} // an empty list is not the same as none
		for text.PeekKind() != ']' {
			if len(*list) > most {
				if err := text.SkipValue(); err != nil {
					return err //nolint:wrapcheck // as below
				}
				continue
			}
			var none E
			*list = append(*list, none)
			if err := json.UnmarshalDecode(text, &(*list)[len(*list)-1]); err != nil {
				return err //nolint:wrapcheck // it says what, and where; another around it would say that the list is none
			}
		}
		_, err := text.ReadToken()
		return err //nolint:wrapcheck // as above
	})
}
