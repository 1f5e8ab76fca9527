"""Writes docs/scenarios.md: each question of docs/scenarios.yaml with every edition's own answer.

Run it as ``make scenarios`` after a rule or an edition has changed; a test says when the page is out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quotary.cli.calls import find_call, new_message, short_forms
from quotary.cli.connection import connect
from quotary.messages import from_plain, to_plain
from quotary.source import parse, plain

DOCS = Path(__file__).parents[1] / "docs"
EDITIONS = ("2021", "2023", "2024", "2026")
HEAD = """# One question, each edition's answer

Made by `make scenarios` from [scenarios.yaml](scenarios.yaml), whose requests can be put to a server as they are. An
answer that is not granted names its reason; what the edition still decides stands beside it. Where a question asks of
one part of an answer (one way to pay, say), the cell tells that part's outcome.

| question | 2021 | 2023 | 2024 | 2026 |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    scenarios = plain(parse((DOCS / "scenarios.yaml").read_text("utf-8"), "scenarios.yaml"))
    with connect(None) as client:
        return HEAD + "".join(f"{row}\n" for row in _rows(client, scenarios))


def _rows(client: Any, scenarios: list[dict[str, Any]]) -> Iterator[str]:
    for scenario in scenarios:
        stub, method = find_call(scenario["call"])
        cells = []
        for edition in EDITIONS:
            request = from_plain({**scenario["request"], "edition": edition}, new_message(method.input_type.full_name))
            response = getattr(getattr(client, stub), method.name)(request)
            cells.append(_cell(to_plain(response), scenario.get("of", "answer"), scenario.get("show", [])))
        yield f"| {scenario['question']} | {' | '.join(cells)} |"


def _cell(response: dict[str, Any], of: str, show: list[str]) -> str:
    """What answers the question: the outcome and the reasons of the whole, or of the part that it asks of."""
    answer = _at(response, of)
    if answer is None:
        answer = response["answer"]
    outcome = answer["outcome"].removeprefix("OUTCOME_").replace("_", " ").lower()
    reasons = [each["code"] for each in answer.get("reasons", []) if each["outcome"] != "OUTCOME_GRANTED"]
    parts = [f"**{outcome}**", *(f"`{each}`" for each in dict.fromkeys(reasons))]
    for path in show:
        value = _at(response, path)
        if value is not None:
            name = path.replace("_", " ").split(".")[-1].split("[")[0]
            parts.append(f"{name} {_text(value)}")
    return "<br>".join(parts)


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        name, key, wanted = re.fullmatch(r"(\w+)(?:\[(\w+)=(\w+)\])?", step).groups()  # type: ignore[union-attr]
        value = value.get(name) if isinstance(value, dict) else None
        if key is not None and value is not None:
            value = next((each for each in value if each.get(key) == wanted), None)
    return value


def _text(value: Any) -> str:
    short = short_forms(value)
    if isinstance(short, bool):
        return "yes" if short else "no"
    enum = re.fullmatch(r"(?:OUTCOME|SOURCE_EXTENT|EXPORT_EXCEPTION)_(\w+)", str(short))
    return enum[1].replace("_", " ").lower() if enum else str(short)


if __name__ == "__main__":
    (DOCS / "scenarios.md").write_text(page(), "utf-8")
    sys.stdout.write("docs/scenarios.md is written\n")
