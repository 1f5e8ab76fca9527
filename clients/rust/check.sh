#!/usr/bin/env bash
# check.sh TARGET KIT: everything that holds of this client, against a server with --test-faults and a folder of the kit.
set -euo pipefail
cd "$(dirname "$0")"
export QUOTARY_TARGET=$1 QUOTARY_KIT=$2 QUOTARY=$(cd ../.. && pwd)
# One folder of builds for the page's own projects too, without symbols.
export CARGO_TARGET_DIR=$PWD/target CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
folder=$(mktemp -d)
log=$folder/log tests=$folder/tests receipt=$folder/receipt
trap 'rm -rf "$folder"' EXIT
command -v cargo >/dev/null || { echo "cargo is not there: install Rust 1.88 or newer" >&2; exit 1; }

echo "== layout, lints, documentation"
cargo fmt --check
cargo clippy --quiet --all-targets --all-features -- --deny warnings

echo "== tests, faults and every vector"
cargo test --quiet --package quotary-client --all-features >"$tests" 2>&1 || { cat "$tests"; exit 1; }
cargo test --quiet --package quotary-conformance --test cases >>"$tests" 2>&1 || { cat "$tests"; exit 1; }
if grep -q skipped: "$tests"; then cat "$tests"; exit 1; fi
grep -E '^test result' "$tests"
cargo test --quiet --package quotary-conformance --test vectors -- --format terse >"$tests" 2>&1 ||
  { grep -v '^\.*$' "$tests" | head -200; exit 1; }

echo "== the example"
cargo run --quiet --example order >"$receipt" 2>"$log"
python3 -c 'import json; print(json.load(open("../helper-cases.json"))["priced"][0]["receipt"], end="")' | diff - "$receipt"
grep -q '^bad request: order.lines\[0\].product.id: UNKNOWN_PRODUCT: ' "$log"
grep -q '^refusal: REFUSED ' "$log"

echo "== the package"
cargo package --quiet --allow-dirty --package quotary-client

echo "== the page"
python3 ../run_page.py ../../docs/clients/rust.md

sed -n 's/^test result: ok. \([0-9]*\) passed; 0 failed; 0 ignored.*/vectors: \1 of \1/p' "$tests"
