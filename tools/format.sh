#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds every C and C++ file of the tree to .clang-format; --write changes them instead.
set -eu
cd "$(dirname "$0")/.."
mode='--dry-run --Werror'
[ "${1:-}" = --write ] && mode=-i
if [ -d .git ] || [ -f .git ]; then files=$(git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp')
else files=$(find src include tests fuzz examples -name '*.[ch]' -o -name '*.cpp'); fi
# shellcheck disable=SC2086
for f in $files; do [ -f "$f" ] && echo "$f"; done | xargs clang-format-14 $mode
