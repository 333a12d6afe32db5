package jsondocuments_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/subscriptionstoretest"
)

func TestSubscriptionContract(t *testing.T) {
	subscriptionstoretest.Run(t, func(t *testing.T) subscriptionstoretest.Place {
		dir := filepath.Join(t.TempDir(), "webhooks")
		return subscriptionstoretest.Place{Exclusive: true, Open: func(*testing.T) (ports.SubscriptionStore, error) {
			return jsondocuments.OpenSubscriptions(dir, subscriptionstoretest.Limit, nil)
		}}
	})
}

var one = ports.Subscription{
	ID: "shop", URL: "https://shop.example", Secrets: []ports.Secret{{Key: []byte("not to be seen by others")}},
}

func TestOnlyTheServicesUserCanReadSecrets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "webhooks")
	s, err := jsondocuments.OpenSubscriptions(dir, 0, nil)
	require.NoError(t, err)
	require.NoError(t, s.Put(context.Background(), one))
	info, err := os.Stat(filepath.Join(dir, "shop.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestDamageIsReportedWithoutTheSecret(t *testing.T) {
	dir := t.TempDir()
	s, err := jsondocuments.OpenSubscriptions(dir, 0, nil)
	require.NoError(t, err)
	require.NoError(t, s.Put(context.Background(), one))
	require.NoError(t, s.Close())
	file := filepath.Join(dir, "shop.json")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t,
		os.WriteFile(file, bytes.Replace(content, []byte("shop.example"), []byte("evil.example"), 1), 0o600))
	_, err = jsondocuments.OpenSubscriptions(dir, 0, nil)
	var damage *ports.CorruptError
	require.ErrorAs(t, err, &damage)
	require.Equal(t, file, damage.Location)
	require.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString(one.Secrets[0].Key))
}

func TestASecretIsNeverPrinted(t *testing.T) {
	text, err := json.Marshal(one)
	require.NoError(t, err)
	shown := string(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t"} {
		shown += fmt.Sprintf(verb, one) + fmt.Sprintf(verb, &one) + fmt.Sprintf(verb, one.Secrets) +
			fmt.Sprintf(verb, one.Secrets[0]) + fmt.Sprintf(verb, &one.Secrets[0])
	}
	key := one.Secrets[0].Key
	for _, form := range []string{
		string(key), base64.StdEncoding.EncodeToString(key), fmt.Sprintf("%x", key), fmt.Sprintf("%X", key), fmt.Sprintf("%d %d", key[0], key[1]),
		fmt.Sprintf("0x%x, 0x%x", key[0], key[1]), fmt.Sprintf("%o %o", key[0], key[1]), fmt.Sprintf("%b %b", key[0], key[1]), fmt.Sprintf("%c %c", key[0], key[1]), fmt.Sprintf("%U %U", key[0], key[1]),
	} {
		require.NotContains(t, shown, form)
	}
}
