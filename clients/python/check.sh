#!/usr/bin/env bash
# check.sh TARGET KIT: everything that holds of this client, against a server with --test-faults and a folder of the kit.
# It is installed alone, in an environment of its own: neither server nor rule book are there.
set -euo pipefail
cd "$(dirname "$0")"
export QUOTARY_TARGET=$1 QUOTARY=$(cd ../.. && pwd)
kit=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
project=$QUOTARY/.venv/bin

echo "== layout and types"
"$project/ruff" check --quiet . && "$project/ruff" format --check --quiet .

echo "== built and installed alone"
"$project/python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check . "mypy>=2,<3" "types-grpcio" "types-protobuf" "pytest>=9,<10" \
  "$kit"/../quotary_conformance-*.whl
"$folder/venv/bin/python" -I - <<'CHECK'
import importlib.util

for name in ("quotary_server", "quotary_spec", "quotary.cli", "sqlalchemy", "typer"):
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        found = None
    assert found is None, f"{name} came along"
CHECK
cp -r examples "$folder/examples"
(cd "$folder" && venv/bin/mypy --strict --follow-untyped-imports --ignore-missing-imports examples)

echo "== the example"
"$folder/venv/bin/python" examples/turkey.py >"$folder/receipt" 2>"$folder/log"
"$folder/venv/bin/python" -c \
  'import json; print(json.load(open("../helper-cases.json"))["priced"][0]["receipt"], end="")' | diff - "$folder/receipt"
grep -q '^wrong: order.lines\[0\].product.id: ' "$folder/log"
grep -q '^REFUSED ' "$folder/log"

echo "== tests, faults and every vector"
mkdir -p "$folder/clients/python"
cp ../helper-cases.json "$folder/clients"
cp -r tests "$folder/clients/python"
(cd "$folder" && venv/bin/pytest -q -p no:cacheprovider --import-mode=importlib --junit-xml=junit.xml clients/python/tests) >"$folder/log" 2>&1 ||
  { tail -60 "$folder/log"; exit 1; }
tail -1 "$folder/log"

echo "== the page"
"$folder/venv/bin/python" ../run_page.py "$QUOTARY/docs/clients/python.md"

"$folder/venv/bin/python" - "$folder/junit.xml" "$kit" <<'COUNT'
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

cases = [each for each in ElementTree.parse(sys.argv[1]).iter("testcase") if each.get("name", "").startswith("test_vector[")]
agreed = sum(not len(each) for each in cases)
print(f"vectors: {agreed} of {json.loads(Path(sys.argv[2], 'manifest.json').read_text())['counts']['vectors']}")
COUNT
