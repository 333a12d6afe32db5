// Package client_test uses the service as a newcomer does: it fetches the OpenAPI
// document, checks it, and generates a client from it.
package client_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestMain(m *testing.M) {
	code := m.Run()
	process.Clean()
	os.Exit(code)
}

// command runs the go command in a module of its own and returns its standard output. The modules come from the module
// proxy, pinned by the go.sum of that module.
func command(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	var printed, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &complaints
	require.NoError(t, cmd.Run(), "go %v\n%s%s", args, &printed, &complaints)
	return printed.String()
}

// document writes the OpenAPI document of the service to a file.
func document(t *testing.T, service *process.Service, path string) {
	t.Helper()
	answer, err := http.Get(service.URL + "/openapi.yaml")
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

func TestAGeneratedClientWorks(t *testing.T) {
	service := process.Start(t, t.TempDir(), "RATE_LIMIT_RPS=0")
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/newcomer")))
	document(t, service, filepath.Join(dir, "openapi.yaml"))

	require.NoError(t, os.Mkdir(filepath.Join(dir, "onhand"), 0o700))
	command(t, dir, "tool", "oapi-codegen", "-generate", "types,client", "-package", "onhand",
		"-o", "onhand/client.go", "openapi.yaml")
	require.Equal(t, `adjusted to 10 at version "1"
read 10 available of "espresso 1/2 + milk" in berlin
refused with 409 insufficient-stock: 1 missing
held 4 at /v1/reservations/its id
committed 4
1 stores: adjusted by 10 to 10
2 reservations: created with 1 line
2 stores: reserved 4
3 reservations: is committed
3 stores: committed 4
streamed 3
3 reservations: is committed
3 stores: committed 4
`, command(t, dir, "run", ".", service.URL))
}

func TestTheLinterFindsNoFaultInTheDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "openapi.yaml")
	document(t, process.Start(t, t.TempDir()), path)
	rules, err := filepath.Abs("../tools/openapi-lint.yaml")
	require.NoError(t, err)
	for _, file := range []string{rules, "lint/main.go", "lint/go.mod"} {
		_, err := os.Stat(file) // so that a change of the file invalidates cached test results
		require.NoError(t, err)
	}
	command(t, "lint", "run", ".", path, rules)
}
