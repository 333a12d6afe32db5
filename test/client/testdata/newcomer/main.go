// Command newcomer is a first program of a client: its author has the service's OpenAPI document, and
// the Go client that a generator makes from it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// sell reserves units and commits them in a batch.
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
	return follow(ctx, service)
}

// follow reads the feed as a page and as a stream. The generated types give the data of each event.
func follow(ctx context.Context, service *onhand.ClientWithResponses) error {
	page, err := service.ReadEventsWithResponse(ctx, nil)
	if err != nil {
		return err
	}
	if page.JSON200 == nil {
		return fmt.Errorf("read events: %s %s", page.Status(), page.Body)
	}
	for _, commit := range page.JSON200.Commits {
		if err := show(commit); err != nil {
			return err
		}
	}
	last := page.JSON200.Next - 1
	answer, err := service.ReadEvents(ctx, &onhand.ReadEventsParams{LastEventID: &last},
		func(_ context.Context, request *http.Request) error {
			request.Header.Set("Accept", "text/event-stream")
			return nil
		})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if data, found := strings.CutPrefix(lines.Text(), "data: "); found {
			var commit onhand.RecordedCommit
			if err := json.Unmarshal([]byte(data), &commit); err != nil {
				return err
			}
			fmt.Println("streamed", commit.Position)
			return show(commit)
		}
	}
	return errors.New("the stream ended without a commit")
}

// show prints the events of a commit.
func show(commit onhand.RecordedCommit) error {
	for _, event := range commit.Events {
		value, err := event.ValueByDiscriminator()
		if err != nil {
			return err
		}
		kind, _, _ := strings.Cut(event.Subject, "/")
		fmt.Print(commit.Position, " ", kind, ": ")
		switch e := value.(type) {
		case onhand.StockAdjustedEvent:
			fmt.Println("adjusted by", e.Data.Delta, "to", e.Data.After.OnHand)
		case onhand.StockReservedEvent:
			fmt.Println("reserved", e.Data.Quantity)
		case onhand.StockCommittedEvent:
			fmt.Println("committed", e.Data.Quantity)
		case onhand.ReservationCreatedEvent:
			fmt.Println("created with", len(e.Data.After.Lines), "line")
		case onhand.ReservationCommittedEvent:
			fmt.Println("is", e.Data.After.Status)
		default:
			fmt.Println("unexpected", event.Type)
		}
	}
	return nil
}
