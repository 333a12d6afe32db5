package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// centralView answers /v1/items and /v1/sync/check.
type centralView struct {
	reader *centralview.Reader
	names  stock.Names
}

// getSKU is GET /v1/items/{sku}.
func (v centralView) getSKU(c *gin.Context) error {
	name, err := url.PathUnescape(c.Param("sku"))
	if err != nil {
		return errRouteNotFound
	}
	sku, err := v.names.SKU(name)
	if err != nil {
		return err
	}
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	wanted, err := minPosition(c.Request.Header)
	if err != nil {
		return err
	}
	if err := waitFor(c, v.reader, wanted); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(requestContext(c), maxPositionWait) // the view may be being rebuilt
	defer cancel()
	answer, err := v.reader.Get(ctx, sku, wanted)
	if err != nil {
		return err
	}
	setPosition(c, answer.Position)
	writeJSON(c, appendSKU(make([]byte, 0, len(answer.Members)+len(sku)+128), sku, &answer))
	return nil
}

func appendSKU(dst []byte, sku string, a *centralview.Answer) []byte {
	dst = event.AppendString(append(dst, `{"sku":`...), sku)
	dst = append(append(dst, ','), a.Members...)
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(a.Position), 10)
	dst = strconv.AppendFloat(append(dst, `,"lagSeconds":`...), a.Lag.Seconds(), 'f', -1, 64)
	return append(dst, '}')
}

// check is GET /v1/sync/check: whether the totals of the central view are the sums over the
// stores, and its items those of the ledger.
func (v centralView) check(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	checked, err := v.reader.Check(requestContext(c))
	if err != nil {
		return err
	}
	setPosition(c, checked.Position)
	sendMap(c, http.StatusOK, gin.H{
		"projection": centralview.Name, "balanced": checked.Balanced(), "position": checked.Position,
		"skus": checked.SKUs, "items": checked.Items, "compared": checked.Compared, "units": checked.Units,
		"differences": checked.Differences, "differencesOmitted": checked.Omitted,
	})
	return nil
}
