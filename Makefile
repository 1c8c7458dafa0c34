# Everything that is done to this repository. `make help` lists it.
SHELL := /bin/bash
TOOL  := go tool -modfile=.ci/tools.mod
FUZZTIME ?= 30s
# What is handed out is built with this Go, whichever is installed.
RELEASE_GO := GOTOOLCHAIN=go$(shell cat .ci/go-version)

.PHONY: help
help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: run
run: ## Serve the built-in demo
	go run ./cmd/dispatcher

.PHONY: build
build: ## Build bin/dispatcher
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/dispatcher ./cmd/dispatcher

.PHONY: test
test: ## Run the tests; those that need Node or a browser run where the tools are
	@.ci/test

.PHONY: race
race: ## Run the Go tests with the race detector
	go test -race ./...

.PHONY: jainsip
jainsip: ## Hold the reading of SIP text against an EdgePort's SIP stack
	go test -tags jainsip -count=1 ./test/jainsip/...

.PHONY: interop
interop: ## Run the tests with real Node peers
	npm ci --prefix test/interop --no-audit --no-fund
	go test -tags interop -count=1 ./test/interop/...

.PHONY: chaos
chaos: ## Let real processes fail under load, and account for every message
	go test -tags chaos -count=1 -v ./test/chaos/...

.PHONY: fleet
fleet: ## Change a fleet of dispatchers under load, and account for every message; needs root
	cd test/fleet && go test -count=1 -v ./...

.PHONY: image
image: ## Make the image without an engine, unpack it, and run it as the image says
	go test -tags image -count=1 ./test/image/...

.PHONY: deploy
deploy: ## Hold deploy/ against the programs that read it
	go test -tags deploy -count=1 ./test/deploy/...

.PHONY: supply
supply: ## Look for known vulnerabilities, make what a release hands out, twice, and look at it
	go test -tags supply -count=1 -timeout 20m -v ./test/supply

.PHONY: sbom
sbom: build ## Write the bills of materials (CycloneDX) to bin/sbom
	.ci/sbom bin/dispatcher devel bin/sbom

.PHONY: snapshot
snapshot: ## Make what a release hands out, below dist, and publish nothing; builds goreleaser for minutes at first
	GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/fonoster/routr-dispatcher \
		$$(cd .ci/release && go tool -n goreleaser) release --snapshot --clean -f .ci/goreleaser.yaml

.PHONY: budgets
budgets: ## Measure in Chromium what people of the console wait for, and what it takes: HEAP=10m for the longest
	cd test/browser && go test -tags budgets -count=1 -timeout 30m -v -run "^Test(Budgets|BusyUnderLoad|Heap|Idle)$$" . \
		-heap $(or $(HEAP),90s)

.PHONY: oci
oci: ## Make the image without a Docker engine, as an OCI image layout below dist/image
	$(RELEASE_GO) go run -C .ci/image . -root $(CURDIR) -out $(CURDIR)/dist/image

.PHONY: hostile
hostile: ## Attack the server and the program, each in a process whose memory is bounded
	go test -count=1 -timeout 5m -v ./test/hostile/...

.PHONY: conformance
conformance: ## Run h2spec and the connect conformance suite against the server
	cd test/h2spec && go test -count=1 ./...
	cd test/conformance && go vet ./... && go build -o ../../bin/conformance-server ./server && \
		go tool connectconformance --mode server --conf testdata/config.yaml \
		--known-failing @testdata/known-failing.txt -- ../../bin/conformance-server && \
		go tool connectconformance --mode server --conf testdata/config.yaml \
		--known-failing @testdata/known-failing.txt -- ../../bin/conformance-server relay

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME, as many at once as there are CPUs
	@.ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: ## Measure what a message costs, beside HAProxy, nginx and bare relays: BENCH=quick in two minutes; BENCH=flags
	go run ./bench/relay -json bin/bench.json $(if $(filter quick,$(BENCH)),-quick,$(BENCH))

.PHONY: figures
figures: ## Put what make bench has measured into docs/performance.md
	go run ./bench/relay -from bin/bench.json -page docs/performance.md

.PHONY: microbench
microbench: ## Run the benchmarks that stand beside the code
	go test -run '^$$' -bench . -benchmem ./internal/...

.PHONY: generate
generate: ## Generate code from proto/ (gen/ is committed)
	$(TOOL) buf generate

.PHONY: web
web: ## Build the console into web/dist (committed); needs Node
	npm ci --prefix web --ignore-scripts --no-audit --no-fund --loglevel=error
	go generate ./web/...
	cd web && npx --no-install tsc
	@web/build

.PHONY: web-dev
web-dev: ## Serve the demo with the console as it is on disk, rebuilt at each change
	@web/build --watch=forever & trap "kill $$!" EXIT; go run -tags webdev ./cmd/dispatcher

.PHONY: screenshots
screenshots: ## Take the pictures of the console in docs/images; needs chromium
	cd test/browser && go test -tags screenshots -count=1 -run TestScreenshots .

.PHONY: fmt
fmt: ## Format the Go code
	gofmt -w $$(git ls-files '*.go')

.PHONY: lint
lint: ## Check style: gofmt, golangci-lint (which vets, too), buf
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(TOOL) golangci-lint run
	$(TOOL) buf lint

.PHONY: check
check: lint race ## Everything a commit must pass: no diff in generated code, lint, tests with the race detector
	$(MAKE) generate && git diff --exit-code gen
