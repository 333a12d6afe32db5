# Everything a developer needs; `make` alone lists it.
SHELL         := /bin/bash
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
LDFLAGS       := -X github.com/onhand/onhand/bootstrap.Version=$(VERSION)
TOOL          := go tool -modfile=test/tools/go.mod
LINT_VERSION  := v2.15.0
LINT          := .tools/golangci-lint-$(LINT_VERSION)
OPENAPI       := adapters/httpapi/openapi.yaml
SPECTRAL_VERSION := 6.16.3
REDOCLY_VERSION  := 2.77.0
# The limit is for each package, on a machine that is much slower than usual.
TEST_TIMEOUT  := 60m
# The race detector needs a C compiler. Without one the tests run without it.
RACE          := $(shell command -v $${CC:-cc} >/dev/null 2>&1 && echo -race)

.DEFAULT_GOAL := help
.PHONY: needs modules help run build test race check lint openapi generate bench benchmarks torture mutants cover dev

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and serve on the embedded JSON repository (port 3000, ./data)
	./bin/onhand serve

build: ## build bin/onhand
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/onhand ./cmd/onhand

# A program that tests use is also the name of its package.
needs: ## install with apt the programs that some tests use: curl, prometheus
	@missing=; for need in curl prometheus; do command -v $$need >/dev/null || missing="$$missing $$need"; done; \
	[ -n "$$missing" ] || { echo 'every program that the tests use is installed'; exit 0; }; \
	echo "installing with apt-get:$$missing"; \
	sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	{ $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null || \
	{ echo "please install$$missing" >&2; exit 1; }

# What tests compile is downloaded before their time limits begin; nothing is
# downloaded that is in the module cache.
modules:
	@for module in . test/client/lint test/client/testdata/newcomer; do go -C $$module mod download || exit; done

test: modules ## run all tests that can run here, with the race detector where there is a C compiler
	$(if $(RACE),,@echo 'no C compiler: testing without the race detector')
	test/tools/test.sh $(RACE) -timeout $(TEST_TIMEOUT) ./...

race: modules ## run all tests with the race detector, or fail if that cannot be done
	test/tools/test.sh -race -timeout $(TEST_TIMEOUT) ./...

check: lint generate test ## what must be green before a commit
	git diff --exit-code -- ports/mocks docs/configuration.md docs/onhand.example.yaml docs/api.md

lint: $(LINT) ## look for mistakes, and make sure that it builds on macOS
	$(LINT) run ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet ./...

$(LINT):
	GOBIN=$(CURDIR)/.tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv .tools/golangci-lint $@

openapi: ## lint the OpenAPI document: as the tests do, and with Spectral and Redocly where npm is installed
	go run -C test/client/lint . $(CURDIR)/$(OPENAPI) $(CURDIR)/test/tools/openapi-lint.yaml
	@command -v npx >/dev/null || { echo 'npm is not installed: no Spectral, no Redocly'; exit 0; }; set -x; \
	npx --yes @stoplight/spectral-cli@$(SPECTRAL_VERSION) lint --fail-severity hint --ruleset test/tools/spectral.yaml $(OPENAPI) && \
	REDOCLY_TELEMETRY=off npx --yes @redocly/cli@$(REDOCLY_VERSION) lint --config test/tools/redocly.yaml $(OPENAPI)

generate: ## write the mocks, the tables of docs/configuration.md, the example file and the event catalogue again
	$(TOOL) mockery --log-level=warn
	go run ./cmd/onhand config --markdown | test/tools/insert-settings.sh docs/configuration.md
	go run ./cmd/onhand config --rules | test/tools/insert-settings.sh docs/configuration.md rules
	go run ./cmd/onhand config --example >docs/onhand.example.yaml
	go test -count=1 -run TestThePageOfTheAPIHasEveryEventType ./adapters/httpapi -update

bench: build ## measure speed, beside references, in one run
	go run ./test/bench $(BENCH)

benchmarks: build ## measure speed and write docs/benchmarks.md
	go run ./test/bench -write docs/benchmarks.md $(BENCH)

torture: ## torture the service for MINUTES=10, drawn from SEED=: kills, freezes, disk faults, clock jumps, simulation, load, properties, fuzzing
	go run ./test/torture/campaigns -seed '$(SEED)' -minutes '$(or $(MINUTES),10)'

mutants: modules ## take the safeties out, one at a time: the tests must notice each (MUTANTS=regexp)
	go run ./test/mutants -run '$(MUTANTS)'

cover: modules ## measure what the tests cover, as coverage.html
	test/tools/test.sh -timeout $(TEST_TIMEOUT) -coverpkg=./... -coverprofile=coverage.out ./...
	go tool cover -html=coverage.out -o coverage.html
	@go tool cover -func=coverage.out | tail -1

dev: ## serve, and build and serve again whenever a source changes
	$(TOOL) reflex -s -r '\.(go|yaml)$$' -R '^(test|data)/' -- sh -c 'go build -o bin/onhand ./cmd/onhand && exec ./bin/onhand serve'
