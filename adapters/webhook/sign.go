package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/ports"
)

// messageID names a message, the same whenever it has the same events: a receiver that has seen it
// need not look at it again. The name of a batch follows from all of its events, since those of
// streams that are blocked are missing.
func messageID(subscription string, events []ports.StreamEvent) string {
	id := string(cloudevent.AppendID(nil, events[0].ID()))
	if len(events) > 1 {
		hash := sha256.New()
		for i := range events {
			_, _ = hash.Write(append(cloudevent.AppendID(nil, events[i].ID()), ',')) // never fails
		}
		id = "batch_" + hex.EncodeToString(hash.Sum(nil)[:16])
	}
	return "msg_" + subscription + "_" + strings.ReplaceAll(id, ".", "_") // a dot would end the ID in the signed text
}

func seconds(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// signatures are those of a message with each secret that counts, the newest first.
func signatures(secrets []ports.Secret, id string, now time.Time, body []byte) string {
	var all []string
	for _, secret := range secrets {
		if secret.Until.IsZero() || now.Before(secret.Until) {
			all = append(all, sign(secret.Key, id, now, body))
		}
	}
	return strings.Join(all, " ")
}

// sign signs a message by the symmetric scheme of Standard Webhooks, v1.
func sign(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(id + "." + seconds(at) + ".")) // never fails
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
