# Tandem. Two commands matter: `make run` and `make test`. Each does its own set-up.
.DEFAULT_GOAL := help
.PHONY: help run test check-tools check fmt clippy docs-check unit abi examples-test setup-run setup-test \
        bench bench-build soak fuzz interop audit bindings clean

ARGS ?=
FUZZ_SECONDS ?= 60
CARGO ?= cargo

help:
	@echo "make run [ARGS=\"--seconds 30 --json\"]   the standalone switch on simulated trunks"
	@echo "make test                               everything that CI runs"
	@echo "make bench                              criterion benches and the capacity report"
	@echo "make soak                               the long runs: an hour of virtual traffic, full detector tables"
	@echo "make fuzz FUZZ_SECONDS=60               every fuzz target for so long (needs cargo-fuzz)"
	@echo "make audit                              licences and sources of all dependencies (needs cargo-deny)"
	@echo "make bindings                           regenerate the bindings from include/tandem.h (needs libclang)"

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

run: setup-run
	@$(CARGO) run --quiet --package tandem-switch-example -- $(ARGS)

test: setup-test
	@scripts/test
