# SPDX-License-Identifier: GPL-3.0-or-later
# The short way to everything; the work is CMake's (see CMakePresets.json) and the scripts' that are called here.
# Each target does the set-up that it needs and is safe to repeat.
.DEFAULT_GOAL := help
.PHONY: help run test bench test-asan test-tsan fuzz format tidy install dependencies test-dependencies
JOBS ?= $(shell nproc)
RELEASE := build/release

help: ## shows this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: dependencies $(RELEASE)/build.ninja ## installs what is missing, builds, and starts the window, or without a display sets up the starter environment
	@echo "Building the programs (nothing to do when they are current)"
	@cmake --build --preset release --parallel $(JOBS) --target kernelyard kernelyardctl
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	    echo "Starting the window"; exec $(RELEASE)/app/kernelyard; \
	else \
	    echo "No display here: setting up the starter environment"; exec $(RELEASE)/app/kernelyardctl setup starter; \
	fi

test: test-dependencies $(RELEASE)/build.ninja ## as run, then all tests, real engines included; ends with the counts
	@echo "Building everything"
	@cmake --build --preset release --parallel $(JOBS)
	@tests/run release

bench: test-dependencies $(RELEASE)/build.ninja ## the timed comparisons of tests/bench
	@cmake --build --preset release --parallel $(JOBS)
	@cmake --build --preset release --target bench

test-asan: test-dependencies ## the tests without engines under the address and undefined-behaviour sanitizers
	@cmake --preset asan
	@cmake --build --preset asan --parallel $(JOBS)
	@tests/run asan --label-exclude system

test-tsan: test-dependencies ## the tests without engines under the thread sanitizer
	@cmake --preset tsan
	@cmake --build --preset tsan --parallel $(JOBS)
	@tests/run tsan --label-exclude system

fuzz: test-dependencies ## fuzzes every parser with clang, each for SECONDS=60; SECONDS=brief for a few fixed inputs
	-@installer/dependencies --for fuzz
	@tests/fuzz/run $(or $(SECONDS),60) || [ $$? -eq 77 ]

format: ## formats every source with clang-format
	@installer/dependencies --for style
	@git ls-files '*.h' '*.cpp' '*.cuh' '*.cu' | xargs clang-format -i

tidy: test-dependencies ## runs clang-tidy over every source; FILES="a.cpp b.cpp" for some
	@installer/dependencies --for style
	@tests/tidy $(FILES)

install: $(RELEASE)/build.ninja ## installs under the prefix that CMake was configured with (default /usr/local)
	@cmake --build --preset release --parallel $(JOBS) --target kernelyard kernelyardctl
	@cmake --install $(RELEASE)

dependencies:
	@installer/dependencies

test-dependencies:
	@installer/dependencies --for build,run,test

# Ninja configures again by itself when a CMake list changes.
$(RELEASE)/build.ninja: | dependencies
	@echo "Configuring the release build"
	@cmake --preset release
