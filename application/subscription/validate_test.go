package subscription_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	validation "github.com/go-ozzo/ozzo-validation/v4"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
)

func TestASubscriptionIsChecked(t *testing.T) {
	bytes := func(n int) subscription.SecretText {
		return subscription.SecretText("whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", n))))
	}
	position := func(p event.Position) *event.Position { return &p }
	good := func() subscription.CreateWebhook {
		return subscription.CreateWebhook{URL: "https://shop.example/hook", Secret: bytes(24)}
	}
	with := func(change func(*subscription.CreateWebhook)) *subscription.CreateWebhook {
		c := good()
		change(&c)
		return &c
	}
	url := func(text string) func(*subscription.CreateWebhook) {
		return func(c *subscription.CreateWebhook) { c.URL = text }
	}
	for _, change := range []func(*subscription.CreateWebhook){
		url("https://shop.example"), url("https://shop.example:8443/a?b=c%20d"), url("https://[2606:4700::1]/x"), url("https://127.0.0.1"), url("https://xn--bcher-kva.example"),
		url("https://a/" + strings.Repeat("x", 2038)),
		func(c *subscription.CreateWebhook) { c.Secret = bytes(64) },
		func(c *subscription.CreateWebhook) {
			c.Types = []string{"onhand.stock.policy-set.v1", "onhand.transfer.shipped.v1", "onhand.dead-letter.deleted.v1"}
		},
		func(c *subscription.CreateWebhook) { c.Stores = []string{"S1", "berlin-2"} },
		func(c *subscription.CreateWebhook) { c.After = position(0) },
		func(c *subscription.CreateWebhook) { c.Description = strings.Repeat("é", 250) },
	} {
		c := with(change)
		require.NoError(t, c.Validate(false), "%+v", c)
	}
	for member, changes := range map[string][]func(*subscription.CreateWebhook){
		"url": {
			url(""), url("http://shop.example"), url("ftp://shop.example"), url("//shop.example"), url("shop.example"), url("https:shop.example"), url("https://"), url("https:///x"),
			url("https://user@shop.example"), url("https://user:pass@shop.example"), url("https://shop.example/#"), url("https://shop.example/#x"), url("https://shop.example:0"),
			url("https://shop.example:99999"), url("https://shop.example:"), url("https://shop.example:x"), url("https://shop.example/a b"), url("https://shop.example/\n"),
			url("https://büro.example"), url("https://a/" + strings.Repeat("x", 2039)), url("javascript:alert(1)"), url("https://[::1"),
		},
		"secret": {
			func(c *subscription.CreateWebhook) { c.Secret = "" },
			func(c *subscription.CreateWebhook) { c.Secret = bytes(23) },
			func(c *subscription.CreateWebhook) { c.Secret = bytes(65) },
			func(c *subscription.CreateWebhook) { c.Secret = c.Secret[len("whsec_"):] },
			func(c *subscription.CreateWebhook) { c.Secret += "!" },
			func(c *subscription.CreateWebhook) { c.Secret = c.Secret[:10] + "\n" + c.Secret[10:] },
			func(c *subscription.CreateWebhook) { c.Secret = "whsec_" },
		},
		"types": {
			func(c *subscription.CreateWebhook) { c.Types = []string{"stock.low.v1"} },
			func(c *subscription.CreateWebhook) { c.Types = []string{"onhand.stock.low"} },
			func(c *subscription.CreateWebhook) { c.Types = []string{""} },
			func(c *subscription.CreateWebhook) { c.Types = []string{"onhand.stock.sold.v1"} },
			func(c *subscription.CreateWebhook) { c.Types = []string{"onhand.stock.low.v2"} },
			func(c *subscription.CreateWebhook) { c.Types = make([]string, 101) },
		},
		"stores": {
			func(c *subscription.CreateWebhook) { c.Stores = []string{"a b"} },
			func(c *subscription.CreateWebhook) { c.Stores = make([]string, 101) },
		},
		"after":       {func(c *subscription.CreateWebhook) { c.After = position(-1) }},
		"description": {func(c *subscription.CreateWebhook) { c.Description = "a\nb" }, func(c *subscription.CreateWebhook) { c.Description = strings.Repeat("x", 501) }},
	} {
		for _, change := range changes {
			c := with(change)
			errs, ok := errors.AsType[validation.Errors](c.Validate(false))
			require.True(t, ok, "%s: %q", member, c.URL)
			require.Len(t, errs, 1, "%v", errs)
			require.Contains(t, errs, member)
			require.NotContains(t, errs.Error(), "kkkk")
			require.NotContains(t, errs.Error(), base64.StdEncoding.EncodeToString([]byte("kkkkkk")))
		}
	}
	require.NoError(t, with(url("http://shop.example")).Validate(true))
	require.Error(t, (&subscription.RotateSecret{}).Validate())
}

// Events up to that position would be skipped.
func TestAWebhookDoesNotBeginBeyondTheLog(t *testing.T) {
	w := begin(t, &memory.SubscriptionStore{})
	beyond := event.Position(42)
	c := subscription.CreateWebhook{URL: "https://shop.example/hook", Secret: secret("first"), After: &beyond}
	_, err := c.Handle(ctx, w.Manager, "", true)
	faults := validation.Errors{}
	require.ErrorAs(t, err, &faults)
	require.Contains(t, faults, "after")
	beyond = 41
	_, err = c.Handle(ctx, w.Manager, "", true)
	require.NoError(t, err)
}
