#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs from Debian what is missing for one purpose, and does nothing when all is there.
#
#   tools/install.sh [--for build|check|bench]
#
# A thing counts as present when its package is installed or when its probe succeeds, so a compiler
# or a Meson from elsewhere is left alone. Says what it installs and why before it does. Ends with
# one sentence on stderr and exit code 1 when it cannot.
set -eu

purpose=build
while [ $# -gt 0 ]; do
    case $1 in
    --for) purpose=${2:-}; shift 2 || shift ;;
    --for=*) purpose=${1#--for=}; shift ;;
    *) purpose=; shift ;;
    esac
done
case $purpose in
build) wanted=' build ' ;;
check) wanted=' build check ' ;;
bench) wanted=' build bench ' ;;
*) echo "install: usage: tools/install.sh [--for build|check|bench]" >&2; exit 2 ;;
esac

fail() { echo "install: $*" >&2; exit 1; }

# purpose  package             probe                                        what for
packages() {
    cat <<'TABLE'
build gcc                has_program gcc                              C compiler
build g++                has_program g++                              C++ compiler for the shim files around C++ libraries
build meson              has_program meson                            build description
build ninja-build        has_program ninja                            build runner
build pkg-config         has_program pkg-config                       finds the libraries
build python3            has_python                                   generators of tables, tests of the program
build libicu-dev         has_library icu-i18n                         Unicode: normalisation, case, word boundaries, IDNA
build libsimdjson-dev    has_library simdjson                         JSON parser
build libcld2-dev        has_header cld2/public/compact_lang_det.h    language detection
build libpsl-dev         has_library libpsl                           public suffix list
build libstemmer-dev     has_header libstemmer.h                      word stems
build libssl-dev         has_library libcrypto                        SHA-256
build libsodium-dev      has_library libsodium                        Ed25519 signatures, random bytes
build libevent-dev       has_library libevent_core                    event loop of the HTTP server
build libcurl4-openssl-dev has_library libcurl                        HTTP client
build libsqlite3-dev     has_library sqlite3                          tables of records
build scdoc              has_program scdoc                            manual page
check clang-14           has_program clang-14                         second compiler, sanitizers, fuzzing
check libclang-rt-14-dev has_runtime fuzzer                           run-time of the sanitizers and of libFuzzer
check clang-format-14    has_program clang-format-14                  layout of the sources
check libcmocka-dev      has_library cmocka                           unit tests
check openssl            has_program openssl                          certificate for the tests of TLS
bench python3-venv       has_venv                                     a place of its own for the peers we measure against
TABLE
}

# Probes read no input: the loop below feeds the table through stdin.
has_program() { command -v "$1" >/dev/null 2>&1; }
has_library() { has_program pkg-config && pkg-config --exists "$1" >/dev/null 2>&1; }
has_header() { has_program gcc && echo "#include <$1>" | gcc -E -x c++ - >/dev/null 2>&1; }
has_python() { has_program python3 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_venv() { has_program python3 && python3 -c 'import venv, ensurepip' >/dev/null 2>&1; }
has_runtime() { ls /usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt."$1"-*.a >/dev/null 2>&1; }
has_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

missing='' list=''
while read -r for package probe argument why; do
    case $wanted in *" $for "*) ;; *) continue ;; esac
    # has_python and has_venv take no argument: what follows is the reason already.
    case $probe in has_python | has_venv) why="$argument $why" argument='' ;; esac
    if has_package "$package" </dev/null || "$probe" $argument </dev/null; then continue; fi
    missing="$missing $package"
    list="$list
  $package: $why"
done <<EOT
$(packages)
EOT
[ -n "$missing" ] || exit 0

has_program apt-get || fail "these Debian packages are missing and there is no apt-get to install them with:$missing"
as_root=''
if [ "$(id -u)" -ne 0 ]; then
    has_program sudo || fail "neither root nor sudo, so these packages cannot be installed:$missing"
    if sudo -n true 2>/dev/null; then as_root='sudo -n'
    elif [ -t 0 ] && [ -t 2 ]; then as_root='sudo'
    else fail "sudo would ask for a password and there is no terminal, so these packages cannot be installed:$missing"; fi
fi

echo "Installing from Debian (apt-get install):$list"
log=$(mktemp) || fail "no place for a temporary file"
trap 'rm -f "$log"' EXIT
# An update that fails (one dead source of several) is no reason to stop: the install decides.
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o DPkg::Lock::Timeout=120"
$apt update >"$log" 2>&1 </dev/null || true
if ! $apt install --no-install-recommends $missing >>"$log" 2>&1 </dev/null; then
    reason=$(grep -m1 '^E: ' "$log" | sed 's/^E: //') || true
    fail "apt-get could not install$missing (${reason:-no reason given}); is there a network and room on the disk?"
fi
echo "Installed:$missing"
