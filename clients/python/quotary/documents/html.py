"""A sheet as one HTML file that needs nothing else, and prints on one page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from quotary.documents.sheet import LINE_COLUMNS, Sheet

_STYLE = """
body { font: 11pt/1.4 system-ui, "Noto Sans", "Noto Sans CJK JP", sans-serif; margin: 2cm auto; max-width: 19cm; }
h1 { font-size: 18pt; margin: 0; } h2 { font-size: 11pt; margin: 1.2em 0 .2em; } p { margin: 0; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 2px solid; }
.heads { display: flex; gap: 2cm; margin: 1em 0; } dl { display: grid; grid-template-columns: auto auto; gap: 0 1em; }
dt { color: #555; } dd { margin: 0; } table { border-collapse: collapse; width: 100%; font-size: 9.5pt; }
th { text-align: left; border-bottom: 1px solid; } td, th { padding: .25em .4em; vertical-align: top; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.totals { width: auto; margin-left: auto; } .totals tr:last-child { font-weight: bold; border-top: 1px solid; }
@page { size: A4; margin: 1.5cm; } @media print { body { margin: 0; max-width: none; } }
"""

_FIGURES = {"#", "Quantity", "Unit price", "List", "Discount", "Net"}


def to_html(sheet: Sheet) -> str:
    """The whole file."""
    language = {"JP": "ja", "CN": "zh-Hans", "TW": "zh-Hant", "HK": "zh-Hant", "KR": "ko"}.get(sheet.region)
    names = f' lang="{language}"' if language else ""
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in sheet.facts)
    parties = "".join(
        f"<div{names}><h2>{escape(label)}</h2>{_paragraphs(lines)}</div>" for label, lines in sheet.parties
    )
    notes = "".join(f"<h2>{escape(heading)}</h2>{_paragraphs(lines)}" for heading, lines in sheet.notes)
    rows = "".join(f"<tr>{_cells('td', line)}</tr>" for line in sheet.lines)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(sheet.title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><header><h1>{escape(sheet.title)}</h1>"
        f"<p>{escape(sheet.status)}</p></header>\n"
        f'<div class="heads"><dl>{facts}</dl>{parties}</div>\n'
        f"<table><thead><tr>{_cells('th', LINE_COLUMNS)}</tr></thead><tbody>{rows}</tbody></table>\n"
        f'<table class="totals">{_totals(sheet)}</table>\n{notes}</body></html>\n'
    )


def _cells(tag: str, texts: Iterable[str]) -> str:
    kinds = (' class="figure"' if column in _FIGURES else "" for column in LINE_COLUMNS)
    return "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for kind, text in zip(kinds, texts, strict=True))


def _totals(sheet: Sheet) -> str:
    return "".join(
        f'<tr><td>{escape(label)}</td><td>{escape(basis)}</td><td class="figure">{escape(figure)}</td></tr>'
        for label, basis, figure in sheet.totals
    )


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
