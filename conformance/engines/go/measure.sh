#!/usr/bin/env bash
# Builds the engine and measures it, from the top of the project: it agrees, in its own tests and as a server; with a wrong rate
# the report says which; and comparison finds what no vector asks, that evidence of another province is taken.
set -euo pipefail
root=$PWD here=$root/conformance/engines/go folder=$(mktemp -d)
kit() { "$root/.venv/bin/python" -m quotary_conformance "$@"; }
reference=
trap '[ -z "$reference" ] || kill "$reference"; rm -rf "$folder"' EXIT

cd "$here"
test -z "$(gofmt -l .)"
go vet .
QUOTARY_KIT=$root/dist/kit go test -count=1 .
go build -o engine .
cd "$root"

echo "== the engine agrees"
kit run --exec "$here/engine -port {port}" --run "tax/canada/**" --require

echo "== a wrong rate: the report says which"
status=0
kit run --exec "$here/engine -qst 0.0995 -port {port}" --run "tax/canada/**" --html "$folder/red.html" >"$folder/red" || status=$?
test "$status" = 1
grep -q "rate: expected 0.09975, got 0.0995$" "$folder/red"
grep -q "QST is 9.975 %" "$folder/red"
grep -q "TAX-CA-QST" "$folder/red.html"
sed -n 1,12p "$folder/red"

echo "== beside the reference: what no vector asks"
port=$("$root/.venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$root/.venv/bin/quotary" serve --port "$port" --store-url "sqlite:///$folder/quotary.db" >"$folder/log" 2>&1 &
reference=$!
status=0
kit compare --exec "$here/engine -port {port}" --with "127.0.0.1:$port" --run "tax/canada/**" --wait 60 \
  --only answer.outcome --only tax_total --only total --count 6000 --write "$folder/vectors" >"$folder/compared" || status=$?
test "$status" = 1
grep -B3 -A8 "evidence: \[{kind: exemption_certificate, region_code" "$folder/compared" | head -20
