package stock

// What happens to units on their way between stores.

// Shipped tells that Quantity units left for another store.
type Shipped struct {
	TransferID string `json:"transferId"`
	Quantity   int64  `json:"quantity"`
}

// Incoming tells that Delta more units are on their way to this store; fewer if
// it is negative, because the transfer was cancelled.
type Incoming struct {
	TransferID string `json:"transferId"`
	Delta      int64  `json:"delta"`
}

// Received tells that Good and Damaged units arrived.
type Received struct {
	TransferID string `json:"transferId"`
	Good       int64  `json:"good"`
	Damaged    int64  `json:"damaged,omitempty"`
}

// Lost tells that Quantity units on their way will not arrive.
type Lost struct {
	TransferID string `json:"transferId"`
	Quantity   int64  `json:"quantity"`
}
