// Command pgserver is a reference for the bench: what a developer would write by
// hand on PostgreSQL to adjust stock and keep every event, with gin and pgx and
// nothing else. It is a module of its own so that the product does not depend
// on pgx.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	_ "net/http/pprof"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const schema = `
create table items (
	store text, sku text,
	on_hand bigint not null default 0 check (on_hand >= 0),
	reserved bigint not null default 0, damaged bigint not null default 0,
	quality_control bigint not null default 0, incoming bigint not null default 0,
	version bigint not null default 0,
	updated_at timestamptz not null default now(),
	primary key (store, sku));
create table events (
	id bigint generated always as identity primary key,
	store text not null, sku text not null, version bigint not null,
	type text not null, at timestamptz not null, delta bigint not null, on_hand bigint not null,
	reason text, reference text,
	unique (store, sku, version));
insert into items (store, sku) select 'S1', 'sku-' || lpad(n::text, 7, '0') from generate_series(0, 9999) n;
analyze items;`

// adjust is the whole transaction in one statement, which PostgreSQL commits by
// itself: one round trip, so that the row stays locked as briefly as can be.
const adjust = `
with changed as (
	update items set on_hand = on_hand + $3, version = version + 1, updated_at = now()
	where store = $1 and sku = $2 and on_hand + $3 >= 0
	returning *
), written as (
	insert into events (store, sku, version, type, at, delta, on_hand, reason, reference)
	select store, sku, version, 'stock.adjusted', updated_at, $3, on_hand, $4, $5 from changed
)
select on_hand, reserved, damaged, quality_control, incoming, version, updated_at from changed`

type policy struct {
	SafetyStock   int64 `json:"safetyStock"`
	OversellLimit int64 `json:"oversellLimit"`
}

type item struct {
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

func main() {
	if err := serve(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "pgserver:", err)
		os.Exit(1)
	}
}

// serve answers on 127.0.0.1 at PORT, from the database DATABASE_URL.
func serve(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := pool.QueryRow(ctx, "show "+setting).Scan(&value); err != nil {
			return err
		}
		if value != "on" {
			return fmt.Errorf("%s is %s: the comparison would not be fair", setting, value)
		}
	}
	if _, err := pool.Exec(ctx, schema); err != nil {
		return err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/readyz", func(c *gin.Context) { c.Status(http.StatusOK) })
	engine.POST("/v1/stores/:store/items/:sku/adjustments", func(c *gin.Context) { adjustStock(c, pool) })
	go func() {
		_ = http.ListenAndServe("127.0.0.1:"+os.Getenv("PPROF_PORT"), nil)
	}()
	s := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: engine, ReadHeaderTimeout: time.Second}
	return s.ListenAndServe()
}

func adjustStock(c *gin.Context, pool *pgxpool.Pool) {
	var body struct {
		Delta     int64  `json:"delta"`
		Reason    string `json:"reason"`
		Reference string `json:"reference"`
	}
	if err := c.ShouldBindJSON(&body); err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	i := item{Store: c.Param("store"), SKU: c.Param("sku")}
	err := pool.QueryRow(c.Request.Context(), adjust, i.Store, i.SKU, body.Delta, body.Reason, body.Reference).
		Scan(&i.OnHand, &i.Reserved, &i.Damaged, &i.QualityControl, &i.Incoming, &i.Version, &i.UpdatedAt)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		c.AbortWithStatus(http.StatusConflict)
	case err != nil:
		_ = c.AbortWithError(http.StatusInternalServerError, err)
	default:
		i.Available = i.OnHand - i.Damaged - i.QualityControl - i.Reserved
		c.JSON(http.StatusOK, i)
	}
}
