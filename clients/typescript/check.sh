#!/usr/bin/env bash
# check.sh TARGET KIT: everything that holds of this client, against a server with --test-faults and a folder of the kit.
set -euo pipefail
cd "$(dirname "$0")"
export QUOTARY_TARGET=$1 QUOTARY_KIT=$2 QUOTARY=$(cd ../.. && pwd) NO_COLOR=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo "== the packages that it is built with"
cmp -s package-lock.json node_modules/checked-lock.json || {
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/checked-lock.json
}
if grep -n '"resolved"' package-lock.json | head -3 | grep .; then
  echo "package-lock.json names a registry: run npm install in clients/typescript" >&2
  exit 1
fi

echo "== build, layout, lint"
npm run --silent build
grep -q '^export const VERSION = "'"$(node -p 'require("./package.json").version')"'";$' src/shared.ts ||
  { echo "VERSION of src/shared.ts is not that of package.json" >&2; exit 1; }
npm run --silent lint

echo "== tests, faults and every vector"
npx vitest run >"$log" 2>&1 || { tail -200 "$log"; exit 1; }
if grep -E '^ *↓|skipped' "$log"; then exit 1; fi
grep -E '^ *(Test Files|Tests) ' "$log"

echo "== the page: packed, installed in an empty folder, and the example"
python3 ../run_page.py ../../docs/clients/typescript.md

sed -n 's/^vectors: \([0-9]*\) of \1 agreed, 0 not offered$/vectors: \1 of \1/p' "$log"
