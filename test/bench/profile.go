package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"
	"unicode"
)

// profiled measures a row while the process that works for it is profiled, into
// a file that is named after the row. A profile that cannot be had is a note and
// no failure.
func profiled(b *bench, at *site, comparison string, r row, measure func() error) error {
	if err := os.MkdirAll(b.profiles, 0o750); err != nil {
		return err
	}
	file := filepath.Join(b.profiles, fileName(comparison+" "+r.name)+".prof")
	var missing, err error
	switch {
	case r.server != nil:
		fetched := make(chan error, 1)
		go func() { fetched <- fetchProfile(r.server, file, b.length) }()
		err = measure()
		missing = <-fetched
	case r.profile != nil:
		err = measure()
		missing = profileHere(file, r.profile)
	default:
		return profileHere(file, measure)
	}
	if missing != nil {
		at.note("No CPU profile of %q: %v.", r.name, missing)
	}
	return err
}

func profileHere(file string, work func() error) error {
	to, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(to); err != nil {
		return errors.Join(err, to.Close())
	}
	err = work()
	pprof.StopCPUProfile()
	if err = errors.Join(err, to.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

// fetchProfile asks a server for a profile of so long from now on.
func fetchProfile(s *server, file string, length time.Duration) error {
	client := http.Client{Timeout: length + time.Minute}
	answer, err := client.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", s.pprof,
		max(1, int(length.Seconds()))))
	if err != nil {
		return fmt.Errorf("its PPROF_PORT does not answer: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("its PPROF_PORT answers %s", answer.Status)
	}
	to, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, answer.Body)
	return errors.Join(err, to.Close())
}

// fileName keeps the letters and digits of a text.
func fileName(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-")
}
