package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
)

const skus = 10_000

// server is a child process that listens.
type server struct {
	address string
	cmd     *exec.Cmd
	log     *os.File
}

// start runs a command that will listen on the address, with its log in a file
// as in operation.
func start(dir, address, name string, environment []string, command string, args ...string) (*server, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(command, args...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{address: address, cmd: cmd, log: log}
	for range 500 {
		if conn, err := net.Dial("tcp", address); err == nil {
			return s, conn.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("%s does not listen, see %s", name, log.Name())
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	_ = s.log.Close()
}

// freeAddress is an address that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// openServers starts the bare reference and the service.
func openServers(s settings, dir string) (bare, onhand *server, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	if bare, err = start(dir, address, "bare", nil, self, "-bare", address); err != nil {
		return nil, nil, err
	}
	if address, err = freeAddress(); err == nil {
		_, port, _ := net.SplitHostPort(address)
		onhand, err = start(dir, address, "onhand", []string{
			"PORT=" + port, "DATA_DIR=" + filepath.Join(dir, "data"), "LOG_LEVEL=info",
			"RATE_LIMIT_RPS=0", "CONCURRENCY_API=64",
		}, s.binary, "serve")
	}
	if err != nil {
		bare.stop()
	}
	return bare, onhand, err
}

func item(n int) string { return fmt.Sprintf("/v1/stores/S1/items/sku-%d", n) }

func openAdjust(s settings, dir string) ([]row, func(), error) {
	bare, onhand, err := openServers(s, dir)
	if err != nil {
		return nil, nil, err
	}
	const body = `{"delta":1,"reason":"delivery","reference":"PO-4711"}`
	spread := make([][]byte, skus)
	for n := range spread {
		spread[n] = post(item(n)+"/adjustments", body)
	}
	rows := []row{
		over(s, "bare gin: decode, answer", "", load{bare.address, spread}),
		over(s, "durable adjust, 10,000 SKUs", "≥ 0.6", load{onhand.address, spread}),
		over(s, "durable adjust, one SKU", "≥ 0.9 of the row above", load{onhand.address, spread[:1]}),
	}
	return rows, func() { bare.stop(); onhand.stop() }, nil
}

func openGet(s settings, dir string) ([]row, func(), error) {
	bare, onhand, err := openServers(s, dir)
	if err != nil {
		return nil, nil, err
	}
	reads := make([][]byte, skus)
	fill := make([][]byte, skus)
	for n := range reads {
		reads[n] = get(item(n))
		fill[n] = post(item(n)+"/adjustments", `{"delta":1}`)
	}
	stop := func() { bare.stop(); onhand.stop() }
	filler := load{onhand.address, fill}
	if _, err := filler.run(s.connections, 4*time.Second); err != nil {
		return nil, stop, err
	}
	return []row{
		over(s, "bare gin: answer", "", load{bare.address, reads}),
		over(s, "GET item, 10,000 SKUs", "≥ 0.8", load{onhand.address, reads}),
	}, stop, nil
}

func over(s settings, name, target string, l load) row {
	return row{name: name, target: target, measure: func(length time.Duration) (sample, error) {
		return l.run(s.connections, length)
	}}
}

// serveBare is the reference: a gin handler that decodes the same body and
// answers with the same JSON, without a log, a check or a store.
func serveBare(address string) error {
	type policy struct {
		SafetyStock   int64 `json:"safetyStock"`
		OversellLimit int64 `json:"oversellLimit"`
	}
	type answer struct {
		Store          string    `json:"store"`
		SKU            string    `json:"sku"`
		OnHand         int64     `json:"onHand"`
		Reserved       int64     `json:"reserved"`
		Damaged        int64     `json:"damaged"`
		QualityControl int64     `json:"qualityControl"`
		Incoming       int64     `json:"incoming"`
		Available      int64     `json:"available"`
		Policy         policy    `json:"policy"`
		Version        int64     `json:"version"`
		UpdatedAt      time.Time `json:"updatedAt"`
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/v1/stores/:store/items/:sku", func(c *gin.Context) {
		c.JSON(http.StatusOK, answer{Store: c.Param("store"), SKU: c.Param("sku"), OnHand: 1, Available: 1, Version: 1, UpdatedAt: time.Now()})
	})
	engine.POST("/v1/stores/:store/items/:sku/adjustments", func(c *gin.Context) {
		var body struct {
			Delta     int64  `json:"delta"`
			Reason    string `json:"reason"`
			Reference string `json:"reference"`
		}
		if err := c.ShouldBindJSON(&body); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, answer{Store: c.Param("store"), SKU: c.Param("sku"), OnHand: body.Delta, Available: 1, Version: 1, UpdatedAt: time.Now()})
	})
	s := &http.Server{Addr: address, Handler: engine, ReadHeaderTimeout: time.Second}
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
