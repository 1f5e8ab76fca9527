#!/usr/bin/env bash
# The distribution as users get it: sdist, a wheel made from the sdist, installed in a clean environment outside the tree,
# where every module can be imported, every data file has come along, and the printed order is priced.
set -euo pipefail

root=$PWD folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

.venv/bin/hatchling build -t sdist -d "$folder"
.venv/bin/python -m venv "$folder/venv"
cd "$folder"
venv/bin/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir . quotary-*.tar.gz
venv/bin/pip install --quiet --disable-pip-version-check quotary-*.whl

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

venv/bin/quotary price "$root/examples/turkey.yaml"
