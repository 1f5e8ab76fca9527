#!/usr/bin/env bash
# check.sh TARGET KIT: everything that holds of this client, against a server with --test-faults and a folder of the kit.
set -euo pipefail
cd "$(dirname "$0")"
export QUOTARY_TARGET=$1 QUOTARY_KIT=$2 QUOTARY=$(cd ../.. && pwd) GOFLAGS=-buildvcs=false
folder=$(mktemp -d)
log=$folder/log tests=$folder/tests receipt=$folder/receipt
trap 'rm -rf "$folder"' EXIT
command -v go >/dev/null || { echo "go is not there: install Go 1.26 or newer" >&2; exit 1; }

echo "== layout, vet, build"
test -z "$(gofmt -l .)" || { echo "run gofmt -w . in clients/go" >&2; exit 1; }
go vet ./...
go build ./...
go mod verify >/dev/null
grep -q "^version = \"$(sed -n 's/^const Version = "\(.*\)"/\1/p' quotary/client.go)\"" ../../pyproject.toml ||
  { echo "Version of quotary/client.go is not that of the project" >&2; exit 1; }

echo "== tests, faults and every vector"
go test -count=1 -v ./... >"$tests" 2>&1 || { grep -vE '^ *(=== |--- PASS)' "$tests" | head -200; exit 1; }
if grep -E '^--- SKIP' "$tests"; then exit 1; fi
grep -E '^ok' "$tests"

echo "== the example"
go run ./examples/order >"$receipt" 2>"$log"
python3 -c 'import json; print(json.load(open("../helper-cases.json"))["priced"][0]["receipt"], end="")' | diff - "$receipt"
grep -q '^bad request: order.lines\[0\].product.id: UNKNOWN_PRODUCT: ' "$log"
grep -q '^refusal: REFUSED ' "$log"

echo "== the page"
python3 ../run_page.py ../../docs/clients/go.md

sed -n 's/.*vectors: \([0-9]*\) of \1 agreed, 0 not offered.*/vectors: \1 of \1/p' "$tests"
