// Command newcomer is what somebody writes who has nothing but the service's
// OpenAPI document and a client generated from it.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"example.com/newcomer/onhand"
)

func main() {
	if err := visit(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func visit(ctx context.Context, url string) error {
	service, err := onhand.NewClientWithResponses(url)
	if err != nil {
		return err
	}

	const store, sku = "berlin", "espresso 1/2 + milk"
	reason := "delivery"
	key := "visit-1"
	adjusted, err := service.AdjustStockWithResponse(ctx, store, sku,
		&onhand.AdjustStockParams{IdempotencyKey: &key}, onhand.Adjustment{Delta: 10, Reason: &reason})
	if err != nil {
		return err
	}
	if adjusted.JSON200 == nil {
		return fmt.Errorf("adjust: %s %s", adjusted.Status(), adjusted.Body)
	}
	fmt.Println("adjusted to", adjusted.JSON200.OnHand, "at version", *adjusted.Headers200.ETag)

	read, err := service.GetItemWithResponse(ctx, store, sku, nil)
	if err != nil {
		return err
	}
	if read.JSON200 == nil {
		return fmt.Errorf("read: %s %s", read.Status(), read.Body)
	}
	fmt.Printf("read %d available of %q in %s\n", read.JSON200.Available, read.JSON200.Sku, read.JSON200.Store)

	refused, err := service.AdjustStockWithResponse(ctx, store, sku, nil, onhand.Adjustment{Delta: -11})
	if err != nil {
		return err
	}
	problem := refused.ApplicationproblemJSONDefault
	if problem == nil || problem.Code != onhand.InsufficientStock {
		return fmt.Errorf("take too much: %s %s", refused.Status(), refused.Body)
	}
	short, err := (*problem.Lines)[0].AsShortage()
	if err != nil {
		return err
	}
	fmt.Printf("refused with %d %s: %d missing\n", refused.StatusCode(), problem.Code, short.Shortfall)
	return sell(ctx, service, store, sku)
}

// sell holds units for a customer and hands them over in a batch.
func sell(ctx context.Context, service *onhand.ClientWithResponses, store, sku string) error {
	minutes := int64(15 * 60)
	held, err := service.ReserveStockWithResponse(ctx, nil, onhand.Demand{
		Lines: []onhand.Part{{Store: store, Sku: sku, Quantity: 4}}, TtlSeconds: &minutes,
	})
	if err != nil {
		return err
	}
	if held.JSON201 == nil {
		return fmt.Errorf("reserve: %s %s", held.Status(), held.Body)
	}
	fmt.Printf("%s %d at %s\n", held.JSON201.Status, held.JSON201.Lines[0].Remaining,
		strings.ReplaceAll(*held.Headers201.Location, held.JSON201.Id, "its id"))

	var operation onhand.Operation
	if err := operation.FromCommitOperation(onhand.CommitOperation{Id: held.JSON201.Id}); err != nil {
		return err
	}
	done, err := service.RunBatchWithResponse(ctx, nil, onhand.Batch{Operations: []onhand.Operation{operation}})
	if err != nil {
		return err
	}
	if done.JSON200 == nil {
		return fmt.Errorf("commit: %s %s", done.Status(), done.Body)
	}
	fmt.Println(done.JSON200.Results[0].Reservation.Status, done.JSON200.Results[0].Reservation.Lines[0].Committed)
	return nil
}
