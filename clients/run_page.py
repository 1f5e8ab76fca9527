"""Carries out a page: every fenced block of it, in order, in an empty folder.

- ``sh``: run by bash, which stops at the first command that fails. Folder and exported variables stay for the next.
- ``output``: what the ``sh`` block before it printed, to the letter; a line ``...`` stands for any lines,
  and within a line `` ...`` for the rest of it or what comes before its next word.
- any other language: a file, whose first line is a comment that names it (``// file: main.go``, ``# file: x.py``,
  ``<!-- file: pom.xml -->``). It is written as it stands, in the folder where the commands are.
- ``text``: for the eye alone.

Usage: ``run_page.py PAGE``. The variables of the environment are those of the blocks.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\s*(?://|#|--|;|/\*|<!--)\s*file:\s*(\S+)")
# Run by bash: what one block leaves, folder and variables, is what the next starts with.
_SHELL = """
source "$PAGE_STATE"
set -euo pipefail
source "$PAGE_BLOCK"
{ export -p; printf "cd %q\\n" "$PWD"; } >"$PAGE_STATE"
"""


def _line(text: str) -> str:
    return re.escape(text).replace(re.escape(" ..."), " .*?")


class PageError(Exception):
    """A block that cannot be carried out, or that comes out otherwise than the page says."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the line of the page that opens it."""

    language: str
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for match in _FENCE.finditer(page):
        yield Block(match[1], match[2], page.count("\n", 0, match.start()) + 1)


class Folder:
    """A folder in which blocks are carried out, one after the other."""

    def __init__(self, folder: Path, state: Path) -> None:
        """Start in ``folder``; ``state`` is an empty folder beside it."""
        self._state = state / "state"
        self._block = state / "block"
        self._state.write_text(f"cd '{folder}'\n", "utf-8")
        self._printed: str | None = None

    def carry_out(self, block: Block) -> None:
        """Carry out one block.

        Raises:
            PageError: a command failed, what was printed differs, or the block is none of the known kinds.
        """
        if block.language == "sh":
            self._printed = self._run(block.text)
        elif block.language == "output":
            self._compare(block.text)
        elif block.language != "text":
            self._write(block.text)

    def _run(self, text: str) -> str:
        self._block.write_text(text, "utf-8")
        variables = os.environ | {"PAGE_STATE": str(self._state), "PAGE_BLOCK": str(self._block)}
        done = subprocess.run(
            ["bash", "-c", _SHELL], env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PageError(f"exit status {done.returncode}\n{done.stdout}{done.stderr}".rstrip())
        return done.stdout

    def _compare(self, text: str) -> None:
        if self._printed is None:
            raise PageError("no sh block stands before this output")
        lines = [r"(?:.*\n)*?" if each == "...\n" else _line(each) for each in text.splitlines(True)]
        if re.fullmatch("".join(lines), self._printed) is None:
            raise PageError(f"printed was\n{self._printed}")

    def _write(self, text: str) -> None:
        named = _FILE.match(text)
        if named is None:
            raise PageError("the first line names no file, as `# file: NAME` does")
        where = self._run("pwd").removesuffix("\n")
        path = Path(where, named[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def carry_out(page: Path) -> int:
    """Carry out every block of a page; returns how many there were.

    Raises:
        PageError: a block failed, or the page has none; says where.
    """
    found = list(blocks(page.read_text("utf-8")))
    if not found:
        raise PageError(f"{page}: no fenced block")
    with tempfile.TemporaryDirectory(prefix="page-") as folder, tempfile.TemporaryDirectory(prefix="page-") as state:
        place = Folder(Path(folder), Path(state))
        for block in found:
            started = time.monotonic()
            try:
                place.carry_out(block)
            except PageError as error:
                raise PageError(f"{page}:{block.line}: {block.language or 'block'}: {error}") from None
            if (took := time.monotonic() - started) > 1:
                print(f"{page}:{block.line}: {took:.0f} s", flush=True)
    return len(found)


def main() -> int:
    """The command."""
    if len(sys.argv) != 2:
        print("usage: run_page.py PAGE", file=sys.stderr)
        return 2
    try:
        done = carry_out(Path(sys.argv[1]))
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{sys.argv[1]}: {done} blocks carried out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
