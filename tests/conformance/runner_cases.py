"""Vectors and engines that tests of the runner share."""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from quotary_conformance.command import main
from quotary_conformance.vectors import Level, Vector

GOOD: dict[str, Any] = {
    "id": "one",
    "call": "RulebookService.GetRule",
    "edition": "2026",
    "level": "REQUIRED",
    "cites": ["000:689"],
    "request": {"name": "rules/FEE-RATE"},
    "expect": {"area": "fees"},
}


def write(folder: Path, *rows: object, topic: str = "area/topic") -> Path:
    file = folder / f"{topic}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"vectors": list(rows)}), "utf-8")
    return folder


def vector(**change: Any) -> Vector:
    row = GOOD | change
    return Vector(
        id=row["id"],
        topic="area/topic",
        call=row["call"],
        edition=row["edition"],
        level=Level(row["level"]),
        cites=tuple(row["cites"]),
        request=row["request"],
        expect=row.get("expect"),
        error=row.get("error"),
        readings=(),
        working="",
        title="",
        rulings=(),
        uses=tuple(row.get("uses", ())),
        view=row.get("view", ""),
    )


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    exit_code: int
    output: str


def command(*arguments: str) -> Ended:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        return Ended(main(arguments), said.getvalue())
