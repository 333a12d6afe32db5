package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// apart keeps this process, which makes the load, to the last processor until the end, and
// tells how to start the server on the first: what the load costs must not be taken
// from a server that is asked for more than it can do. A machine that cannot do this
// is told so by why.
func apart(at *site) (prefix []string, why string, err error) {
	taskset, _ := exec.LookPath("taskset")
	if taskset == "" || runtime.NumCPU() < 2 {
		return nil, "The load and the service share all processors (no taskset, or only one processor)", nil
	}
	var before, last unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return nil, "", fmt.Errorf("look for processors: %w", err)
	}
	first := -1
	for cpu := range 8 * len(before) * 8 {
		if !before.IsSet(cpu) {
			continue
		}
		if first < 0 {
			first = cpu
		}
		last.Zero()
		last.Set(cpu)
	}
	at.atEnd(func() { _ = keepTo(&before) })
	return []string{taskset, "-c", strconv.Itoa(first)}, "", keepTo(&last)
}

// keepTo keeps all threads of this process to some processors; those to come, too, since
// a thread takes after the one that makes it.
func keepTo(set *unix.CPUSet) (failed error) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Errorf("look for threads: %w", err)
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err == nil {
			err = unix.SchedSetaffinity(id, set)
		}
		if !errors.Is(err, unix.ESRCH) { // it has ended meanwhile
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
