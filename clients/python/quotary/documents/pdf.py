"""A sheet as a PDF with searchable text, set by Typst."""

from __future__ import annotations

import importlib.util
import json
import unicodedata
from dataclasses import asdict
from pathlib import Path

import typst

from quotary.documents.sheet import LINE_COLUMNS, Sheet

_TEMPLATE = Path(__file__).with_name("sheet.typ")
_LATIN = "Libertinus Serif"
"""Comes with Typst."""
_CJK_PACKAGE = "noto_cjk_sans_otc"
_CJK = {
    "CN": "Noto Sans CJK SC",
    "SG": "Noto Sans CJK SC",
    "TW": "Noto Sans CJK TC",
    "HK": "Noto Sans CJK HK",
    "KR": "Noto Sans CJK KR",
}
_CJK_USUAL = "Noto Sans CJK JP"
_CJK_NAMES = ("CJK", "Source Han", "IPA", "Hiragino", "Yu Gothic", "PingFang", "WenQuanYi")
"""What the names of other families with these letters have in them."""


class FontMissing(Exception):
    """No font on this machine has the letters of a name."""


def to_pdf(sheet: Sheet) -> bytes:
    """The document.

    Raises:
        FontMissing: the sheet has Chinese, Japanese or Korean text, and there is no font for it.
    """
    folders = _font_folders()
    fonts = [_LATIN]
    data = asdict(sheet)
    if _has_cjk(json.dumps(data, ensure_ascii=False)):
        fonts.append(_cjk_font(sheet.region, folders))
    data |= {"columns": LINE_COLUMNS, "fonts": fonts}
    made = typst.compile(
        _TEMPLATE, format="pdf", sys_inputs={"sheet": json.dumps(data)}, font_paths=folders, root=_TEMPLATE.parent
    )
    assert isinstance(made, bytes)
    return made


def _has_cjk(text: str) -> bool:
    return any(unicodedata.east_asian_width(each) in "WF" for each in text)


def _font_folders() -> list[Path]:
    """The folder of the package that carries the fonts, when it is installed."""
    found = importlib.util.find_spec(_CJK_PACKAGE)
    return [] if found is None or found.origin is None else [Path(found.origin).parent]


def _cjk_font(region: str, folders: list[Path]) -> str:
    """The family that draws Chinese characters as the country writes them, or any other that has them."""
    families = typst.Fonts(font_paths=folders).families()
    usual = _CJK.get(region, _CJK_USUAL)
    if usual in families:
        return usual
    for family in families:
        if any(name in family for name in _CJK_NAMES):
            return str(family)
    raise FontMissing(
        "There is no font with Chinese, Japanese or Korean letters: pip install 'quotary[cjk]', or on Debian "
        "apt-get install fonts-noto-cjk"
    )
