# Everything a developer needs; `make` alone lists it.
SHELL         := /bin/bash
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
LDFLAGS       := -X github.com/onhand/onhand/bootstrap.Version=$(VERSION)
TOOL          := go tool -modfile=test/tools/go.mod
LINT_VERSION  := v2.15.0
LINT          := .tools/golangci-lint-$(LINT_VERSION)
# The race detector needs a C compiler. Without one the tests run without it.
RACE          := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)

.DEFAULT_GOAL := help
.PHONY: needs help run build test race check lint openapi generate bench benchmarks torture mutants cover dev

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and serve on the embedded JSON repository (port 3000, ./data)
	./bin/onhand serve

build: ## build bin/onhand
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/onhand ./cmd/onhand

# The tests run README's session with curl and let a Prometheus scrape the service.
needs:
	@for need in curl prometheus; do command -v $$need >/dev/null || missing="$$missing $$need"; done; \
	[ -z "$$missing" ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null || \
	{ echo "please install$$missing" >&2; exit 1; }

test: needs ## run all tests, with the race detector where there is a C compiler
	@$(if $(RACE),,echo 'no C compiler: testing without the race detector';) true
	go test $(RACE) -timeout 12m ./...

race: needs ## run all tests with the race detector, or fail if that cannot be done
	go test -race -timeout 12m ./...

check: lint generate test ## what must be green before a commit
	git diff --exit-code -- ports/mocks README.md docs/onhand.example.yaml

lint: $(LINT) ## look for mistakes
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv .tools/golangci-lint $@

openapi: ## lint the OpenAPI document (the tests do it too)
	go run -C test/client/lint . $(CURDIR)/adapters/httpapi/openapi.yaml $(CURDIR)/test/tools/openapi-lint.yaml

generate: ## make mocks, README's tables of settings and the example of a file anew
	$(TOOL) mockery --log-level=warn
	go run ./cmd/onhand config --markdown | test/tools/insert-settings.sh README.md
	go run ./cmd/onhand config --rules | test/tools/insert-settings.sh README.md rules
	go run ./cmd/onhand config --example >docs/onhand.example.yaml

bench: build ## measure speed, beside references, in one run
	go run ./test/bench $(BENCH)

benchmarks: build ## measure speed and write docs/benchmarks.md
	go run ./test/bench -write docs/benchmarks.md $(BENCH)

torture: ## torture the service for MINUTES=10, drawn from SEED=: kills, freezes, disk faults, clock jumps, simulation, load, properties, fuzzing
	go run ./test/torture/campaigns -seed '$(SEED)' -minutes '$(or $(MINUTES),10)'

mutants: needs ## take the safeties out, one at a time: the tests must notice each (MUTANTS=regexp)
	go run ./test/mutants -run '$(MUTANTS)'

cover: needs ## measure what the tests cover, as coverage.html
	go test -timeout 12m -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -html=coverage.out -o coverage.html
	@go tool cover -func=coverage.out | tail -1

dev: ## serve, and build and serve anew whenever a source changes
	$(TOOL) reflex -s -r '\.(go|yaml)$$' -R '^(test|data)/' -- sh -c 'go build -o bin/onhand ./cmd/onhand && exec ./bin/onhand serve'
