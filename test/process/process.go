package process

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	// The program is built from this; without the import, the results of tests
	// that run it would be cached although it changed.
	_ "github.com/onhand/onhand/bootstrap"
)

// patience is the time limit for a process to start, answer or end, on a slow machine.
const patience = 3 * time.Minute

var build = sync.OnceValues(func() (string, error) { return Build() })

// Build builds the program in a new directory, with more flags than the tests are
// built with, and returns its path.
func Build(flags ...string) (string, error) {
	dir, err := os.MkdirTemp("", "onhand-test-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "onhand")
	// An overlay builds a mutant of the program; see test/mutants.
	args := append([]string{"build", raceFlag, "-overlay=" + os.Getenv("ONHAND_OVERLAY")}, flags...)
	out, err := exec.Command("go", append(args, "-o", binary, "github.com/onhand/onhand/cmd/onhand")...).CombinedOutput()
	if err != nil {
		return "", errors.Join(fmt.Errorf("build onhand: %w\n%s", err, out), os.RemoveAll(dir))
	}
	return binary, nil
}

// Binary is the path of the program, built once.
func Binary(t testing.TB) string {
	t.Helper()
	binary, err := build()
	require.NoError(t, err)
	return binary
}

// Clean removes what Binary built. Call it at the end of TestMain.
func Clean() {
	if binary, err := build(); err == nil {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
}

// Run runs the program to its end and returns what it printed and its exit
// code.
func Run(t testing.TB, environment []string, args ...string) (output string, code int) {
	t.Helper()
	cmd := exec.Command(Binary(t), args...)
	cmd.Env = append(os.Environ(), environment...)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	require.NoError(t, cmd.Start())
	stuck := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	err := cmd.Wait()
	if exit, failed := errors.AsType[*exec.ExitError](err); failed {
		return printed.String(), exit.ExitCode()
	}
	require.NoError(t, err)
	return printed.String(), 0
}

// Service is a running service.
type Service struct {
	URL       string // where it listens, once it does
	DataDir   string
	cmd       *exec.Cmd
	listening chan string
	exited    chan struct{} // closed when the process has ended

	mu  sync.Mutex
	log []string
}

// Start starts the service on a data directory and a free port, and returns
// when it listens. It ends with the test at the latest. Requests are as many as
// the test likes unless its settings limit them; RATE_LIMIT_RPS= is the default.
func Start(t testing.TB, dataDir string, environment ...string) *Service {
	t.Helper()
	return Launch(t, dataDir, exec.Command(Binary(t), "serve"),
		append([]string{
			"PORT=0", "DATA_DIR=" + dataDir, "SHUTDOWN_DELAY_MS=0", "RATE_LIMIT_RPS=0", "DISK_RESERVE_MB=0",
		}, environment...)...)
}

// Launch does the same with a command that becomes a service on a data directory,
// which must come to it by the command or the environment, like the port.
func Launch(t testing.TB, dataDir string, command *exec.Cmd, environment ...string) *Service {
	t.Helper()
	s := Begin(t, dataDir, command, environment...)
	if err := s.Await(); err != nil {
		require.FailNow(t, err.Error(), "%s", s.Log())
	}
	return s
}

// Begin does the same and does not wait until the service listens.
func Begin(t testing.TB, dataDir string, command *exec.Cmd, environment ...string) *Service {
	t.Helper()
	s := &Service{DataDir: dataDir, listening: make(chan string, 1), exited: make(chan struct{}), cmd: command}
	s.cmd.Env = append(os.Environ(), environment...)
	stderr, err := s.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	go s.follow(stderr)
	t.Cleanup(func() { s.Kill() })
	return s
}

// Await waits until the service listens and then knows its URL. It is called once.
func (s *Service) Await() error {
	select {
	case s.URL = <-s.listening:
		return nil
	case <-s.exited:
		return errors.New("the service did not start")
	case <-time.After(patience):
		return errors.New("the service does not listen")
	}
}

// follow keeps the log and waits for the end of the process.
func (s *Service) follow(stderr io.Reader) {
	lines := bufio.NewScanner(stderr)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.mu.Lock()
		s.log = append(s.log, lines.Text())
		s.mu.Unlock()
		var entry struct {
			Message, Address string
			Onhand           struct{ Address string } // by the Elastic Common Schema
		}
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Message == "listening" {
			s.listening <- "http://" + entry.Address + entry.Onhand.Address
		}
	}
	_ = s.cmd.Wait()
	close(s.exited)
}

// PID is the process's id.
func (s *Service) PID() int { return s.cmd.Process.Pid }

// Log is what the service has logged so far, a line each.
func (s *Service) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all bytes.Buffer
	for _, line := range s.log {
		all.WriteString(line + "\n")
	}
	return all.String()
}

// Forget drops what the service has logged so far, which is much after many
// requests.
func (s *Service) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// Signal sends the process a signal; that it has ended is no error.
func (s *Service) Signal(signal syscall.Signal) { _ = s.cmd.Process.Signal(signal) }

// Exited is closed when the process has ended.
func (s *Service) Exited() <-chan struct{} { return s.exited }

// ExitCode is that of a process that has ended; -1 if a signal ended it.
func (s *Service) ExitCode() int { return s.cmd.ProcessState.ExitCode() }

// Kill ends the process as a crash would, and waits for the end.
func (s *Service) Kill() {
	s.Signal(syscall.SIGKILL)
	<-s.exited
}

// Terminate asks the process to stop.
func (s *Service) Terminate(t testing.TB) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
}

// Wait waits for the end of the process and returns its exit code.
func (s *Service) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(patience):
		require.FailNow(t, "the service does not end", "%s", s.Log())
	}
	return s.cmd.ProcessState.ExitCode()
}

// Stop ends the service cleanly.
func (s *Service) Stop(t testing.TB) {
	t.Helper()
	s.Terminate(t)
	require.Zero(t, s.Wait(t), "%s", s.Log())
}
