#!/usr/bin/env bash
# check.sh TARGET KIT: everything that holds of this client, against a server with --test-faults and a folder of the kit.
set -euo pipefail
cd "$(dirname "$0")"
export QUOTARY_TARGET=$1 QUOTARY_KIT=$2 QUOTARY=$(cd ../.. && pwd)
folder=$(mktemp -d)
log=$folder/log tests=$folder/tests receipt=$folder/receipt
trap 'rm -rf "$folder"' EXIT
for tool in cmake ninja clang-format protoc grpc_cpp_plugin; do
  command -v $tool >/dev/null || { echo "$tool is not there: docs/clients/cpp.md names the packages" >&2; exit 1; }
done

echo "== layout, build"
clang-format --dry-run --Werror include/quotary/*.hpp src/*.hpp src/*.cpp tests/*.cpp examples/*.cpp
cmake -S . -B build -G Ninja -DCMAKE_CXX_FLAGS=-O0 >"$log" || { cat "$log"; exit 1; }
ninja -C build >"$log" || { tail -60 "$log"; exit 1; }

echo "== tests, faults and every vector"
build/quotary_tests >"$tests" || { cat "$tests"; exit 1; }
if grep -q SKIPPED "$tests"; then cat "$tests"; exit 1; fi
tail -1 "$tests"
build/quotary_vectors --gtest_brief=1 >"$tests" 2>&1 || { head -200 "$tests"; exit 1; }

echo "== the example"
build/order >"$receipt" 2>"$log"
python3 -c 'import json; print(json.load(open("../helper-cases.json"))["priced"][0]["receipt"], end="")' | diff - "$receipt"
grep -q '^bad request: order.lines\[0\].product.id: UNKNOWN_PRODUCT: ' "$log"
grep -q '^refusal: REFUSED ' "$log"

echo "== installed, and the page"
PREFIX=$folder/prefix
export PREFIX CXXFLAGS=-O0
cmake --install build --prefix "$PREFIX" >/dev/null
python3 ../run_page.py ../../docs/clients/cpp.md

sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\.$/vectors: \1 of \1/p' "$tests"
