"""Prices that the documents do not print: a price book that the operator loads, or the demonstration book.

A price book is TOML, in US dollars::

    title = "Prices of the spring list"

    [[price]]
    product = "jira"            # registered id or alias
    platform = "cloud"          # cloud, government_cloud, data_center or server
    plan = "standard"           # left out: for every plan that has no row of its own
    bands = [                   # price of one user for one month, graduated; the last may have no end
        { upper = 100, unit = "8.00" },
        { unit = "6.00" },
    ]
    tiers = [                   # price of a tier for twelve months; the last may have no limit
        { users = 100, price = "8000.00" },
        { users = 250 },        # without a price: made from the bands where an edition says how
        { price = "40000.00", months = 12 },
    ]

An app names the product that hosts it in ``host``; left out, the row is for every host without a row of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from quotary_spec.model.price import PriceBand, PriceSchedule, TierPrice
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import exact_decimal
from quotary_spec.register.products import PLANS, PRODUCT, find_product
from quotary_spec.rule import DataRow
from quotary_spec.supplements.operator_file import (
    OperatorFileError,
    Problem,
    canonical_number,
    line_of,
    packaged,
    syntax_problem,
)

_Key = tuple[str, Platform, str | None, str | None]


@dataclass(frozen=True, slots=True)
class BookedPrice:
    """A row of a price book: the prices of one product on one platform, and the row for the trace."""

    schedule: PriceSchedule
    row: DataRow


@dataclass(frozen=True, slots=True)
class PriceBook:
    """List prices in US dollars.

    Attributes:
        title: What the book calls itself.
        demonstration: True for a book of invented figures.
        rows: Prices by product, platform, plan and host.
        digest: Sha256 of its prices in hexadecimal, the same for the same prices in any order and notation.
    """

    title: str = ""
    demonstration: bool = False
    rows: Mapping[_Key, BookedPrice] = field(default_factory=lambda: MappingProxyType({}))
    digest: str = ""

    @classmethod
    def empty(cls) -> PriceBook:
        """A book without prices, so that every price comes from the request."""
        return cls()

    @classmethod
    def demo(cls) -> PriceBook:
        """The demonstration book that ships: invented round figures, read once."""
        return _demo()

    @classmethod
    def parse(cls, text: str, origin_name: str) -> PriceBook:
        """The book in a TOML text.

        Raises:
            PriceBookError: the text cannot be used; the error names every problem with its line.
        """
        return _parse(text, origin_name)

    def find(self, product: Product) -> BookedPrice | None:
        """The row of a product: that of its plan and host before one for any plan or any host."""
        if product.platform is None:
            return None
        for plan in (product.plan, None) if product.plan is not None else (None,):
            for host in (product.host, None) if product.host is not None else (None,):
                row = self.rows.get((product.id, product.platform, plan, host))
                if row is not None:
                    return row
        return None


class PriceBookError(OperatorFileError):
    """A price book that cannot be used, with every problem in it."""


@cache
def _demo() -> PriceBook:
    name = "demo_prices.toml"
    return _parse(packaged(name), name)


_HEADER: Final = re.compile(r"\s*\[\[\s*price\s*\]\]")
_PRICE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_MOST_USERS: Final = 100_000_000
_MOST_MONTHS: Final = 1200
_HEAD_FIELDS: Final[Mapping[str, type]] = {"title": str, "demonstration": bool}
_ROW_FIELDS: Final[Mapping[str, type]] = {
    "product": str,
    "platform": str,
    "plan": str,
    "host": str,
    "bands": list,
    "tiers": list,
}
_BAND_FIELDS: Final[Mapping[str, type]] = {"upper": int, "unit": str}
_TIER_FIELDS: Final[Mapping[str, type]] = {"users": int, "price": str, "months": int}
_KINDS: Final[Mapping[type, str]] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    list: "a list of tables",
}


@dataclass(frozen=True, slots=True)
class _Fault:
    """A problem of a row before its line is known: the field, the position of its entry, and what is wrong."""

    field: str
    text: str
    entry: int | None = None


def _parse(text: str, origin_name: str) -> PriceBook:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PriceBookError(origin_name, [syntax_problem(error, text)]) from None
    # A line as TOML counts it: splitlines would also split at characters that a string may hold.
    lines = text.split("\n")
    headers = [number for number, line in enumerate(lines, start=1) if _HEADER.match(line)]
    tables = document.pop("price", [])
    problems = [
        Problem(line_of(fault.field, lines), fault.field, fault.text)
        for fault in _typed(document, _HEAD_FIELDS, "book")
    ]
    # Only rows with a header of their own can be told apart by line.
    if not isinstance(tables, list) or len(tables) != len(headers) or not all(isinstance(row, dict) for row in tables):
        problems.append(Problem(1, "price", "write each row as a [[price]] table with the header on a line of its own"))
        raise PriceBookError(origin_name, problems)
    rows: dict[_Key, tuple[int, PriceSchedule]] = {}
    for header, next_header, table in zip(headers, [*headers, len(lines) + 1][1:], tables, strict=True):
        body = lines[header : next_header - 1]
        faults = list(_faults(table))
        problems += [Problem(_line_of_fault(fault, body, header), fault.field, fault.text) for fault in faults]
        if faults:
            continue
        key, schedule = _row(table)
        if key in rows:
            problems.append(Problem(header, "product", f"has the same row on line {rows[key][0]}"))
        else:
            rows[key] = header, schedule
    if problems:
        raise PriceBookError(origin_name, problems)
    title = document.get("title", origin_name)
    booked = {key: BookedPrice(schedule, _data_row(key, schedule, title)) for key, (_, schedule) in rows.items()}
    return PriceBook(title, document.get("demonstration", False), MappingProxyType(booked), _digest(booked))


def _row(table: Mapping[str, Any]) -> tuple[_Key, PriceSchedule]:
    bands = tuple(PriceBand(Decimal(band["unit"]), band.get("upper")) for band in table.get("bands", []))
    tiers = tuple(
        TierPrice(tier.get("users"), Decimal(tier["price"]) if "price" in tier else None, tier.get("months", 12))
        for tier in table.get("tiers", [])
    )
    host = table.get("host")
    key = (_id(table["product"]), Platform(table["platform"]), table.get("plan"), None if host is None else _id(host))
    return key, PriceSchedule(bands, tiers)


def _id(name: str) -> str:
    entry = find_product(name)
    assert entry is not None, "names are checked before rows are made"
    return entry.id


def _data_row(key: _Key, schedule: PriceSchedule, title: str) -> DataRow:
    return DataRow(_name(key), schedule, f"price book: {title}")


def _name(key: _Key) -> str:
    """``price:jira/cloud/standard``, with the host of an app at the end."""
    return "price:" + "/".join(part for part in key if part is not None)


def _digest(rows: Mapping[_Key, BookedPrice]) -> str:
    canonical = sorted(
        json.dumps(
            [
                _name(key),
                [[band.upper, canonical_number(band.unit)] for band in booked.schedule.bands],
                [
                    [tier.users, None if tier.price is None else canonical_number(tier.price), tier.months]
                    for tier in booked.schedule.tiers
                ],
            ]
        )
        for key, booked in rows.items()
    )
    return hashlib.sha256("\n".join(canonical).encode()).hexdigest()


def _faults(table: Mapping[str, Any]) -> Iterator[_Fault]:
    """What is wrong with a row."""
    for name in ("product", "platform"):
        if name not in table:
            yield _Fault(name, "is missing")
    yield from _typed(table, _ROW_FIELDS, "price")
    yield from _product_faults({name: value for name, value in table.items() if isinstance(value, str)})
    if not table.get("bands") and not table.get("tiers"):
        yield _Fault("product", "has neither bands nor tiers")
    for name, fields in (("bands", _BAND_FIELDS), ("tiers", _TIER_FIELDS)):
        entries = table.get(name)
        if isinstance(entries, list):
            yield from _entry_faults(name, entries, fields)


def _product_faults(sound: Mapping[str, str]) -> Iterator[_Fault]:
    platform = sound.get("platform")
    if platform is not None and platform not in list(Platform):
        yield _Fault("platform", f"unknown platform {platform!r}; known are {', '.join(Platform)}")
    if "host" in sound and find_product(sound["host"]) is None:
        yield _Fault("host", f"unknown product {sound['host']!r}")
    if "product" not in sound:
        return
    entry = find_product(sound["product"])
    if entry is None:
        yield _Fault("product", f"unknown product {sound['product']!r}; known are {', '.join(PRODUCT)}")
    elif "plan" in sound and sound["plan"] not in PLANS:
        yield _Fault("plan", f"unknown plan {sound['plan']!r}; known are {', '.join(PLANS)}")


def _entry_faults(name: str, entries: Sequence[object], fields: Mapping[str, type]) -> Iterator[_Fault]:
    """What is wrong with the bands or tiers of a row: fields, figures and their order."""
    ceiling = "upper" if name == "bands" else "users"
    before = 0
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict):
            yield _Fault(name, f"must hold tables, not {entry!r}", i)
            continue
        faults = [*_typed(entry, fields, name), *_figure_faults(name, entry)]
        yield from (_Fault(f"{name}.{fault.field}", fault.text, i) for fault in faults)
        top = entry.get(ceiling)
        if top is None and i < len(entries) - 1:
            yield _Fault(f"{name}.{ceiling}", "is missing: only the last may be without end", i)
        elif type(top) is int and top <= before:
            yield _Fault(f"{name}.{ceiling}", f"{top} does not ascend from {before}", i)
        elif type(top) is int and top > _MOST_USERS:
            yield _Fault(f"{name}.{ceiling}", f"{top} is above {_MOST_USERS}", i)
        if type(top) is int:
            before = max(before, top)


def _figure_faults(name: str, entry: Mapping[str, Any]) -> Iterator[_Fault]:
    if name == "bands" and "unit" not in entry:
        yield _Fault("unit", "is missing")
    if name == "tiers" and "users" not in entry and "price" not in entry:
        yield _Fault("price", "is missing: a tier without limit needs one")
    for figure in ("unit", "price"):
        value = entry.get(figure)
        if isinstance(value, str) and not _PRICE.fullmatch(value):
            number = exact_decimal(value)
            fault = "is negative" if number is not None and number < 0 else 'is not a plain amount such as "8.50"'
            yield _Fault(figure, f"{value!r} {fault}")
    months = entry.get("months")
    if type(months) is int and not 1 <= months <= _MOST_MONTHS:
        yield _Fault("months", f"{months} is not from 1 to {_MOST_MONTHS}")


def _typed(table: Mapping[str, Any], fields: Mapping[str, type], what: str) -> Iterator[_Fault]:
    for name, value in table.items():
        if name not in fields:
            yield _Fault(name, f"is not a field of {what}")
        # The exact type: true is a whole number to isinstance.
        elif type(value) is not fields[name]:
            yield _Fault(name, f"must be {_KINDS[fields[name]]}, not {value!r}")


def _line_of_fault(fault: _Fault, body: Sequence[str], header: int) -> int:
    """The line of the entry at fault, which opens with its own brace, or else of the field."""
    line = line_of(fault.field.partition(".")[0], body, header)
    if fault.entry is None:
        return line
    opened = -1
    for number, content in enumerate(body[line - header - 1 :], start=line):
        opened += content.count("{")
        if opened >= fault.entry:
            return number
    return line
