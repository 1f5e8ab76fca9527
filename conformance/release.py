"""Makes the release of the yardstick, in dist/kit and in a wheel in dist: ``python conformance/release.py``.

The kit knows nothing of the rule book; what its reports say of rules, passages and rulings is written out here. The
same tree gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format

from quotary_conformance import __version__, data, schemas, strict_yaml
from quotary_conformance.contract import call_of, calls, message_class
from quotary_conformance.forms import to_matcher
from quotary_conformance.knowledge import Knowledge, knowledge_from
from quotary_conformance.lines import bodies
from quotary_conformance.vectors import Vector, load
from quotary_server.web import openapi
from quotary_spec import rules
from quotary_spec.register.editions import DOCUMENT, EDITION
from quotary_spec.register.headings import HEADINGS
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.register.products import PRODUCT
from quotary_spec.register.reasons import REASON
from quotary_spec.register.rulings import RULING
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rule import RuleInfo, registered_rules

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def rule_book() -> dict[str, Any]:
    """Editions, documents, rules, what figures rest on, rulings and headings."""
    rules.load()
    return {
        "editions": [{"id": each.id, "documents": list(each.documents)} for each in EDITION.values()],
        "documents": [{"id": each.id, "title": each.title, "lines": each.lines} for each in DOCUMENT.values()],
        "rules": [_rule(id, rule.info) for id, rule in sorted(registered_rules().items())],
        "figures": [
            {"key": key, "edition": edition, "passages": list(map(str, row.passages)), "rulings": list(row.rulings)}
            for edition, rows in PARAMETERS.items()
            for key, row in sorted(rows.items())
        ],
        "rulings": [_ruling(each) for each in RULING.values()],
        "headings": sorted(
            ({"document": each.at.document, "line": each.at.first, "title": each.title} for each in HEADINGS),
            key=lambda each: (each["document"], each["line"]),
        ),
    }


def _rule(id: str, info: RuleInfo) -> dict[str, Any]:
    return {
        "id": id,
        "area": info.area,
        "editions": list(info.editions),
        "statement": info.statement,
        "reading": info.reading,
        "passages": [str(passage) for passage in info.passages],
        "rulings": list(info.rulings),
    }


def _ruling(ruling: Any) -> dict[str, Any]:
    return {
        "id": ruling.id,
        "title": ruling.title,
        "text": ruling.text,
        "contested": ruling.contested,
        "readings": [{"id": each.id, "text": each.text} for each in ruling.readings],
    }


def reasons() -> dict[str, Any]:
    """The catalogue of reasons; outcome ERROR marks a fault of a request."""
    return {
        "reasons": [
            {"code": each.code, "outcome": each.outcome, "text": each.text, "remedy": each.remedy}
            for _, each in sorted(REASON.items())
        ]
    }


def products() -> dict[str, Any]:
    """The products, with the names and platforms they go by."""
    return {
        "products": [
            {
                "id": each.id,
                "name": each.name,
                "aliases": list(each.aliases),
                "platforms": list(each.platforms),
                "plans": list(each.plans),
                "kind": each.kind,
                "cites": [str(passage) for passage in each.cites],
            }
            for each in PRODUCT.values()
        ]
    }


def knowledge() -> Knowledge:
    """What the kit will know, made of the rule book itself."""
    return knowledge_from(rule_book(), reasons())


@contextmanager
def reference() -> Iterator[grpc.Channel]:
    """A channel to the reference server with its embedded defaults."""
    from quotary_server.app import start
    from quotary_server.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/quotary.db"
        running = start(Settings(port=0, grace_seconds=0, log_level="error", store_url=url))
        try:
            with grpc.insecure_channel(running.address) as channel:
                yield channel
        finally:
            running.stop()


def named_rules(vectors: list[Vector], channel: grpc.Channel) -> Mapping[str, frozenset[str]]:
    """The rules that the reference names in its answer to each vector."""
    found: dict[str, frozenset[str]] = {}
    for vector in vectors:
        call = call_of(vector)
        if vector.error is None and "answer" in call.response.fields_by_name:
            answers: list[Any] = call.send(channel, call.requests(vector), timeout=30)
            found[vector.id] = frozenset(id for each in answers for id in each.answer.rule_ids)
    return found


def vector_rows(vectors: list[Vector], knows: Knowledge, named: Mapping[str, frozenset[str]]) -> list[dict[str, Any]]:
    """The vectors, written out; some ask for the whole trace, so that it shows each rule once in each edition."""
    rows, seen = [], set[tuple[str, str]]()
    for vector in vectors:
        names = named.get(vector.id, frozenset())
        unseen = {(vector.edition, id) for id in names} - seen
        if unseen and not vector.view and "view" in call_of(vector).request.fields_by_name:
            vector = replace(vector, view="VIEW_FULL")
        if vector.view == "VIEW_FULL":
            seen |= unseen
        rows.append(_row(vector, knows, names))
    return rows


def _row(vector: Vector, knows: Knowledge, named: frozenset[str]) -> dict[str, Any]:
    call, requests = call_of(vector), bodies(vector)

    def matcher(expect: Any) -> Any:
        if call.streams_responses:
            return [to_matcher(each, call.response) for each in expect]
        return to_matcher(expect, call.response)

    row: dict[str, Any] = {
        "id": vector.id,
        "topic": vector.topic,
        "call": vector.call,
        "edition": vector.edition,
        "level": str(vector.level),
        "title": vector.title,
        "cites": [{"passage": each, "heading": knows.heading(each)} for each in vector.cites],
        "working": vector.working,
        "rules": [
            {"id": id, "statement": knows.statement(id), "named": id in named} for id in _rules(vector, knows, named)
        ],
        "rulings": [
            {"id": id, "title": knows.rulings.get(id, {}).get("title", "")} for id in dict.fromkeys(vector.rulings)
        ],
        "uses": list(vector.uses),
        "view": vector.view,
        "request": requests if call.streams_requests else requests[0],
        "readings": [
            {"ruling": each.ruling, "id": each.id, "expect": matcher(each.expect)} for each in vector.readings
        ],
    }
    if vector.expect is not None:
        row["expect"] = matcher(vector.expect)
    if vector.error is not None:
        row["error"] = dict(vector.error)
    return row


def _rules(vector: Vector, knows: Knowledge, named: frozenset[str]) -> list[str]:
    """The rules that rest on what a vector cites; where none of them answers, the one that does, if it is alone."""
    resting = knows.resting_on(vector.cites, vector.edition)
    return resting if named & set(resting) or len(named) != 1 else [*resting, *named]


def matcher_cases() -> dict[str, Any]:
    """What a matcher must and must not accept, each case with an answer in proto3 JSON and an expectation."""
    cases = []
    for group in strict_yaml.load((HERE / "matcher-cases.yaml").read_text("utf-8"))["answers"]:
        descriptor = calls()[group["call"]].response
        message = message_class(descriptor.full_name)()
        json_format.ParseDict(group["answer"], message)
        answer = json_format.MessageToDict(message, preserving_proto_field_name=True)
        for accepted in (True, False):
            for expect in group["accepts" if accepted else "refuses"]:
                cases.append(
                    {
                        "message": descriptor.full_name,
                        "answer": answer,
                        "expect": to_matcher(expect, descriptor),
                        "accepts": accepted,
                    }
                )
    return {"cases": cases}


def artefact(vectors: list[Vector], named: Mapping[str, frozenset[str]]) -> dict[str, bytes]:
    """The files of the release, by name; the manifest names all others."""
    book, catalogue = rule_book(), reasons()
    rows = vector_rows(vectors, knowledge_from(book, catalogue), named)
    cases = matcher_cases()
    written: dict[str, bytes] = {
        data.VECTORS: _json({"vectors": rows}),
        data.DESCRIPTORS: data.descriptors(),
        data.RULE_BOOK: _json(book),
        data.REASONS: _json(catalogue),
        "vocabulary.json": _json({name: dict(words) for name, words in VOCABULARY.items()}),
        "products.json": _json(products()),
        data.MATCHER_CASES: _json(cases),
        "vectors.schema.json": _json(schemas.of_vectors()),
        "requests.schema.json": _json(schemas.of_all_requests()),
        "openapi.json": _json(openapi.described()),
    }
    manifest = {
        "version": __version__,
        "content": data.content(),
        "counts": {
            "vectors": len(rows),
            "calls": len({row["call"] for row in rows}),
            "rules": len(book["rules"]),
            "rulings": len(book["rulings"]),
            "reasons": len(catalogue["reasons"]),
            "products": len(PRODUCT),
            "matcher_cases": len(cases["cases"]),
        },
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(written.items())},
    }
    return written | {data.MANIFEST: _json(manifest)}


def _json(value: Any) -> bytes:
    # Keys are sorted, since the entries of a map come in any order.
    return (json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n").encode()


def make(folder: Path) -> None:
    """Write the artefact into a folder, which is emptied first."""
    vectors = load()
    with reference() as channel:
        named = named_rules(vectors, channel)
    written = artefact(vectors, named)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in written.items():
        (folder / name).write_bytes(content)


def make_wheel(made: Path, target: Path) -> None:
    """Build the kit's wheel, with the artefact inside."""
    with tempfile.TemporaryDirectory() as scratch:
        stage = Path(scratch)
        for name in ("pyproject.toml", "README.md"):
            shutil.copy(HERE / name, stage)
        shutil.copy(ROOT / "LICENSE", stage)
        package = stage / "quotary_conformance"
        shutil.copytree(HERE / "quotary_conformance", package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(HERE / "formats", package / "formats")
        shutil.copytree(made, package / "data")
        for old in target.glob("quotary_conformance-*.whl"):
            old.unlink()
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target.resolve())]
        # A fixed moment, so that the same tree gives the same wheel.
        subprocess.run(command, cwd=stage, check=True, env=os.environ | {"SOURCE_DATE_EPOCH": "1767225600"})


if __name__ == "__main__":
    make(ROOT / "dist" / "kit")
    make_wheel(ROOT / "dist" / "kit", ROOT / "dist")
