package centralview

import "github.com/onhand/onhand/domain/event"

// worthCaching is the size from which a page is cached, in bytes: some twelve stores. To make a
// smaller page takes less time than the rest of its request.
const worthCaching = 4 << 10

// Page is the view's answer about one SKU, as JSON.
type Page struct {
	Members  []byte         // "totals":{…},"stores":[…]; must not be changed
	Position event.Position // that this reflects
}

func makePage(found SKU) (page Page, known bool) {
	members := make([]byte, 0, 128+320*len(found.Stores))
	members = found.Totals.AppendJSON(append(members, `"totals":`...))
	members = append(members, `,"stores":[`...)
	for i := range found.Stores {
		if i > 0 {
			members = append(members, ',')
		}
		members = found.Stores[i].AppendJSON(members)
	}
	return Page{Members: append(members, ']'), Position: found.Position}, len(found.Stores) > 0
}
