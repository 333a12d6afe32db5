package endtoend_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

const (
	webhooksPath = "/v1/webhooks"
	firstKey     = "the first key of the webhooks"
	secondKey    = "the second key of the webhooks"
)

func secretOf(key string) string { return "whsec_" + base64.StdEncoding.EncodeToString([]byte(key)) }

// listener is a receiver that checks signatures by the words of Standard Webhooks.
type listener struct {
	url    string
	status atomic.Int32
	bodies chan string
	signed chan []string // with which of the keys
}

func listenTo(t *testing.T) *listener {
	s := &listener{bodies: make(chan string, 10), signed: make(chan []string, 10)}
	s.status.Store(http.StatusOK)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var keys []string
		for _, key := range []string{firstKey, secondKey} {
			mac := hmac.New(sha256.New, []byte(key))
			_, _ = fmt.Fprintf(mac, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
			if strings.Contains(r.Header.Get("webhook-signature"), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))) {
				keys = append(keys, key)
			}
		}
		s.bodies <- string(body)
		s.signed <- keys
		w.WriteHeader(int(s.status.Load()))
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// once is a POST that is not tried as a dry run before.
func (c client) once(path, body string, headers ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, body, headers...)
}

func webhooksOf(a answer) []any { list, _ := a.json("webhooks").([]any); return list }

var local = []string{unlimited, "WEBHOOK_ALLOWED_NETWORKS=127.0.0.0/8", "WEBHOOK_ALLOW_HTTP=true", "LOG_LEVEL=debug"}

func TestAWebhookFromItsMakingToItsEnd(t *testing.T) {
	dir, receiver := t.TempDir(), listenTo(t)
	service := process.Start(t, dir, local...)
	c := clientOf(t, service)
	create := fmt.Sprintf(`{"url":%q,"secret":%q,"types":["onhand.stock.low.v1"],"stores":["S1"],"description":"the shop"}`, receiver.url+"/hook", secretOf(firstKey))
	c.ok(c.adjust(itemA, `{"delta":5}`))

	dry := c.once(webhooksPath+"?dryRun=true", create)
	require.Equal(t, http.StatusCreated, dry.Status)
	require.Equal(t, true, dry.json("dryRun"))
	require.Empty(t, dry.Header.Get("Location"))
	require.Empty(t, webhooksOf(c.get(webhooksPath)))

	made := c.once(webhooksPath, create, "Idempotency-Key: once")
	require.Equal(t, http.StatusCreated, made.Status, made.Body)
	path := made.Header.Get("Location")
	require.Equal(t, webhooksPath+"/"+made.json("id").(string), path)
	require.EqualValues(t, 1, made.json("after"), "from now on")
	again := c.once(webhooksPath, create, "Idempotency-Key: once")
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, made.Body, again.Body)
	c.refused(c.once(webhooksPath, strings.Replace(create, "the shop", "another", 1), "Idempotency-Key: once"), 422,
		"idempotency-key-reused")
	require.Len(t, webhooksOf(c.get(webhooksPath)), 1)

	tested := c.ok(c.once(path+"/test", ""))
	require.Equal(t, true, tested.json("delivered"))
	require.Contains(t, <-receiver.bodies, `"type":"onhand.webhook.tested.v1"`)
	require.Equal(t, []string{firstKey}, <-receiver.signed)
	receiver.status.Store(http.StatusInternalServerError)
	tested = c.ok(c.once(path+"/test", "{}"))
	require.Equal(t, false, tested.json("delivered"))
	require.EqualValues(t, 500, tested.json("status"))
	require.EqualValues(t, 1, c.ok(c.get(path)).json("deliveries", "consecutiveFailures"))
	receiver.status.Store(http.StatusOK)
	<-receiver.bodies
	<-receiver.signed

	rotate := fmt.Sprintf(`{"secret":%q}`, secretOf(secondKey))
	require.EqualValues(t, 1, c.ok(c.once(path+"/rotate-secret?dryRun=true", rotate)).json("secretsInUse"))
	require.EqualValues(t, 2, c.ok(c.once(path+"/rotate-secret", rotate)).json("secretsInUse"))
	c.ok(c.once(path+"/test", ""))
	<-receiver.bodies
	require.Equal(t, []string{firstKey, secondKey}, <-receiver.signed)
	require.Equal(t, false, c.ok(c.once(path+"/disable", "")).json("enabled"))

	service.Stop(t)
	restarted := process.Start(t, dir, local...)
	c = clientOf(t, restarted)
	shown := c.ok(c.get(path))
	require.Equal(t, "by request", shown.json("disabledReason"))
	require.EqualValues(t, 2, shown.json("secretsInUse"))
	require.Equal(t, true, c.ok(c.once(path+"/enable", "")).json("enabled"))
	require.Equal(t, http.StatusOK, c.do(http.MethodDelete, path+"?dryRun=true", "").Status)
	require.Equal(t, http.StatusNoContent, c.do(http.MethodDelete, path, "").Status)
	for _, a := range []answer{
		c.get(path), c.do(http.MethodDelete, path, ""), c.once(path+"/test", ""), c.once(path+"/enable", ""),
		c.once(path+"/disable", ""), c.once(path+"/rotate-secret", rotate),
	} {
		c.refused(a, 404, "webhook-not-found")
	}
	requireNoSecret(t, service.Log()+restarted.Log()+dry.Body+made.Body+again.Body+tested.Body+shown.Body)
}

// requireNoSecret looks for the keys in every form that they have here.
func requireNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, key := range []string{firstKey, secondKey} {
		require.NotContains(t, text, key)
		require.NotContains(t, text, base64.StdEncoding.EncodeToString([]byte(key)))
		require.NotContains(t, text, fmt.Sprintf("%x", key))
	}
}

func TestSecretsLieInPrivateFilesOnly(t *testing.T) {
	service := process.Start(t, t.TempDir(), local...)
	c := clientOf(t, service)
	require.Equal(t, http.StatusCreated,
		c.once(webhooksPath, fmt.Sprintf(`{"url":"https://shop.example","secret":%q}`, secretOf(firstKey))).Status)
	found := 0
	require.NoError(t, filepath.WalkDir(service.DataDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		if strings.Contains(string(content), base64.StdEncoding.EncodeToString([]byte(firstKey))) {
			found++
			info, err := entry.Info()
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
			require.Equal(t, "webhooks", filepath.Base(filepath.Dir(path)))
		}
		return nil
	}))
	require.Equal(t, 1, found)
}

func TestADamagedWebhookRefusesTheStart(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, local...)
	c := clientOf(t, service)
	made := c.once(webhooksPath, fmt.Sprintf(`{"url":"https://shop.example","secret":%q}`, secretOf(firstKey)))
	service.Stop(t)
	file := filepath.Join(dir, "webhooks", made.json("id").(string)+".json")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(content), "shop", "evil", 1)), 0o600))
	output, code := process.Run(t, append([]string{"PORT=0", "DATA_DIR=" + dir}, local...), "serve")
	require.Equal(t, 1, code)
	require.Contains(t, output, "cannot start")
	require.Contains(t, output, file)
	requireNoSecret(t, output)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	again := clientOf(t, process.Start(t, dir, local...))
	require.Len(t, webhooksOf(again.get(webhooksPath)), 1)
}

func TestWebhooksThatAreRefused(t *testing.T) {
	receiver := listenTo(t)
	service := process.Start(t, t.TempDir(), unlimited, "MAX_WEBHOOKS=1", "WEBHOOK_ALLOW_HTTP=true")
	c := clientOf(t, service)
	good := fmt.Sprintf(`{"url":%q,"secret":%q}`, receiver.url, secretOf(firstKey))
	for body, code := range map[string]string{
		`{}`:                                   "validation-failed",
		strings.Replace(good, "whsec_", "", 1): "validation-failed",
		strings.Replace(good, "http://", "ftp://", 1):              "validation-failed",
		strings.Replace(good, "http://", "http://me:you@", 1):      "validation-failed",
		strings.Replace(good, `{`, `{"types":["low"],`, 1):         "validation-failed",
		strings.Replace(good, `{`, `{"stores":["a b"],`, 1):        "validation-failed",
		strings.Replace(good, `{`, `{"after":-1,`, 1):              "validation-failed",
		strings.Replace(good, `{`, `{"after":"1",`, 1):             "malformed-body",
		strings.Replace(good, `{`, `{"after":null,`, 1):            "malformed-body",
		strings.Replace(good, `{`, `{"secrets":[],`, 1):            "malformed-body",
		strings.Replace(good, `"secret":"`, `"secret":1,"x":"`, 1): "malformed-body",
	} {
		a := c.once(webhooksPath, body)
		require.Equal(t, code, a.code(), "%s: %s", body, a.Body)
		requireNoSecret(t, a.Body)
	}
	c.refused(c.once(webhooksPath, good, `If-Match: "1"`), 400, "malformed-header")
	c.refused(c.once(webhooksPath, good, "Idempotency-Key: a b"), 400, "malformed-header")
	c.refused(c.get(webhooksPath+"?limit=1"), 400, "malformed-query")
	made := c.once(webhooksPath, good)
	require.Equal(t, http.StatusCreated, made.Status)
	c.refused(c.post(webhooksPath, good), 503, "limit-reached")
	path := made.Header.Get("Location")
	c.refused(c.once(path+"/test?dryRun=true", ""), 400, "malformed-query")
	c.refused(c.once(path+"/rotate-secret", `{"secret":"x"}`), 422, "validation-failed")
	c.refused(c.once(path+"/enable", `{"x":1}`), 400, "malformed-body")
	tested := c.ok(c.once(path+"/test", ""))
	require.Equal(t, false, tested.json("delivered"))
	const noAnswer = "no answer: the receiver is not allowed, was not reached, or did not answer in time"
	require.Equal(t, noAnswer, tested.json("error"), "this machine is not public")
	require.Zero(t, int(tested.json("durationMs").(float64))%1000, "whole seconds")
	require.Eventually(t, func() bool { return strings.Contains(service.Log(), "the host is inside the network") }, patience,
		time.Millisecond, "only the log tells the cause")
	require.Empty(t, receiver.bodies)
	requireNoSecret(t, service.Log())

	strict := clientOf(t, process.Start(t, t.TempDir(), unlimited, "IDEMPOTENCY_REQUIRED=true"))
	strict.refused(strict.once(webhooksPath, good), 400, "idempotency-key-required")
	strict.refused(strict.once(webhooksPath, good, "Idempotency-Key: k"), 422, "validation-failed")
}
