package filelock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const placeVariable = "ONHAND_TEST_LEASES"

// TestMain is a process that holds leases, if it is started as one.
func TestMain(m *testing.M) {
	if dir := os.Getenv(placeVariable); dir != "" {
		if err := hold(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

var quick = filelock.Options{TTL: 500 * time.Millisecond, Renew: 100 * time.Millisecond}

// hold takes leases and tells how they are whenever it reads a line.
func hold(dir string) error {
	l, err := filelock.Open(dir, quick)
	if err != nil {
		return err
	}
	lease, err := l.Acquire(context.Background(), some(5), 0)
	if err != nil {
		return err
	}
	fmt.Println(lease.Tokens()[4].Token)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() == "lost" {
			<-lease.Lost()
		}
		fmt.Println(lease.Valid())
	}
	return errors.Join(lease.Release(), l.Close())
}

// holder is such a process.
type holder struct {
	*exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	token int64
}

func startHolder(t *testing.T, dir string) *holder {
	t.Helper()
	h := &holder{Cmd: exec.Command(os.Args[0])}
	h.Env, h.Stderr = append(os.Environ(), placeVariable+"="+dir), os.Stderr
	out, err := h.StdoutPipe()
	require.NoError(t, err)
	h.out = bufio.NewScanner(out)
	h.in, err = h.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, h.Start())
	t.Cleanup(func() {
		_ = h.Process.Kill()
		_ = h.Wait()
	})
	_, err = fmt.Sscan(h.line(t), &h.token)
	require.NoError(t, err)
	return h
}

func (h *holder) line(t *testing.T) string {
	t.Helper()
	require.True(t, h.out.Scan(), "it lives")
	return h.out.Text()
}

func (h *holder) ask(t *testing.T, what string) string {
	t.Helper()
	_, err := fmt.Fprintln(h.in, what)
	require.NoError(t, err)
	return h.line(t)
}

// takeOver takes the holder's leases as soon as they are free.
func takeOver(t *testing.T, l *filelock.Leases) ports.Lease {
	t.Helper()
	var lease ports.Lease
	require.Eventually(t, func() (free bool) {
		var err error
		lease, err = l.Acquire(context.Background(), some(5), 0)
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	return lease
}

func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	l, err := filelock.Open(dir, quick)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	refused := func(h *holder) {
		t.Helper()
		_, err := l.Acquire(context.Background(), []event.StreamID{some(5)[2]}, 0)
		var held *ports.LeaseHeldError
		require.ErrorAs(t, err, &held)
		require.True(t, strings.HasSuffix(held.Owner, fmt.Sprint(" of process ", h.Process.Pid)), held.Owner)
	}

	first := startHolder(t, dir)
	require.Equal(t, "<nil>", first.ask(t, "now"))
	refused(first)
	require.NoError(t, first.Process.Kill())
	lease := takeOver(t, l)
	require.Greater(t, lease.Tokens()[4].Token, first.token, "a killed process holds its leases no longer than they last")
	require.NoError(t, lease.Release())

	second := startHolder(t, dir)
	require.Greater(t, second.token, lease.Tokens()[4].Token)
	refused(second)
	require.NoError(t, second.Process.Signal(syscall.SIGSTOP))
	lease = takeOver(t, l)
	require.Greater(t, lease.Tokens()[4].Token, second.token)
	require.NoError(t, second.Process.Signal(syscall.SIGCONT))
	require.Equal(t, ports.ErrLeaseLost.Error(), second.ask(t, "now"), "a stopped process knows at once")
	require.Equal(t, ports.ErrLeaseLost.Error(), second.ask(t, "lost"))
	require.NoError(t, lease.Valid())
	require.NoError(t, second.in.Close())
	require.Error(t, second.Wait(), "it could not release them")
	require.NoError(t, lease.Release())

	third := startHolder(t, dir)
	require.NoError(t, third.in.Close())
	require.NoError(t, third.Wait())
	lease, err = l.Acquire(context.Background(), some(5), 0)
	require.NoError(t, err, "what is released is free at once")
	require.NoError(t, lease.Release())
}
