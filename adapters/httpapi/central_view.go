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

// getSKU is GET /v1/items/{sku}.
func (s *Server) getSKU(c *gin.Context) error {
	name, err := url.PathUnescape(c.Param("sku"))
	if err != nil {
		return errRouteNotFound
	}
	sku, err := stock.NormalizeSKU(name)
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
	if err := s.waitFor(c, s.opts.Central, wanted); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(requestContext(c), maxPositionWait) // it may be built anew just now
	defer cancel()
	answer, err := s.opts.Central.Get(ctx, sku, wanted)
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

// checkCentralView is GET /v1/sync/check: whether the totals of the central view are
// the sums over the stores, and its items those of the ledger.
func (s *Server) checkCentralView(c *gin.Context) error {
	if _, err := parseQuery(c.Request.URL.RawQuery); err != nil {
		return err
	}
	checked, err := s.opts.Central.Check(requestContext(c))
	if err != nil {
		return err
	}
	setPosition(c, checked.Position)
	c.JSON(http.StatusOK, gin.H{
		"projection": centralview.Name, "balanced": checked.Balanced(), "position": checked.Position,
		"skus": checked.SKUs, "items": checked.Items, "compared": checked.Compared, "units": checked.Units,
		"differences": checked.Differences, "differencesOmitted": checked.Omitted,
	})
	return nil
}
