# SPDX-License-Identifier: Apache-2.0
# One line per target; the work is done by Meson and by the scripts in tools/. `make help` lists them.
.PHONY: build demo check test asan tsan fuzz bench soak format install clean help
.DEFAULT_GOAL := help
PREFIX ?= /usr/local
SECONDS ?= 60

build:   ## the program build/sanad and the library
	@tools/install.sh --for build && tools/build.sh build
demo:    ## install what is missing, build, and ask the demonstration bank about some posts
	@tools/install.sh --for build && tools/build.sh build && python3 tools/demo.py
check:   ## everything: gcc, clang, sanitizers, tests, style, documents; ends in one line of counts
	@tools/check.sh
test:    ## the quick loop: build with gcc, unit and program tests
	@tools/check.sh --quick
asan:    ## unit and program tests under AddressSanitizer and UBSan
	@tools/check.sh --only asan
tsan:    ## unit tests under ThreadSanitizer
	@tools/check.sh --only tsan
fuzz:    ## libFuzzer for SECONDS each: make fuzz [TARGET=json] [SECONDS=60]
	@tools/fuzz.sh "$(SECONDS)" $(TARGET)
bench:   ## measure ours beside the peers and write docs/performance.md
	@tools/install.sh --for bench && tools/build.sh build && tools/bench.py && tools/bench_log.py
soak:    ## long campaigns: every fuzz target for 20 minutes, 1,000 kills and every fault, then ThreadSanitizer ten times
	@tools/fuzz.sh 1200 && tools/build.sh build && SANAD_SOAK=1 meson test -C build --no-rebuild --suite faults --timeout-multiplier 60 && for i in 1 2 3 4 5 6 7 8 9 10; do tools/check.sh --only tsan || exit 1; done
format:  ## clang-format on every C and C++ file
	@tools/format.sh --write
install: ## program, library, header, pages and completions below PREFIX (DESTDIR is obeyed)
	@tools/install.sh --for build && tools/build.sh build -Dprefix="$(PREFIX)" && meson install -C build --no-rebuild && { [ -n "$(DESTDIR)" ] || [ "$$(id -u)" -ne 0 ] || ldconfig; }
clean:   ## remove all build folders
	@rm -rf build build-*
help:    ## this list
	@sed -n 's/^\([a-z]*\): *## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done
