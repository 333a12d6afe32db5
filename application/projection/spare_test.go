package projection_test

import (
	"bytes"
	"context"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// worn is a store whose newest generations are read as wear makes them.
type worn struct {
	ports.CheckpointStore
	worn atomic.Int64
	wear func(records iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error]
	read []int64 // the generations that were read
}

func (w *worn) Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error] {
	w.read = append(w.read, generation)
	records := w.CheckpointStore.Records(ctx, name, generation)
	worn := w.worn.Load()
	list, err := w.List(ctx, name)
	if err != nil || worn == 0 || generation <= list[0].Generation-worn {
		return records
	}
	return w.wear(records)
}

// endsIn lets the records end with an error.
func endsIn(fault error) func(iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(records iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for record, err := range records {
				if !yield(record, err) {
					return
				}
			}
			yield(nil, fault)
		}
	}
}

// replaced changes each record.
func replaced(from, to string) func(iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(records iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for record, err := range records {
				if !yield(bytes.ReplaceAll(record, []byte(from), []byte(to)), err) {
					return
				}
			}
		}
	}
}

// withoutLast leaves out the last record.
func withoutLast(records iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var held []byte
		for record, err := range records {
			if held != nil && !yield(held, err) {
				return
			}
			held = record
		}
	}
}

// saved lets a runner save three generations, the last at position 6.
func (o *outside) saved() {
	for range 3 {
		o.adjust("S1", "b", 2)
		o.adjust("S2", "b", 2)
		o.stop(o.start())
	}
}

func TestACheckpointThatCannotBeUsedGivesWayToTheOneBefore(t *testing.T) {
	for name, wear := range map[string]func(iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error]{
		"because it is damaged":                 endsIn(&ports.CorruptError{Problem: "a bit flipped"}),
		"because its first record is another's": replaced(viewName, "other"),
		"because its first record is missing":   replaced(`{"checkpoint"`, `{"something"`),
		"because the target refuses a record":   replaced(`"sku":"b"`, `"sku":7`),
		"because its last record is missing":    withoutLast,
	} {
		for worst := range 4 {
			inBubble(t, name, func(o *outside) {
				o.saved()
				o.calls = nil
				store := &worn{CheckpointStore: o.checkpoints, wear: wear}
				store.worn.Store(int64(worst))
				r := o.start(func(w *projection.Dependencies, _ *projection.Options) { w.Checkpoints = store })
				o.agrees(r)
				require.Equal(o, []int64{3, 2, 1}[:min(worst+1, 3)], store.read)
				require.Len(o, o.incidents, worst, "each is reported")
				require.Len(o, o.calls, 2*worst, "the others begin there")
				for _, id := range o.calls {
					require.Greater(o, id.Position, event.Position(6-2*worst))
				}
				o.stop(r)
			})
		}
	}
}

func TestACheckpointThatTheStoreCannotReadNowIsTriedAgain(t *testing.T) {
	for name, fault := range map[string]error{
		"the store is unavailable":    ports.ErrUnavailable,
		"a newer one took its place":  ports.ErrNotStored,
		"a breaker lets nothing past": shut,
	} {
		inBubble(t, name, func(o *outside) {
			o.saved()
			o.calls = nil
			store := &worn{CheckpointStore: o.checkpoints, wear: endsIn(fault)}
			store.worn.Store(3)
			r := o.start(func(w *projection.Dependencies, _ *projection.Options) { w.Checkpoints = store })
			require.Nil(o, r.Target())
			store.worn.Store(0)
			time.Sleep(10 * time.Second)
			o.agrees(r)
			require.Empty(o, o.calls, "it began with the newest, not without one")
			o.stop(r)
		})
	}
}

func TestACheckpointOfANewerVersionIsKept(t *testing.T) {
	inBubble(t, "the projection waits for that version", func(o *outside) {
		// given
		o.saved()
		o.calls = nil
		store := &worn{CheckpointStore: o.checkpoints}
		store.wear = replaced(`{"checkpoint":1`, `{"checkpoint":2,"handled":"in another form"`)
		store.worn.Store(1)
		before, err := store.List(o.Context(), viewName)
		require.NoError(o, err)
		// when
		r := o.start(func(w *projection.Dependencies, _ *projection.Options) { w.Checkpoints = store })
		time.Sleep(time.Minute)
		// then
		require.Nil(o, r.Target())
		require.Len(o, o.incidents, 1, "told once")
		require.ErrorAs(o, o.incidents[0].Err, new(*ports.NewerFormatError))
		require.Empty(o, o.calls)
		after, err := store.List(o.Context(), viewName)
		require.NoError(o, err)
		require.Equal(o, before, after, "nothing takes its place")
		store.worn.Store(0)
		time.Sleep(time.Minute)
		o.agrees(r)
		require.Empty(o, o.calls)
		o.stop(r)
	})
}
