package httpapi

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/subscription"
)

// webhooks answers /v1/webhooks.
type webhooks struct {
	manager *subscription.Manager
	calls   callReader
}

// call reads what every change of a webhook may say besides its body. It refuses
// preconditions, which would have no effect: webhooks have no versions.
func (w webhooks) call(c *gin.Context) (command.Call, error) {
	call, err := w.calls.read(c)
	if err != nil {
		return call, err
	}
	switch {
	case call.IfMatch != nil:
		return call, noEntityTags("If-Match")
	case call.IfNoneMatch != nil:
		return call, noEntityTags("If-None-Match")
	}
	record(c).DryRun = call.DryRun
	return call, nil
}

func noEntityTags(header string) error {
	return &headerError{name: header, detail: "is not supported here: webhooks have no entity tags"}
}

// createWebhook is POST /v1/webhooks.
func (w webhooks) createWebhook(c *gin.Context) error {
	call, err := w.call(c)
	if err != nil {
		return err
	}
	cmd := &subscription.CreateWebhook{}
	if err := decode(c, cmd); err != nil {
		return err
	}
	made, err := cmd.Handle(requestContext(c), w.manager, call.IdempotencyKey, call.DryRun)
	if err != nil {
		return err
	}
	if !call.DryRun {
		setHeader(c, "Location", "/v1/webhooks/"+made.Webhook.ID)
	}
	if made.Replayed {
		setReplayed(c)
	}
	return sendWebhook(c, http.StatusCreated, made.Webhook, call.DryRun)
}

// listWebhooks is GET /v1/webhooks.
func (w webhooks) listWebhooks(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	all := w.manager.List()
	list := make([]webhookDocument, len(all))
	for i, one := range all {
		list[i] = newWebhookDocument(one, false)
		list[i].Deliveries.Attempts = nil
	}
	return sendJSON(c, http.StatusOK, map[string]any{"webhooks": list})
}

// getWebhook is GET /v1/webhooks/{id}.
func (w webhooks) getWebhook(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	found, err := w.manager.Get(id)
	if err != nil {
		return err
	}
	return sendWebhook(c, http.StatusOK, found, false)
}

// webhookChange changes the webhook of an id.
type webhookChange func(ctx context.Context, id string) (subscription.Webhook, error)

// rotateSecret is POST …/{id}/rotate-secret.
func (w webhooks) rotateSecret(c *gin.Context) error {
	cmd := &subscription.RotateSecret{}
	return w.change(c, cmd, decode, func(ctx context.Context, id string) (subscription.Webhook, error) {
		return cmd.Handle(ctx, w.manager, id, record(c).DryRun)
	})
}

// enableWebhook is POST …/{id}/enable.
func (w webhooks) enableWebhook(c *gin.Context) error {
	return w.change(c, &struct{}{}, decodeIfAny, w.unlessDryRun(c, w.manager.Enable))
}

// disableWebhook is POST …/{id}/disable.
func (w webhooks) disableWebhook(c *gin.Context) error {
	return w.change(c, &struct{}{}, decodeIfAny, w.unlessDryRun(c, w.manager.Disable))
}

// unlessDryRun makes a change that in a dry run only reads the webhook.
func (w webhooks) unlessDryRun(c *gin.Context, change webhookChange) webhookChange {
	return func(ctx context.Context, id string) (subscription.Webhook, error) {
		if record(c).DryRun {
			return w.manager.Get(id)
		}
		return change(ctx, id)
	}
}

func (w webhooks) change(c *gin.Context, body any, decode bodyDecoder, change webhookChange) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	call, err := w.call(c)
	if err != nil {
		return err
	}
	if err := decode(c, body); err != nil {
		return err
	}
	changed, err := change(requestContext(c), id)
	if err != nil {
		return err
	}
	return sendWebhook(c, http.StatusOK, changed, call.DryRun)
}

// deleteWebhook is DELETE /v1/webhooks/{id}.
func (w webhooks) deleteWebhook(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	call, err := w.call(c)
	if err != nil {
		return err
	}
	if call.DryRun {
		found, err := w.manager.Get(id)
		if err != nil {
			return err
		}
		return sendWebhook(c, http.StatusOK, found, true)
	}
	if err := w.manager.Delete(requestContext(c), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

// testWebhook is POST …/{id}/test. It changes nothing, so a dry run is the same.
func (w webhooks) testWebhook(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	if _, err := w.call(c); err != nil {
		return err
	}
	if err := noBody(c); err != nil {
		return err
	}
	attempt, err := w.manager.Test(requestContext(c), id)
	if err != nil {
		return err
	}
	return sendJSON(c, http.StatusOK, newAttemptDocument(attempt))
}

func sendWebhook(c *gin.Context, status int, w subscription.Webhook, dryRun bool) error {
	return sendJSON(c, status, newWebhookDocument(w, dryRun))
}
