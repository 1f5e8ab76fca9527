#!/usr/bin/env bash
# The distribution as users get it: sdist, a wheel made from the sdist, installed in a clean environment outside the tree,
# where every module can be imported, every data file has come along, and the printed order is priced. Then the kit from
# its own wheel: small, quick to start, and of one mind with a server of the distribution.
set -euo pipefail

root=$PWD folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

.venv/bin/hatchling build -t sdist -d "$folder"
.venv/bin/python -m venv "$folder/venv"
cd "$folder"
venv/bin/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir . quotary-*.tar.gz
venv/bin/pip install --quiet --disable-pip-version-check quotary-*.whl
venv/bin/quotary price "$root/examples/turkey.yaml"
venv/bin/pip install --quiet --disable-pip-version-check "$(echo quotary-*.whl)[web]"

venv/bin/python - "$root" <<'CHECK'
import importlib
import pathlib
import pkgutil
import sys

root = pathlib.Path(sys.argv[1])
site = pathlib.Path(importlib.import_module("quotary").__file__).parents[1]
homes = {"spec": "quotary_spec", "server": "quotary_server", "clients/python": "quotary", "conformance": "quotary_conformance"}
for home, name in homes.items():
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        # A command's module runs when imported; migrations are run by alembic.
        if not module.name.endswith("__main__") and "migrations" not in module.name:
            importlib.import_module(module.name)
    for path in sorted((root / home / name).rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not (site / path.relative_to(root / home)).exists():
            sys.exit(f"not in the wheel: {path.relative_to(root)}")
for source, target in {"conformance/vectors": "quotary_conformance/vectors", "proto/quotary": "quotary/proto/quotary"}.items():
    for path in (root / source).rglob("*.*"):
        if not (site / target / path.relative_to(root / source)).exists():
            sys.exit(f"not in the wheel: {path.relative_to(root)}")
CHECK

make --silent -C "$root" kit
"$root/.venv/bin/python" -m venv "$folder/kit"
kit/bin/pip install --quiet --disable-pip-version-check "$root"/dist/quotary_conformance-*.whl
size=$(du -sm kit | cut -f1)
[ "$size" -le 60 ] || { echo "the kit needs $size MB" >&2; exit 1; }
kit/bin/quotary-conformance --version
started=$(date +%s%N)
kit/bin/quotary-conformance --version >/dev/null
took=$((($(date +%s%N) - started) / 1000000))
[ "$took" -lt 1000 ] || { echo "the kit takes $took ms to start" >&2; exit 1; }
kit/bin/quotary-conformance run --wait 60 --exec "venv/bin/quotary serve --port {port} --store-url sqlite:///$folder/quotary.db"
