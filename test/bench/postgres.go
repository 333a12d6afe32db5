package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// pgConnections are what the reference keeps to its database: more only wait for
// each other (tried with 8 to 64 on two cores).
const pgConnections = 16

// overPostgres makes rows of a reference on PostgreSQL, or says in them why it
// cannot be had here. It is never a failure: the bench does not require PostgreSQL.
func overPostgres(b *bench, at *site, rows []row, requests [][][]byte) {
	s, version, err := pgServer(b, at)
	for i, r := range rows {
		if err != nil {
			rows[i].absent = err.Error()
			continue
		}
		rows[i] = over(b, r.name, s, requests[i])
		rows[i].against = r.against
	}
	if err == nil {
		at.note("%s with the settings of `initdb` (fsync on), Unix socket, same disk, %d pooled connections; "+
			"one round trip per adjust.", version, pgConnections)
	}
}

// pgServer starts PostgreSQL and the hand-written server on it.
func pgServer(b *bench, at *site) (*server, string, error) {
	if !b.postgres {
		return nil, "", errors.New("-postgres=false")
	}
	initdb, err := pgProgram("initdb")
	if err != nil {
		return nil, "", err
	}
	postgres, err := pgProgram("postgres")
	if err != nil {
		return nil, "", err
	}
	built := filepath.Join(at.dir, "pgserver-program")
	build := exec.Command("go", "build", "-C", "test/bench/pgserver", "-o", built, ".")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("build test/bench/pgserver: %w: %s", err, lastOf(text))
	}
	socket, err := startPostgres(at, initdb, postgres)
	if err != nil {
		return nil, "", err
	}
	s, err := serve(at.dir, "pgserver", []string{
		fmt.Sprintf("DATABASE_URL=host=%s user=bench dbname=postgres pool_max_conns=%d", socket, pgConnections),
		fmt.Sprintf("GOGC=%d", gcPercent()),
	}, func(string) []string { return []string{built} })
	if err != nil {
		return nil, "", err
	}
	at.atEnd(func() { _ = s.stop() })
	return s, output(postgres, "--version"), nil
}

// startPostgres makes a database and serves it until the comparison ends. The
// socket has a directory of its own, since its path must be short.
func startPostgres(at *site, initdb, postgres string) (string, error) {
	as, err := pgUser()
	if err != nil {
		return "", err
	}
	socket, err := os.MkdirTemp("", "onhand-pg-")
	if err != nil {
		return "", err
	}
	at.atEnd(func() { _ = os.RemoveAll(socket) })
	cluster := filepath.Join(at.dir, "postgres")
	if err := os.Mkdir(cluster, 0o700); err != nil {
		return "", err
	}
	if as != nil {
		for _, dir := range []string{socket, cluster} {
			if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
				return "", err
			}
		}
	}
	create := exec.Command(initdb, "-D", cluster, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C",
		"--no-instructions")
	create.Dir, create.SysProcAttr = socket, &syscall.SysProcAttr{Credential: as}
	if text, err := create.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, lastOf(text))
	}
	c, err := launch(at.dir, program{
		name: "postgres", as: as, patience: time.Minute,
		command: []string{postgres, "-D", cluster, "-k", socket, "-c", "listen_addresses="},
		stopBy:  syscall.SIGINT, // its fast shutdown
		ready: func() bool {
			pid, err := os.ReadFile(filepath.Join(cluster, "postmaster.pid"))
			return err == nil && bytes.Contains(pid, []byte("ready"))
		},
	})
	if err != nil {
		return "", err
	}
	at.atEnd(func() { _ = c.stop() })
	return socket, nil
}

// pgProgram looks where distributions put PostgreSQL's programs, the newest
// version first.
func pgProgram(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL is not installed: no %s in PATH or /usr/lib/postgresql", name)
	}
	versionOf := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return slices.MaxFunc(found, func(a, b string) int { return versionOf(a) - versionOf(b) }), nil
}

// pgUser returns another user if this is root, as which PostgreSQL refuses to run.
func pgUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no other user")
}

// lastOf is the end of what a program said.
func lastOf(text []byte) string {
	text = bytes.TrimSpace(text)
	return string(text[max(0, len(text)-300):])
}
