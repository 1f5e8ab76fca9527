"""A run as one self-contained page of HTML: a matrix of areas and calls, and what is red open below it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from quotary_conformance import told
from quotary_conformance.knowledge import Knowledge
from quotary_conformance.reporting import summary
from quotary_conformance.running import Report, Result
from quotary_conformance.targets import Target

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;margin:1rem 0}th,td{padding:.25rem .55rem;border:1px solid #ccc;text-align:right}
th{font-weight:600;background:#f4f4f4}th:first-child,td:first-child{text-align:left}
.ok{background:#e3f4e3}.bad{background:#fbdcdc}.part{background:#fdf3d3}.none{color:#999}
details{border:1px solid #ccc;border-radius:4px;margin:.5rem 0;padding:.4rem .8rem}summary{cursor:pointer}
summary b{color:#a40000}pre{background:#f6f6f6;padding:.5rem;overflow-x:auto;white-space:pre-wrap;word-break:break-word}
h1,code,summary,dd{overflow-wrap:anywhere}h1{font-size:1.5rem;line-height:1.25}td+td{white-space:nowrap}
td[colspan]{white-space:normal;text-align:left}.key span{padding:.1rem .5rem;margin-right:.4rem}
@media(max-width:40rem){body{margin:1rem auto;padding:0 .6rem}dd{margin-left:.6rem}}
.wide{overflow-x:auto}dt{font-weight:600;margin-top:.4rem}dd{margin:0 0 0 1.2rem}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}th,pre{background:#222}.ok{background:#173a17}
.bad{background:#4a1717}.part{background:#453a10}th,td,details{border-color:#444}summary b{color:#ff8a8a}}
"""


def write_html(report: Report, target: Target, knowledge: Knowledge, path: Path) -> None:
    """The page; it needs nothing from elsewhere."""
    path.write_text("\n".join(_page(report, target, knowledge)) + "\n", "utf-8")


def _page(report: Report, target: Target, knowledge: Knowledge) -> Iterator[str]:
    kit = told.kit()
    title = f"{report.target}: {summary(report)}"
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<h1>{escape(summary(report))}</h1><p><code>{escape(report.target)}</code></p>"
    yield f"<p>quotary-conformance {escape(kit['version'])}, content <code>{escape(kit['content'])}</code></p>"
    if report.ended_early:
        yield f"<p><b>Ended early:</b> {escape(report.ended_early)}</p>"
    yield from _matrix(report)
    wrong = [each for each in report.results if not each.is_as_it_should_be]
    yield f"<h2>{len(wrong)} not as they should be</h2>" if wrong else "<h2>All as they should be</h2>"
    for each in wrong:
        yield from _one(told.result(each, target, knowledge))


def _matrix(report: Report) -> Iterator[str]:
    areas = sorted({each.vector.area for each in report.results})
    by_cell: dict[tuple[str, str], list[Result]] = {}
    for each in report.results:
        by_cell.setdefault((each.vector.call, each.vector.area), []).append(each)
    yield '<div class="wide"><table><tr><th>agreed of asked</th>'
    yield "".join(f"<th>{escape(area)}</th>" for area in areas) + "</tr>"
    for call in sorted({call for call, _ in by_cell}):
        cells = "".join(_cell(by_cell.get((call, area), [])) for area in areas)
        yield f"<tr><td>{escape(call)}</td>{cells}</tr>"
    yield "</table></div>"
    yield '<p class="key"><span class="ok">all agreed</span><span class="bad">some are not as they should be</span>'
    yield '<span class="part">not offered, or known to fail</span><span class="none">&middot; not asked</span></p>'


def _cell(results: list[Result]) -> str:
    if not results:
        return '<td class="none">&middot;</td>'
    counted = dict(zip(told.COLUMNS, told.counts(results), strict=True))
    wrong = sum(not each.is_as_it_should_be for each in results)
    kind = "bad" if wrong else "part" if counted["agreed"] < len(results) else "ok"
    title = ", ".join(f"{count} {name}" for name, count in counted.items() if count)
    return f'<td class="{kind}" title="{escape(title)}">{counted["agreed"]}/{len(results)}</td>'


def _one(one: dict[str, Any]) -> Iterator[str]:
    yield f'<details open id="{escape(one["id"])}"><summary><b>{escape(one["verdict"])}</b> {escape(one["name"])}'
    yield f" {escape(one['title'])}</summary>"
    if one["differences"] or one["broken"]:
        yield '<div class="wide"><table>'
        yield "<tr><th>field</th><th>expected</th><th>got</th></tr>"
        for each in one["differences"]:
            cells = (each["path"] or "answer", each["expected"], each["got"])
            yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for each in one["broken"]:
            fault = f"{escape(each['said'])} (invariant {escape(each['invariant'])})"
            yield f'<tr><td>{escape(each["path"] or "answer")}</td><td colspan="2">{fault}</td></tr>'
        yield "</table></div>"
    if one["working"]:
        yield f"<pre>{escape(one['working'])}</pre>"
    yield "<dl>"
    for name, key, of in (("Passage", "passage", "passages"), ("Rule", "id", "rules"), ("Ruling", "id", "rulings")):
        for each in one[of]:
            about = each.get("heading") or each.get("statement") or each.get("title") or ""
            yield f"<dt>{name} {escape(each[key])}</dt><dd>{escape(about)}</dd>"
    yield f"</dl><pre>{escape(one['grpcurl'])}\n{escape(one['buf_curl'])}</pre></details>"
