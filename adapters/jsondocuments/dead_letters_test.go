package jsondocuments_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/deadletterstoretest"
)

func TestDeadLetterContract(t *testing.T) {
	deadletterstoretest.Run(t, func(t *testing.T) deadletterstoretest.Place {
		dir := filepath.Join(t.TempDir(), "dead-letters")
		return deadletterstoretest.Place{Exclusive: true, Open: func(*testing.T) (ports.DeadLetterStore, error) {
			return jsondocuments.OpenDeadLetters(dir, deadletterstoretest.Limit, nil)
		}}
	})
}

func TestALetterCanBeRead(t *testing.T) {
	dir := t.TempDir()
	s, err := jsondocuments.OpenDeadLetters(dir, 0, nil)
	require.NoError(t, err)
	low := ports.Event{Stream: "stock/S1/A", Version: 3, Type: "stock.low.v1", Data: []byte(`{"available": 1}`)}
	letter := ports.DeadLetter{
		ID: "view.7.0", Projection: "view", Cause: "odd", Event: ports.StreamEvent{Position: 7, Event: low},
	}
	require.NoError(t, s.Put(context.Background(), letter))
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	content, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.Regexp(t, `^\{"v":1,"id":"view.7.0","projection":"view","cause":"odd",.*"stream":"stock/S1/A",.*"data":\{"available": 1\}\}\n\{"hash":"[0-9a-f]{64}"\}\n$`, string(content))
	letter.Event.Data = []byte(`{`)
	require.ErrorContains(t, s.Put(context.Background(), letter), "not JSON")
}
