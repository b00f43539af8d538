# make run    tell the shipped stories, mock against mock
# make test   all that CI runs
# make help   the rest

GO ?= go
# A tool is pinned by its version: the same findings today and next year.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.7.0
# A number of inputs and not a time: a time may end in "context deadline exceeded".
FUZZTIME ?= 10000x
BENCHTIME ?= 1s
# How often the whole library is told, and for how long that may take.
SOAK ?= 200
SOAKTIME ?= 2h

.PHONY: help build run test format vet staticcheck lint race cross bench fuzz soak update clean

run: build
	./bin/hookdrill selftest

help:
	@echo 'make run     tell the shipped stories, mock against mock'
	@echo 'make test    all that CI runs: format, lint, tests with the race detector, macOS, Windows'
	@echo 'make build   bin/hookdrill'
	@echo 'make lint    gofmt, go vet, staticcheck'
	@echo 'make race    the tests alone'
	@echo 'make cross   build for macOS and Windows'
	@echo 'make bench   each benchmark against the naive baseline beside it, as ratios'
	@echo 'make fuzz    each fuzz test for FUZZTIME ($(FUZZTIME))'
	@echo 'make soak    the whole library SOAK ($(SOAK)) times on busy cores, at GOMAXPROCS 1 and 2: nothing fails, nothing stays behind'
	@echo 'make update  write the golden files anew'

build:
	$(GO) build -o bin/ ./cmd/hookdrill

test: lint race cross

lint: format vet staticcheck

format:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted, gofmt -w mends it:"; echo "$$unformatted"; exit 1; fi

vet:
	$(GO) vet ./...

staticcheck:
	$(GO) run $(STATICCHECK) ./...

race:
	$(GO) test -race -timeout 5m ./...

# go vet type-checks the tests too, which go build does not.
cross:
	GOOS=darwin $(GO) build ./...
	GOOS=darwin $(GO) vet ./...
	GOOS=windows $(GO) build ./...
	GOOS=windows $(GO) vet ./...

bench:
	@$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./... | awk -f .ci/ratios.awk

fuzz:
	@for package in $$($(GO) list ./...); do \
		for name in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$name"; \
			$(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

soak:
	HOOKDRILL_SOAK=$(SOAK) $(GO) test -run '^TestSoak$$' -count 1 -v -timeout $(SOAKTIME) ./scenarios

update:
	$(GO) test ./cmd/hookdrill ./scenarios/report ./scenarios/drilltest -update

clean:
	rm -rf bin
