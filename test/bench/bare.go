package main

import (
	"errors"
	"net/http"
	_ "net/http/pprof" // for -cpuprofile, on a port of its own
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

type bareOperation struct {
	Op        string `json:"op"`
	Store     string `json:"store"`
	SKU       string `json:"sku"`
	Delta     int64  `json:"delta"`
	Reason    string `json:"reason"`
	Reference string `json:"reference"`
}

type barePolicy struct {
	SafetyStock   int64 `json:"safetyStock"`
	OversellLimit int64 `json:"oversellLimit"`
}

type bareItem struct {
	Store          string     `json:"store"`
	SKU            string     `json:"sku"`
	OnHand         int64      `json:"onHand"`
	Reserved       int64      `json:"reserved"`
	Damaged        int64      `json:"damaged"`
	QualityControl int64      `json:"qualityControl"`
	Incoming       int64      `json:"incoming"`
	Available      int64      `json:"available"`
	Policy         barePolicy `json:"policy"`
	Version        int64      `json:"version"`
	UpdatedAt      time.Time  `json:"updatedAt"`
}

type bareResult struct {
	Index  int      `json:"index"`
	Status int      `json:"status"`
	Item   bareItem `json:"item"`
}

func bareAnswer(store, sku string, units int64) bareItem {
	return bareItem{Store: store, SKU: sku, OnHand: units, Available: 1, Version: 1, UpdatedAt: time.Now()}
}

// serveBare is the reference: gin handlers that decode the same bodies and
// answer with the same JSON, without a log, a check or a store.
func serveBare(address string) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/readyz", func(c *gin.Context) { c.Status(http.StatusOK) })
	engine.GET("/v1/stores/:store/items/:sku", func(c *gin.Context) {
		c.JSON(http.StatusOK, bareAnswer(c.Param("store"), c.Param("sku"), 1))
	})
	engine.POST("/v1/stores/:store/items/:sku/adjustments", func(c *gin.Context) {
		var body bareOperation
		if err := c.ShouldBindJSON(&body); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, bareAnswer(c.Param("store"), c.Param("sku"), body.Delta))
	})
	engine.POST("/v1/batch", func(c *gin.Context) {
		var body struct {
			Atomic     bool            `json:"atomic"`
			Operations []bareOperation `json:"operations"`
		}
		if err := c.ShouldBindJSON(&body); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		results := make([]bareResult, len(body.Operations))
		for i, op := range body.Operations {
			results[i] = bareResult{Index: i, Status: http.StatusOK, Item: bareAnswer(op.Store, op.SKU, op.Delta)}
		}
		c.JSON(http.StatusOK, gin.H{"results": results})
	})
	go func() { _ = http.ListenAndServe("127.0.0.1:"+os.Getenv("PPROF_PORT"), nil) }()
	s := &http.Server{Addr: address, Handler: engine, ReadHeaderTimeout: time.Second}
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
