# Tandem. Two commands matter: `make run` and `make test`. Each does its own set-up.
.DEFAULT_GOAL := help
.PHONY: help setup-run setup-test run test site bench soak mutants talk-off detectors echo call-progress interop interop-kernel fuzz audit bindings clean

ARGS ?=
FUZZ_SECONDS ?= 60
FUZZ_TARGETS = deframer t1 fdl wav prompts config cas q921 q931 tap dtmf echo mf tones analysis voices cid satop cesopsn tdmoe packet_span dahdi e1d abi
CARGO ?= cargo

help:
	@echo 'make run [ARGS="--seconds 30 --json"]   the standalone switch on simulated trunks'
	@echo "make test                               everything that CI runs"
	@echo "make site                               the documentation as a site, target/site/book/index.html (needs mdbook)"
	@echo "make install PREFIX=/usr/local          library, headers, tools, pages (DESTDIR=, LIBDIR=, PROFILE=dev); make uninstall"
	@echo "make deb                                Debian packages of the same, in target/deb (needs dpkg-dev)"
	@echo "make bench                              the speed table, criterion benches and the capacity report"
	@echo "make soak                               the long runs: mutants, an hour of virtual traffic twice, full detector tables"
	@echo "make mutants                            each function of tandem.h made to do nothing: does a test notice?"
	@echo "make talk-off                           speech that must not be taken for digits: recorded prompts, 12 hours of espeak-ng"
	@echo "make detectors                          what detectors take, case by case, beside libspandsp's, and their curves as SVG"
	@echo "make echo                               the G.168 ledger of the echo canceller, and its curves beside others as SVG"
	@echo "make call-progress                      what outgoing calls are taken for: people, machines, tones; tables and curve"
	@echo "make interop                            tests against foreign peers: tshark, libosmocore, libpri, libspandsp"
	@echo "make interop-kernel                     our DAHDI back end on the real driver, in a guest of qemu's, and on the preload library"
	@echo "make fuzz FUZZ_SECONDS=60               every fuzz target for so long (needs cargo-fuzz)"
	@echo "make audit                              licences and sources of all dependencies (needs cargo-deny)"
	@echo "make abi-dump                           keep the interface of this version in abi/, for a release"
	@echo "make bindings                           regenerate the bindings from include/tandem.h (needs libclang)"

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

run: setup-run
	@[ -e target ] || echo "building: the first time takes a minute or two" >&2
	@$(CARGO) build --package tandem-switch-example
	@$(CARGO) run --quiet --package tandem-switch-example -- $(ARGS)

test: setup-test
	@scripts/test

site:
	@scripts/site

# What is set on the command line is in their environment.
install:
	@scripts/install

uninstall:
	@scripts/install --uninstall

deb:
	@scripts/deb

bench:
	$(CARGO) run --release --package tandem-benches --bin speed
	$(CARGO) bench --package tandem-benches
	$(CARGO) run --release --package tandem-cli -- capacity

soak: setup-test
	$(CARGO) build --package tandem-dahdi-shim
	TANDEM_SOAK=1 $(CARGO) test --workspace
	scripts/mutants
	scripts/soak

mutants:
	@scripts/mutants

talk-off:
	@scripts/talk-off

detectors:
	@scripts/detector-tables

echo:
	@scripts/echo-ledger

call-progress:
	@scripts/call-progress

interop:
	@PEERS="$(PEERS)" scripts/interop

interop-kernel:
	@scripts/interop-kernel

fuzz:
	@for target in $(FUZZ_TARGETS); do \
	    echo "== $$target"; \
	    RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

audit:
	$(CARGO) deny check licenses sources bans

bindings:
	$(CARGO) run --package tandem-bindings --features generate --bin generate-bindings

abi-dump:
	$(CARGO) run --quiet --package tandem-packaging --bin tandem-abi -- dump

clean:
	$(CARGO) clean
