"""A run told: on the screen, and as JUnit XML."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table
from rich.text import Text

from quotary_conformance.running import Report, Result, Verdict


def show(report: Report, console: Console, *, differences: bool = True) -> None:
    """The vectors that are not as they should be, then a table by area, then one line for all."""
    for result in report.results:
        if not result.is_as_it_should_be:
            console.print(_headline(result), soft_wrap=True)
            for each in result.differences if differences else ():
                console.print(Text(f"    {each}"), soft_wrap=True)
    console.print(_table(report))
    for ruling, readings in report.mixed_readings().items():
        console.print(Text(f"note: {ruling} is read in more than one way: {', '.join(sorted(readings))}"))
    agreed = report.count(Verdict.AGREED)
    left_out = f", {report.left_out} left out" if report.left_out else ""
    console.print(Text(f"{report.target}: {agreed} of {len(report.results)} vectors agreed{left_out}"), soft_wrap=True)


def _headline(result: Result) -> Text:
    if result.verdict is Verdict.AGREED:
        return Text(f"{result.vector.name}: agreed, although it is known to fail ({result.known})", style="yellow")
    return Text(f"{result.vector.name}: {result.verdict} ({', '.join(result.vector.cites)})", style="red")


def _table(report: Report) -> Table:
    table = Table("area", "agreed", "disagreed", "missing", "known to fail", "agreed though known to fail")
    for column in table.columns[1:]:
        column.justify = "right"
    areas = sorted({result.vector.topic.partition("/")[0] for result in report.results})
    for area in areas:
        here = [result for result in report.results if result.vector.topic.partition("/")[0] == area]
        table.add_row(area, *map(str, _counts(Report("", here))))
    if len(areas) > 1:
        table.add_section()
        table.add_row("all", *map(str, _counts(report)))
    return table


def _counts(report: Report) -> tuple[int, ...]:
    return (
        report.count(Verdict.AGREED),
        report.count(Verdict.DISAGREED),
        report.count(Verdict.MISSING) + report.count(Verdict.MISSING, known=True),
        report.count(Verdict.DISAGREED, known=True),
        report.count(Verdict.AGREED, known=True),
    )


def write_junit(report: Report, path: Path) -> None:
    """One suite a topic, one case a vector."""
    root = ElementTree.Element("testsuites", name="quotary conformance")
    for topic in sorted({result.vector.topic for result in report.results}):
        here = [result for result in report.results if result.vector.topic == topic]
        failures = [each for each in here if not each.is_as_it_should_be and each.verdict is not Verdict.MISSING]
        errors = [each for each in here if each.verdict is Verdict.MISSING]
        skipped = [each for each in here if each.is_as_it_should_be and each.known]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=topic,
            tests=str(len(here)),
            failures=str(len(failures)),
            errors=str(len(errors)),
            skipped=str(len(skipped)),
        )
        for result in here:
            case = ElementTree.SubElement(suite, "testcase", classname=topic, name=result.vector.id)
            text = "\n".join(result.differences)
            if result in failures:
                message = "agreed, although it is known to fail" if result.known else "disagreed"
                ElementTree.SubElement(case, "failure", message=message).text = text
            elif result in errors:
                ElementTree.SubElement(case, "error", message="missing").text = text
            elif result in skipped:
                ElementTree.SubElement(case, "skipped", message=f"known to fail: {result.known}").text = text
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
