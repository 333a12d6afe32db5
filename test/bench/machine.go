package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// facts say where and how a run was measured, as a Markdown table.
func facts(b *bench) string {
	var t strings.Builder
	t.WriteString("| | |\n|---|---|\n")
	for _, f := range [][2]string{
		{
			"processor",
			fmt.Sprintf("%s, %d cores, shared with the load", field("/proc/cpuinfo", "model name"), runtime.NumCPU()),
		},
		{"memory", memory()},
		{"kernel", runtime.GOOS + " " + firstLine("/proc/sys/kernel/osrelease")},
		{"load before the run", firstLine("/proc/loadavg")},
		{"data directory", filesystem(b.dir)},
		{"Go", fmt.Sprintf("%s, GOGC %s, GOMAXPROCS %d", runtime.Version(), gogc(), runtime.GOMAXPROCS(0))},
		{
			"revision",
			output("git", "describe", "--always", "--dirty", "--abbrev=12") +
				"; the program says " + output(b.binary, "version"),
		},
		{"rounds", fmt.Sprintf("%d of %v each, in turn; %d keep-alive connections", b.rounds, b.length, b.connections)},
	} {
		fmt.Fprintf(&t, "| %s | %s |\n", f[0], oneLine(f[1]))
	}
	return t.String()
}

// gogc is how often garbage is collected, in this process and in the service.
func gogc() string {
	if set := os.Getenv("GOGC"); set != "" {
		return set + " (environment)"
	}
	percent := gcPercent()
	return fmt.Sprintf("%d as in the service", percent)
}

func gcPercent() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}

func memory() string {
	total, err := strconv.ParseFloat(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 64)
	if err != nil {
		return unknown
	}
	return fmt.Sprintf("%.1f GiB", total/(1<<20))
}

const unknown = "unknown"

// field is the value after a name and a colon in a file of the kernel's.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return unknown
	}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

func firstLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return unknown
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

func output(command string, args ...string) string {
	text, err := exec.Command(command, args...).CombinedOutput() // some say their version on stderr
	if err != nil {
		return unknown
	}
	return strings.TrimSpace(string(text))
}

// filesystem tells on what kind of file system, on which device, a directory is.
func filesystem(dir string) string {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return unknown
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return unknown
	}
	return mountOf(string(mounts), dir)
}

// mountOf finds the mount that a directory lies in: the last one whose mount
// point is the longest that leads to it (see proc_pid_mountinfo(5)).
func mountOf(mountinfo, dir string) string {
	longest, found := -1, unknown
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 6 || len(right) < 2 {
			continue
		}
		point := left[4]
		inside := point == "/" || dir == point || strings.HasPrefix(dir, point+"/")
		if inside && len(point) >= longest {
			longest = len(point)
			found = fmt.Sprintf("%s on %s (%s)", right[0], right[1], left[5])
		}
	}
	return found
}
