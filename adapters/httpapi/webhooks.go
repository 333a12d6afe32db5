package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/subscription"
)

// webhookCall reads what every change of a webhook may say beside its body. Webhooks
// have no versions, so a precondition would be one that nobody keeps.
func (s *Server) webhookCall(c *gin.Context) (command.Call, error) {
	call, err := s.call(c)
	if err != nil {
		return call, err
	}
	for name, given := range map[string]bool{"If-Match": call.IfMatch != nil, "If-None-Match": call.IfNoneMatch != nil} {
		if given {
			return call, &headerError{name: name, detail: "has no meaning here: webhooks have no entity tags"}
		}
	}
	record(c).DryRun = call.DryRun
	return call, nil
}

// createWebhook is POST /v1/webhooks.
func (s *Server) createWebhook(c *gin.Context) error {
	call, err := s.webhookCall(c)
	if err != nil {
		return err
	}
	cmd := &subscription.CreateWebhook{}
	if err := decode(c, cmd); err != nil {
		return err
	}
	made, err := cmd.Handle(requestContext(c), s.opts.Webhooks, call.IdempotencyKey, call.DryRun)
	if err != nil {
		return err
	}
	if !call.DryRun {
		setHeader(c, "Location", "/v1/webhooks/"+made.Webhook.ID)
	}
	if made.Replayed {
		setHeader(c, "Idempotent-Replayed", "true")
		record(c).Replayed = true
	}
	return sendWebhook(c, http.StatusCreated, made.Webhook, call.DryRun)
}

// listWebhooks is GET /v1/webhooks.
func (s *Server) listWebhooks(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	all := s.opts.Webhooks.List()
	list := make([]webhookDocument, len(all))
	for i, w := range all {
		list[i] = newWebhookDocument(w, false)
		list[i].Deliveries.Attempts = nil
	}
	return sendJSON(c, http.StatusOK, map[string]any{"webhooks": list})
}

// getWebhook is GET /v1/webhooks/{id}.
func (s *Server) getWebhook(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	w, err := s.opts.Webhooks.Get(id)
	if err != nil {
		return err
	}
	return sendWebhook(c, http.StatusOK, w, false)
}

// rotateSecret is POST …/{id}/rotate-secret.
func (s *Server) rotateSecret(c *gin.Context) error {
	cmd := &subscription.RotateSecret{}
	return s.changeWebhook(c, cmd, decode, func(ctx context.Context, id string) (subscription.Webhook, error) {
		return cmd.Handle(ctx, s.opts.Webhooks, id, record(c).DryRun)
	})
}

// enableWebhook is POST …/{id}/enable.
func (s *Server) enableWebhook(c *gin.Context) error {
	return s.changeWebhook(c, &struct{}{}, decodeIfAny, s.unlessDry(c, s.opts.Webhooks.Enable))
}

// disableWebhook is POST …/{id}/disable.
func (s *Server) disableWebhook(c *gin.Context) error {
	return s.changeWebhook(c, &struct{}{}, decodeIfAny, s.unlessDry(c, s.opts.Webhooks.Disable))
}

// unlessDry makes a change, or only looks at the webhook where that is asked for.
func (s *Server) unlessDry(c *gin.Context, change func(context.Context, string) (subscription.Webhook, error)) func(context.Context, string) (subscription.Webhook, error) {
	return func(ctx context.Context, id string) (subscription.Webhook, error) {
		if record(c).DryRun {
			return s.opts.Webhooks.Get(id)
		}
		return change(ctx, id)
	}
}

func (s *Server) changeWebhook(c *gin.Context, body any, decode func(*gin.Context, any) error, change func(context.Context, string) (subscription.Webhook, error)) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	call, err := s.webhookCall(c)
	if err != nil {
		return err
	}
	if err := decode(c, body); err != nil {
		return err
	}
	w, err := change(requestContext(c), id)
	if err != nil {
		return err
	}
	return sendWebhook(c, http.StatusOK, w, call.DryRun)
}

// deleteWebhook is DELETE /v1/webhooks/{id}.
func (s *Server) deleteWebhook(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	call, err := s.webhookCall(c)
	if err != nil {
		return err
	}
	if call.DryRun {
		w, err := s.opts.Webhooks.Get(id)
		if err != nil {
			return err
		}
		return sendWebhook(c, http.StatusOK, w, true)
	}
	if err := s.opts.Webhooks.Delete(requestContext(c), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

// testWebhook is POST …/{id}/test. It changes nothing, so there is nothing to judge dry.
func (s *Server) testWebhook(c *gin.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	if _, err := s.webhookCall(c); err != nil {
		return err
	}
	if err := decodeIfAny(c, &struct{}{}); err != nil {
		return err
	}
	attempt, err := s.opts.Webhooks.Test(requestContext(c), id)
	if err != nil {
		return err
	}
	return sendJSON(c, http.StatusOK, newAttemptDocument(attempt))
}

func sendWebhook(c *gin.Context, status int, w subscription.Webhook, dryRun bool) error {
	return sendJSON(c, status, newWebhookDocument(w, dryRun))
}

func sendJSON(c *gin.Context, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	send(c, status, typeJSON, body)
	return nil
}
