"""A run told: on the screen, as JUnit XML, as JSON, and as one page of HTML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO
from xml.etree import ElementTree

from quotary_conformance import told
from quotary_conformance.knowledge import Knowledge
from quotary_conformance.running import Report, Result, Verdict
from quotary_conformance.targets import Target


def show(report: Report, target: Target, knowledge: Knowledge, out: TextIO, *, most: int = 50) -> None:
    """What is not as it should be, at most so much whole, then a table by area, then one line for all."""
    wrong = [each for each in report.results if not each.is_as_it_should_be]
    for result in wrong[:most]:
        print(*_told(told.result(result, target, knowledge)), sep="\n", file=out)
    for result in wrong[most:]:
        print(f"{result.vector.name}: {result.verdict}", file=out)
    print(*_table(report), sep="\n", file=out)
    for ruling, readings in report.mixed_readings().items():
        print(f"note: {ruling} is read in more than one way: {', '.join(sorted(readings))}", file=out)
    if report.ended_early:
        print(f"ended early: {report.ended_early}", file=out)
    kit = told.kit()
    print(f"quotary-conformance {kit['version']}, content {kit['content'][:12]}", file=out)
    print(f"{report.target}: {summary(report)}", file=out)


def words(result: Result, knowledge: Knowledge) -> list[str]:
    """One result that is not as it should be, line by line."""
    return list(_told(told.result(result, None, knowledge)))


def summary(report: Report) -> str:
    """One line for all."""
    named = {
        "not offered": report.count(Verdict.UNSUPPORTED) + report.count(Verdict.UNSUPPORTED, known=True),
        "out of scope": report.out_of_scope,
        "left out": report.left_out,
        "not asked": report.not_asked,
    }
    judged = len(report.results) - named["not offered"]
    rest = "".join(f", {count} {name}" for name, count in named.items() if count)
    return f"{report.count(Verdict.AGREED)} of {judged} vectors agreed{rest}"


def _told(one: dict[str, Any]) -> Iterator[str]:
    if one["verdict"] == Verdict.AGREED:
        yield f"{one['name']}: agreed, although it is known to fail ({one['known']})"
        return
    yield f"{one['name']}: {one['verdict']}"
    if one["title"]:
        yield f"    {one['title']}"
    for each in one["differences"]:
        yield f"    {each['path'] or 'answer'}: expected {each['expected']}, got {each['got']}"
    for each in one["broken"]:
        yield f"    {each['path'] or 'answer'}: {each['said']} (invariant {each['invariant']})"
    if one["verdict"] == Verdict.MISSING:
        return
    for line in one["working"].splitlines():
        yield f"    | {line}"
    for each in one["passages"]:
        yield f"    passage {each['passage']}{_about(each['heading'])}"
    for kind in ("rules", "rulings"):
        for each in one[kind]:
            yield f"    {kind.removesuffix('s')} {each['id']}{_about(each.get('statement') or each.get('title'))}"
    yield f"    {one['grpcurl']}"
    yield f"    {one['buf_curl']}"


def _about(words: str | None) -> str:
    return f": {words}" if words else ""


def _table(report: Report) -> Iterator[str]:
    areas = sorted({each.vector.area for each in report.results})
    rows: list[tuple[str, ...]] = [("area", *told.COLUMNS)]
    rows += [(a, *map(str, told.counts([each for each in report.results if each.vector.area == a]))) for a in areas]
    if len(areas) > 1:
        rows.append(("all", *map(str, told.counts(report.results))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def write_json(report: Report, target: Target, knowledge: Knowledge, path: Path) -> None:
    """The whole run as JSON."""
    path.write_text(json.dumps(told.report(report, target, knowledge), indent=1, ensure_ascii=False) + "\n", "utf-8")


def write_junit(report: Report, target: Target, knowledge: Knowledge, path: Path) -> None:
    """One suite a topic, one case a vector."""
    root = ElementTree.Element("testsuites", name="quotary conformance")
    properties = ElementTree.SubElement(root, "properties")
    for name, value in told.kit().items():
        ElementTree.SubElement(properties, "property", name=f"kit.{name}", value=value)
    for topic in sorted({result.vector.topic for result in report.results}):
        here = [result for result in report.results if result.vector.topic == topic]
        suite = ElementTree.SubElement(root, "testsuite", name=topic, tests=str(len(here)))
        found = {"failure": 0, "error": 0, "skipped": 0}
        for result in here:
            case = ElementTree.SubElement(suite, "testcase", classname=topic, name=result.vector.id)
            kind, message = _junit_kind(result, report.require)
            if kind:
                found[kind] += 1
                whole = told.result(result, target, knowledge) if kind != "skipped" else None
                ElementTree.SubElement(case, kind, message=message).text = "\n".join(_told(whole)) if whole else ""
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(name, str(found[kind]))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _junit_kind(result: Result, require: bool) -> tuple[str, str]:
    if result.verdict is Verdict.UNSUPPORTED:
        return ("failure" if require else "skipped"), "not offered"
    if result.verdict is Verdict.MISSING:
        return "error", "missing"
    if not result.is_as_it_should_be:
        return "failure", "agreed, although it is known to fail" if result.known else "disagreed"
    return ("skipped", f"known to fail: {result.known}") if result.known else ("", "")


def known_failing(results: Iterable[Result]) -> str:
    """A list for ``--known-failing`` of what fails now, each line with what is wrong first."""
    failing = [each for each in results if each.verdict is Verdict.DISAGREED]
    return "".join(f"{each.vector.name} # {each.known or each.faults()[0]}\n".replace("\r", " ") for each in failing)
