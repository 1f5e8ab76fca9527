"""Makes the generated code that clients commit, and says of which contract it is.

``python clients/stubs.py [LANGUAGE ...]`` runs each client's ``stubs.sh`` from its folder and writes beside it the file
GENERATED, with the sha256 of the contract. ``--check`` runs nothing, and fails where that is another contract's.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def contract_hash() -> str:
    """The sha256 of every file of the contract, by name."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "proto" / "quotary").rglob("*.proto")):
        digest.update(f"{path.relative_to(ROOT / 'proto').as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def committed() -> dict[str, Path]:
    """The folders of the clients whose generated code is committed, by language."""
    return {script.parent.name: script.parent for script in sorted(ROOT.glob("clients/*/stubs.sh"))}


def stale() -> list[str]:
    """The languages whose generated code is of another contract."""
    now = contract_hash()
    marks = {language: folder / "GENERATED" for language, folder in committed().items()}
    return [each for each, mark in marks.items() if not mark.is_file() or mark.read_text("utf-8").strip() != now]


def make(languages: list[str]) -> None:
    """Generate for these languages; none named: for all.

    Raises:
        KeyError: a language is not there, or commits nothing.
        subprocess.CalledProcessError: a generator failed.
    """
    folders = committed()
    for language in languages or folders:
        print(f"stubs: {language}", flush=True)
        subprocess.run(["./stubs.sh"], cwd=folders[language], check=True)
        (folders[language] / "GENERATED").write_text(contract_hash() + "\n", "utf-8")


def main() -> int:
    """The command."""
    if sys.argv[1:] != ["--check"]:
        make(sys.argv[1:])
        return 0
    if found := stale():
        print(f"generated for another contract: {', '.join(found)}; run `make stubs` and commit", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
