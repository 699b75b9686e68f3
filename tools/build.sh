#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Configures a build folder when its options changed, and builds it.
#
#   tools/build.sh FOLDER [meson option …]
set -eu
cd "$(dirname "$0")/.."
folder=$1
shift
# What the description looks for by itself stands in the list, so that it looks again: folders, fuzz
# targets, and cmocka, without which there are no tests.
found=$(ls src/*/meson.build tests/*/meson.build fuzz/*.c 2>/dev/null | cksum)
options="$* cmocka=$(pkg-config --exists cmocka && echo yes || echo no) found=$found"
if [ ! -f "$folder/build.ninja" ] || [ "$options" != "$(cat "$folder/.options" 2>/dev/null)" ]; then
    mkdir -p "$folder"
    again=''
    [ -f "$folder/build.ninja" ] && again=--reconfigure
    if ! meson setup $again "$folder" "$@" >"$folder/setup.log" 2>&1; then
        cat "$folder/setup.log" >&2
        echo "build: meson could not configure $folder" >&2
        exit 1
    fi
    echo "$options" >"$folder/.options"
fi
[ -x "$folder/sanad" ] || echo "Building in $folder/; the first time takes about a minute."
# Ninja is quiet when nothing goes wrong, and shows its progress to a person.
if [ -t 1 ]; then exec ninja -C "$folder"; fi
exec ninja --quiet -C "$folder"
