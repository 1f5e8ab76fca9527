"""Changes that a library of mutants does not know: those that somebody who writes rules would make by mistake.

Of code: another reason, another outcome of it, a path of `missing` forgotten, any for all, the least for the most,
rounding down, a condition of a ruling forgotten, another party's place, the subject of a step forgotten. Of data:
figures of two editions exchanged, what a rule or a figure cites a line off or without its ruling, a product's names and
the plans, a rate, a day or a member of the supplements, the digits of a currency.
"""

from __future__ import annotations

import ast
import functools
import importlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import coverage

from in_process import Reached
from mutants import BOOK, FLAGS, CodeChange, area_of, changed_module, lines_of, read
from strength_tokens import Edit, token_edits

REGISTER = BOOK / "register"
"""What reads and checks the files of the register is no part of an answer; what stands in them is."""

# Of code.

_OUTCOMES = {"refused": "UNDETERMINED", "undetermined": "REFUSED", "not_covered": "REFUSED", "remark": "REFUSED"}
_ELSEWHERE = {"billing_party": "sold_to", "sold_to": "ship_to", "ship_to": "billing_party"}
_WHOLE = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Place:
    """A piece of a module where something else could stand."""

    module: Path
    node: ast.expr | ast.stmt
    text: str

    @property
    def area(self) -> str:
        """The part of the book that it is in."""
        return area_of(self.module)

    def change(self, imported_lines: coverage.CoverageData) -> CodeChange | None:
        """What stands there changed; None where that changes nothing that runs or decides."""
        source = read(self.module)[0]
        line = source.split("\n")[self.node.lineno - 1]
        if FLAGS.search(line[: self.node.col_offset]):
            return None
        ran = set(imported_lines.lines(str(self.module)) or ())
        return changed_module(self.module, _spliced(source, self.node, self.text), self.node.lineno, ran)


def code_places() -> Iterator[Place]:
    """Every place of code, of each module in turn."""
    for module in sorted(path for path in BOOK.rglob("*.py") if path.stat().st_size and REGISTER not in path.parents):
        source = module.read_text("utf-8")
        for node, text in (*token_edits(source), *_edits(module, source)):
            yield Place(module, node, text)


def _edits(module: Path, source: str) -> Iterator[Edit]:
    tree = ast.parse(source)
    reasons = _reasons()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in reasons:
            yield node, f'"{reasons[node.value]}"'
        elif isinstance(node, ast.Call):
            yield from _of_call(node, source)
        elif isinstance(node, ast.Attribute) and node.attr in _ELSEWHERE and "tax" in module.parts:
            yield node, f"{ast.get_source_segment(source, node.value)}.{_ELSEWHERE[node.attr]}"
        elif isinstance(node, ast.FunctionDef) and _rests_on_ruling(node):
            for each in ast.walk(node):
                if isinstance(each, ast.BoolOp):
                    yield from ((one, str(isinstance(each.op, ast.And))) for one in each.values)


def _of_call(node: ast.Call, source: str) -> Iterator[Edit]:
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    if called in _WHOLE:
        yield node.func, _WHOLE[called]
    if called in _OUTCOMES:
        written = ast.get_source_segment(source, node) or ""
        outcome = f'__import__("quotary_spec.outcome").outcome.Outcome.{_OUTCOMES[called]}'
        yield node, f'__import__("dataclasses").replace({written}, outcome={outcome})'
    if called == "undetermined":
        yield from ((each, '*(("",)[1:])') for each in node.args[1:])
    is_about = called == "about" or (isinstance(node.func, ast.Attribute) and node.func.attr == "about")
    if is_about and node.args:
        yield node.args[0], '""'
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        name = each.id if isinstance(each, ast.Name) else each.attr if isinstance(each, ast.Attribute) else ""
        if name in ("rounding", "half_up"):
            yield each, "(lambda n, d: n // d)"
            yield each, "(lambda n, d: -((-2 * n + d) // (2 * d)))"


def _rests_on_ruling(node: ast.FunctionDef) -> bool:
    return any(
        isinstance(each, ast.Call) and any(keyword.arg == "rulings" for keyword in each.keywords)
        for each in node.decorator_list
    )


def _reasons() -> Mapping[str, str]:
    """For each reason of an answer another one of the same outcome."""
    from quotary_spec.register.reasons import REASON

    groups: dict[str, list[str]] = defaultdict(list)
    for code, entry in REASON.items():
        groups[entry.outcome].append(code)
    del groups["ERROR"]
    return {code: codes[(i + 1) % len(codes)] for codes in groups.values() for i, code in enumerate(codes)}


def _spliced(source: str, node: ast.expr | ast.stmt, text: str) -> str:
    """The source with other text in a node's place, on as many lines."""
    lines = source.encode().splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = b"".join(lines[:first]) + lines[first][: node.col_offset]
    after = lines[last][node.end_col_offset :] + b"".join(lines[last + 1 :])
    return (before + text.encode() + b"\\\n" * (last - first - text.count("\n")) + after).decode()


# Of data.


@dataclass(frozen=True)
class DataChange:
    """A change of data that is made in memory: what becomes of an attribute, or of an entry, of what is there.

    Attributes:
        make: Makes it.
        functions: The functions whose callers see it, each a file with its first and last line.
        keys: The figures whose readers see it.
        words: Of whoever asks about these words.
    """

    area: str
    place: str
    before: str
    after: str
    make: Callable[[], None]
    functions: tuple[tuple[str, int, int], ...] = ()
    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What it is known by."""
        return self.area, self.place, self.before, self.after

    @property
    def diff(self) -> str:
        """How it is printed."""
        return f"{self.area}: {self.place}\n-{self.before}\n+{self.after}"


def _set(entry: object, name: str, value: object) -> Callable[[], None]:
    return lambda: object.__setattr__(entry, name, value)


def data_kinds() -> Iterator[DataChange]:
    """Every change of data."""
    yield from _exchanged_figures()
    yield from _citations()
    yield from _products()
    yield from _supplements()
    yield from _currencies()


def _exchanged_figures() -> Iterator[DataChange]:
    from quotary_spec.register import parameters

    rows: dict[str, list[parameters.Row]] = defaultdict(list)
    for row in parameters.rows():
        rows[row.key].append(row)
    for key, versions in rows.items():
        for one, other in pairwise(versions):
            if one.value != other.value:
                yield DataChange(
                    f"parameters/{one.area}",
                    key,
                    f"{' '.join(one.editions)}, {' '.join(other.editions)}",
                    "exchanged",
                    _exchange(key, one, other),
                    keys=(key,),
                )


def _exchange(key: str, one: Any, other: Any) -> Callable[[], None]:
    from quotary_spec.register.parameters import PARAMETERS

    def make() -> None:
        for editions, value in ((one.editions, other.value), (other.editions, one.value)):
            for edition in editions:
                object.__setattr__(PARAMETERS[edition][key], "value", value)

    return make


def _citations() -> Iterator[DataChange]:
    from quotary_spec.register.parameters import PARAMETERS
    from quotary_spec.rule import registered_rules

    for id, rule in registered_rules().items():
        code = rule.logic.__code__
        functions = ((code.co_filename, code.co_firstlineno, max(lines_of(code))),)
        area = area_of(Path(code.co_filename))
        for before, after, name, value in _misquoted(rule.info):
            yield DataChange(area, f"citations of {id}", before, after, _set(rule.info, name, value), functions)
    for edition, rows in PARAMETERS.items():
        for key, row in rows.items():
            place = f"parameters/{_area_of_key(key)}", f"citations of {key} {edition}"
            for before, after, name, value in _misquoted(row):
                yield DataChange(*place, before, after, _set(row, name, value), keys=(key,))


def _misquoted(info: Any) -> Iterator[tuple[str, str, str, object]]:
    """Each passage a line later, and no ruling."""
    for place, passage in enumerate(info.passages):
        later = replace(passage, first=passage.first + 1, last=passage.last + 1)
        yield str(passage), str(later), "passages", (*info.passages[:place], later, *info.passages[place + 1 :])
    if info.rulings:
        yield " ".join(info.rulings), "", "rulings", ()


def _area_of_key(key: str) -> str:
    from quotary_spec.register import parameters

    if not _AREAS:
        _AREAS.update({row.key: row.area for row in parameters.rows()})
    return _AREAS[key]


_AREAS: dict[str, str] = {}


def _products() -> Iterator[DataChange]:
    """A name or a plan that is not known. What the register says of one product's platforms and plans describes it, and
    no answer reads it."""
    from quotary_spec.register import products

    for name, entry in products._named.items():
        yield DataChange("products", entry.id, name, "", _unnamed(name), words=(name,))
    for plan in products.PLANS:
        yield DataChange("products", "plans", plan, "", _without_plan(plan), words=(plan,))


def _unnamed(name: str) -> Callable[[], None]:
    from quotary_spec.register import products

    def make() -> None:
        del products._named[name]

    return make


def _without_plan(plan: str) -> Callable[[], None]:
    reading: Any = importlib.import_module("quotary_server.adapter.reading")

    def make() -> None:
        reading.PLANS = {each: None for each in reading.PLANS if each != plan}

    return make


def _supplements() -> Iterator[DataChange]:
    from quotary_spec.supplements import euro, rates, territories

    day = timedelta(1)
    for row in rates.load():
        country, _, state = row.region.partition("-")
        place, words = f"{row.tax} {row.region} {row.valid_from}", (state if country == "US" else country,)
        changes: list[tuple[str, object]] = [("rate", row.rate + Decimal("0.01")), ("rate", row.rate - Decimal("0.01"))]
        if row.dated:
            changes += [("valid_from", row.valid_from + day), ("valid_from", row.valid_from - day)]
        if row.valid_until is not None:
            changes += [("valid_until", row.valid_until + day), ("valid_until", row.valid_until - day)]
        for name, value in changes:
            yield _supplement("supplements/rates", place, row, name, value, words)
    for member in rates.memberships():
        for name in ("acceded", "left"):
            if (value := getattr(member, name)) is not None:
                for other in (value + day, value - day):
                    yield _supplement("supplements/eu", member.country, member, name, other, (member.country,))
    for country, since in euro.euro_since().items():
        for other in (None, since + day, since - day):
            make = functools.partial(_euro_from, country, other)
            yield DataChange("supplements/euro", country, str(since), str(other or ""), make, words=(country,))
    for place_ in territories.territories():
        for name in ("subdivisions", "postal_codes", "shared_postal_codes", "towns", "taxes"):
            every = getattr(place_, name)
            for each in every:
                rest = tuple(other for other in every if other != each)
                yield DataChange(
                    "supplements/territories",
                    f"{place_.code} {name}",
                    each,
                    "",
                    _set(place_, name, rest),
                    words=(place_.country, place_.code),
                )


def _euro_from(country: str, since: date | None) -> None:
    """The euro from another day on, or never."""
    from quotary_spec.supplements import euro

    known = {each: day for each, day in euro.euro_since().items() if each != country}
    euro.euro_since = lambda: known if since is None else known | {country: since}  # type: ignore[assignment]


def _supplement(area: str, place: str, row: object, name: str, value: object, words: tuple[str, ...]) -> DataChange:
    return DataChange(area, place, f"{name} {getattr(row, name)}", str(value), _set(row, name, value), words=words)


_NAMED = frozenset(
    {"USD", "AUD", "JPY", "EUR", "NOK", "ISK", "KRW", "TRY", "ZAR", "RUB", "CAD", "SGD", "SAR", "CLP", "MXN"}
)
"""The currencies of the documents: of quotes, and of the taxes on an invoice."""


def _currencies() -> Iterator[DataChange]:
    """Another number of digits: of currencies that have not two, and of those that the documents name."""
    from iso4217 import Currency

    money = importlib.import_module("quotary_spec.money")
    for currency in Currency:
        if currency.exponent is None or (currency.exponent == 2 and currency.value not in _NAMED):
            continue
        for other in {currency.exponent + 1, currency.exponent - 1} - {-1}:
            yield DataChange(
                "money",
                f"digits of {currency.value}",
                str(currency.exponent),
                str(other),
                _digits(money, currency.value, other),
                words=(currency.value,),
            )


def _digits(money: Any, code: str, digits: int) -> Callable[[], None]:
    class Other:
        def __init__(self, exponent: int) -> None:
            self.exponent = exponent

    def make() -> None:
        real = money.Currency
        money.Currency = lambda each: Other(digits) if each == code else real(each)

    return make


def reaching(change: DataChange, reached: Reached, texts: Iterable[bytes]) -> set[int]:
    """The vectors that may see a change of data."""
    found = {each for key in change.keys for each in reached.keys.get(key, ())}
    for file, first, last in change.functions:
        found |= reached.by(file, range(first, last + 1))
    if change.words:
        words = [word.encode() for word in change.words]
        found |= {i for i, text in enumerate(texts) if any(word in text for word in words)}
    return found
