package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is a child process to be started.
type program struct {
	name        string
	command     []string
	environment []string
	as          *syscall.Credential // nil: the user of this process
	stopBy      syscall.Signal
	ready       func() bool
	patience    time.Duration // with ready
}

// child is a running program. On Linux it ends with this process, however that ends.
type child struct {
	program
	cmd    *exec.Cmd
	log    *os.File
	exited chan struct{} // closed when it is over
}

// launch starts a program with its log in a file of the directory, as in
// operation, and returns when it is ready.
func launch(dir string, p program) (*child, error) {
	log, err := os.Create(filepath.Join(dir, p.name+".log"))
	if err != nil {
		return nil, err
	}
	c := &child{program: p, cmd: exec.Command(p.command[0], p.command[1:]...), log: log, exited: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), p.environment...)
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.cmd.SysProcAttr = childOf(p.as, p.stopBy)
	if err := c.cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() {
		_ = c.cmd.Wait() // stop looks at its state
		close(c.exited)
	}()
	deadline := time.Now().Add(p.patience)
	for !p.ready() {
		select {
		case <-c.exited:
			return nil, fmt.Errorf("%s ended: %s", p.name, c.stopAndTell())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s is not ready after %v: %s", p.name, p.patience, c.stopAndTell())
		}
	}
	return c, nil
}

// stop ends the process in its own way, or after two minutes in ours.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(c.stopBy)
	select {
	case <-c.exited:
	case <-time.After(2 * time.Minute):
		_ = c.cmd.Process.Kill()
		<-c.exited
	}
	_ = c.log.Close()
	if !c.cmd.ProcessState.Success() {
		return fmt.Errorf("%s: %v", c.name, c.cmd.ProcessState)
	}
	return nil
}

// stopAndTell is for a start that failed: the end of the log says why.
func (c *child) stopAndTell() string {
	_ = c.stop()
	text, _ := os.ReadFile(c.log.Name())
	return string(bytes.TrimSpace(text[max(0, len(text)-500):]))
}

// server is a child that serves HTTP.
type server struct {
	*child
	address string
	pprof   string // address of its profiles
}

// serve starts a program that is told its ports by PORT and PPROF_PORT, and
// that answers 200 at /readyz when it is ready.
func serve(dir, name string, environment []string, command func(address string) []string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	pprof, err := freeAddress()
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	c, err := launch(dir, program{
		name: name, command: command(address), stopBy: syscall.SIGTERM, patience: 10 * time.Minute,
		environment: append([]string{"PORT=" + portOf(address), "PPROF_PORT=" + portOf(pprof)}, environment...),
		ready: func() bool {
			answer, err := client.Get("http://" + address + "/readyz")
			if err != nil {
				return false
			}
			return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
		},
	})
	if err != nil {
		return nil, err
	}
	return &server{child: c, address: address, pprof: pprof}, nil
}

// freeAddress returns an address that is not in use.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// fetch reads an answer that must be a 200.
func (s *server) fetch(path string) ([]byte, error) {
	answer, err := http.Get("http://" + s.address + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s", path, answer.Status)
	}
	return text, err
}

// resident is the memory that the kernel counts as the process's, in bytes.
func (s *server) resident() (float64, error) {
	kB := strings.TrimSuffix(field(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid), "VmRSS"), " kB")
	n, err := strconv.ParseFloat(kB, 64)
	return n * 1024, err
}

// metric reads one number from /metrics.
func (s *server) metric(name string) (float64, error) {
	text, err := s.fetch("/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("/metrics has no %s", name)
}

// position returns the number of commits.
func (s *server) position() (float64, error) {
	text, err := s.fetch("/v1/status")
	if err != nil {
		return 0, err
	}
	var status struct {
		Store struct {
			Position float64 `json:"position"`
		} `json:"store"`
	}
	err = json.Unmarshal(text, &status)
	return status.Store.Position, err
}

// collect makes a server collect its garbage, by a port for profiles; false
// where it has none.
func (s *server) collect() bool {
	answer, err := http.Get("http://" + s.pprof + "/debug/pprof/heap?gc=1")
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return errors.Join(err, answer.Body.Close()) == nil && answer.StatusCode == http.StatusOK
}
