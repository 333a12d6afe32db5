package checkpointstoretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// testTwo lets two instances save and delete in turn, as one leader does after the other.
func testTwo(t *testing.T, open Opener) {
	instances := []ports.CheckpointStore{open(t), open(t)}
	last := int64(0)
	for n := range 6 {
		saving, other := instances[n%2], instances[(n+1)%2]
		save(t, saving, "view", n+1, fmt.Sprint(n))
		list, err := other.List(context.Background(), "view")
		require.NoError(t, err)
		require.Greater(t, list[0].Generation, last, "generations go up, whichever instance saves")
		last = list[0].Generation
		for _, s := range instances {
			expect(t, s, "view", n+1, fmt.Sprint(n))
		}
	}
	save(t, instances[0], "other", 1, "other")
	require.NoError(t, instances[1].Delete(context.Background(), "view"))
	for _, s := range instances {
		expectNone(t, s, "view")
		expect(t, s, "other", 1, "other")
	}
	_, err := read(context.Background(), instances[0], "view", last)
	require.ErrorIs(t, err, ports.ErrNotStored)
	save(t, instances[0], "view", 2, "again")
	expect(t, instances[1], "view", 2, "again")
}

func testConcurrent(t *testing.T, open Opener) {
	saving, reading := open(t), open(t)
	var done sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprintf("view-%d", i)
		done.Go(func() {
			for n := range 10 {
				if _, err := saving.Save(context.Background(), name, records(n+1, name), nil); err != nil {
					t.Errorf("save %s: %v", name, err)
				}
			}
		})
		done.Go(func() {
			for range 20 {
				if err := readNewest(reading, name); err != nil {
					t.Errorf("read %s: %v", name, err)
				}
			}
		})
	}
	done.Wait()
	for i := range 8 {
		name := fmt.Sprintf("view-%d", i)
		expect(t, saving, name, 10, name)
		expect(t, reading, name, 10, name)
	}
}

// readNewest reads the newest generation whole; a newer one may take its place meanwhile.
func readNewest(s ports.CheckpointStore, name string) error {
	for {
		list, err := s.List(context.Background(), name)
		if err != nil || len(list) == 0 {
			return err
		}
		got, err := read(context.Background(), s, name, list[0].Generation)
		if errors.Is(err, ports.ErrNotStored) {
			continue
		}
		if err == nil && !slices.Equal(got, want(len(got), name)) {
			err = fmt.Errorf("read %q", got)
		}
		return err
	}
}
