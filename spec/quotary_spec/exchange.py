"""Which rules and rows of data make two editions answer one order differently, found by exchanging them.

Both editions are asked with books that note what was consulted. What differs between the editions and was consulted in
either is then exchanged, from the base towards the later edition and from the later towards the base. The causes of a
figure are the fewest exchanges that turn it into the other edition's: in both directions, so that each of two rules
that would do alone is named, and each of two that only do together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from quotary_spec.mixed_book import MixedBook, Part
from quotary_spec.model.order import Order
from quotary_spec.model.quote import PricedLine
from quotary_spec.outcome import Finding
from quotary_spec.rule import ByEdition, untraced
from quotary_spec.rulebook import Book
from quotary_spec.rules.quote.total import PricedOrder, price_order
from quotary_spec.rules.tax.charge import RateTable
from quotary_spec.supplements.price_book import PriceBook

Place = tuple[int | None, str]
"""A figure of a quote: the position of its line, if it is of one, and its name."""


def figures(quote: PricedOrder) -> dict[Place, int | str]:
    """Every figure, outcome and reason of a quote: amounts in minor units, all else as text."""
    found: dict[Place, int | str] = {}
    for i, line in enumerate(quote.lines):
        for name, value in _of_line(line):
            found[i, name] = value
    for name, amount in (
        ("list_total", quote.list_total),
        ("discount_total", quote.discount_total),
        ("net_total", quote.net_total),
        ("fee.amount", None if quote.fee is None else quote.fee.amount),
        ("tax_total", quote.tax_total),
        ("total", quote.total),
    ):
        if amount is not None:
            found[None, name] = amount
    for component in quote.components:
        at = f"tax_components[{component.tax}:{component.region}]"
        found[None, f"{at}.rate"] = _plain(component.rate.value)
        found[None, f"{at}.base"] = component.base
        found[None, f"{at}.amount"] = component.amount
    found[None, "answer.outcome"] = f"OUTCOME_{quote.outcome.name}"
    for finding in quote.findings:
        found[_of_reason(finding)] = f"OUTCOME_{finding.outcome.name}"
    return found


def _of_line(line: PricedLine) -> Iterator[tuple[str, int | str]]:
    yield "outcome", f"OUTCOME_{line.outcome.name}"
    discount = line.discount
    for name, amount in (
        ("list_amount", line.list_amount),
        ("prorated_amount", line.prorated),
        ("discount.amount", None if discount is None else discount.amount),
        ("credit", line.credit or None),
        ("net_amount", line.net),
    ):
        if amount is not None:
            yield name, amount
    if discount is not None and discount.rate is not None:
        yield "discount.rate", _plain(discount.rate)
    if line.term is not None:
        yield "term", str(line.term)


def _of_reason(finding: Finding) -> Place:
    position = finding.subject.removeprefix("lines[").removesuffix("]")
    if position != finding.subject and position.isdecimal():
        return int(position), f"reason {finding.reason}"
    return None, f"reason {finding.subject}:{finding.reason}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that two editions answer differently.

    Attributes:
        place: The figure.
        base_value: It in the base; None when it has none.
        value: It in the later edition.
        base_causes: Ids of the rules and keys of the rows that make it in the base.
        causes: The same of the later edition.
    """

    place: Place
    base_value: int | str | None
    value: int | str | None
    base_causes: tuple[str, ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as an edition answers it, with what its book was asked on the way, one after the other."""

    book: Book
    quote: PricedOrder
    consulted: Sequence[Part]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One order in two editions."""

    order: Order
    base: Asked
    later: Asked
    prices: PriceBook
    rates: RateTable


def ask(book: Book, other: Book, order: Order, prices: PriceBook, rates: RateTable) -> Asked:
    """Price an order in an edition that is to be compared with another."""
    mixed = MixedBook(book, other)
    return Asked(book, price_order(mixed, order, prices, rates), mixed.consulted)


def differences(order: Order, base: Asked, later: Asked, prices: PriceBook, rates: RateTable) -> list[Difference]:
    """What differs between two editions' answers to an order, in the order of the figures, with what makes it."""
    left, right = figures(base.quote), figures(later.quote)
    differing = [place for place in dict.fromkeys((*left, *right)) if left.get(place) != right.get(place)]
    if not differing:
        return []
    with untraced():
        causes = _causes(_Pair(order, base, later, prices, rates), left, right, differing)
    return [
        Difference(
            place,
            left.get(place),
            right.get(place),
            _names(causes[place], base.book),
            _names(causes[place], later.book),
        )
        for place in differing
    ]


def _causes(
    pair: _Pair, left: Mapping[Place, object], right: Mapping[Place, object], differing: Sequence[Place]
) -> dict[Place, tuple[Part, ...]]:
    """The parts that make each difference. Of lines that differ alike one is asked for all."""
    likeness = [_likeness(pair, left, right, i) for i in range(len(pair.order.lines))]
    first: dict[object, int] = {}
    for i, alike in enumerate(likeness):
        first.setdefault(alike, i)
    if len(first) == len(likeness):
        search = _Search(pair)
        return {place: search.causes(place) for place in differing}
    remaining = list(first.values())
    lines = tuple(pair.order.lines[i] for i in remaining)
    few = replace(pair.order, lines=lines)
    editions = (pair.base.book, pair.later.book)
    answers = [ask(one, two, few, pair.prices, pair.rates) for one, two in (editions, editions[::-1])]
    search = _Search(_Pair(few, answers[0], answers[1], pair.prices, pair.rates))
    whole: _Search | None = None
    found: dict[Place, tuple[Part, ...]] = {}
    for place in differing:
        position, name = place
        among = (None if position is None else remaining.index(first[likeness[position]]), name)
        if among in found:
            found[place] = found[among]
            continue
        if not search.differs(among):
            whole = whole or _Search(pair)
            found[place] = whole.causes(place)
            continue
        found[place] = search.causes(among)
    return found


def _likeness(pair: _Pair, left: Mapping[Place, object], right: Mapping[Place, object], i: int) -> object:
    """What lines have in common that differ for the same causes: the product, what is done, and how both answer."""
    line = pair.order.lines[i]
    answers = []
    for quote in (pair.base.quote, pair.later.quote):
        priced = quote.lines[i]
        discount = None if priced.discount is None else (priced.discount.programme, priced.discount.rate)
        reasons = tuple((finding.reason, finding.outcome) for finding in priced.findings)
        answers.append((priced.outcome, priced.price_source, discount, reasons))
    one, two = pair.base.quote.lines[i], pair.later.quote.lines[i]
    differing = tuple(
        getattr(one, name) == getattr(two, name) for name in ("list_amount", "prorated", "net", "credit", "term")
    )
    return line.product, line.action, line.cycle, *answers, differing


class _Search:
    """Looks for the causes of differences between two answers to an order."""

    def __init__(self, pair: _Pair) -> None:
        self._pair = pair
        self._ends = (figures(pair.base.quote), figures(pair.later.quote))
        books = (pair.base.book, pair.later.book)
        trails = (pair.base.consulted, pair.later.consulted)
        consulted = dict.fromkeys((*pair.later.consulted, *pair.base.consulted))
        # Those that one edition alone was asked first: halving finds what comes first soonest.
        both = set(pair.base.consulted).intersection(pair.later.consulted)
        parts = [part for part in consulted if _is_other(part, *books)]
        self._parts = tuple(sorted(parts, key=lambda part: part in both))
        known: list[tuple[Part, ...]] = []
        self._directions = (
            _Direction(pair, *books, self._parts, self._ends[0], trails, known),
            _Direction(pair, *books[::-1], self._parts, self._ends[1], trails[::-1], known),
        )

    def differs(self, place: Place) -> bool:
        """Whether the editions differ in it."""
        return self._ends[0].get(place) != self._ends[1].get(place)

    def causes(self, place: Place) -> tuple[Part, ...]:
        """The parts that make the editions differ in it."""
        onward, back = self._directions
        found = onward.fewest(place, self._ends[1].get(place), ())
        return tuple(dict.fromkeys((*found, *back.fewest(place, self._ends[0].get(place), found))))


class _Priced(NamedTuple):
    """An answer with parts exchanged. Any exchange that agrees on what it consulted has the same answer.

    Attributes:
        consulted: The parts, of those in which the editions differ, that were consulted on the way.
        exchanged: Those of them that were exchanged.
        figures: The figures; None when the parts cannot be joined.
        trail: All that was consulted, one after the other.
    """

    consulted: frozenset[Part]
    exchanged: frozenset[Part]
    figures: Mapping[Place, object] | None
    trail: Sequence[Part]


class _Direction:
    """One edition's answers to an order with parts of the other's."""

    def __init__(
        self,
        pair: _Pair,
        home: Book,
        other: Book,
        parts: tuple[Part, ...],
        own: Mapping[Place, object],
        trails: tuple[Sequence[Part], Sequence[Part]],
        known: list[tuple[Part, ...]],
    ) -> None:
        self._pair, self._home, self._other, self._parts, self._known = pair, home, other, parts, known
        trail, self._goal = trails
        consulted = frozenset(parts).intersection(trail)
        self._priced: list[_Priced] = [_Priced(consulted, frozenset(), own, trail)]
        self._answers: dict[frozenset[Part], _Priced] = {}
        self._found: list[tuple[Part, ...]] = []
        self._suspects = self._follow()

    def fewest(self, place: Place, value: object, likely: tuple[Part, ...]) -> tuple[Part, ...]:
        """The fewest parts which, exchanged, give a figure this value; none when not even all of them do.

        Args:
            likely: Parts to try first; then those are tried that made other figures, and those at which the ways part.
        """

        def gives(parts: Sequence[Part]) -> bool:
            found = self._answer(frozenset(parts)).figures
            return found is not None and found.get(place) == value

        for each in self._likely(likely):
            if gives(each):
                found = _thinned(each, gives)
                break
        else:
            if not gives(self._parts):
                return ()
            found = _fewest(self._parts, gives)
            if not gives(found):
                found = _thinned(self._parts, gives)
        if found not in self._known:
            self._known.append(found)
        return found

    def _likely(self, first: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
        """Parts that may well make a figure: those given, those that made others, those at which the ways part."""
        if first:
            yield first
        yield from tuple(self._known)
        yield from tuple(self._found)
        for each in self._suspects:
            self._found.append(each)
            yield each

    def _follow(self) -> Iterator[tuple[Part, ...]]:
        """The parts at which the way to this answer leaves the way to the other, one after the other exchanged."""
        exchanged: tuple[Part, ...] = ()
        trail = self._answer(frozenset()).trail
        parting = _parting(trail, self._goal)
        while parting is not None:
            before = (part for part in reversed(trail[:parting]) if part in self._parts and part not in exchanged)
            last = next(before, None)
            if last is None:
                return
            trail = self._answer(frozenset((*exchanged, last))).trail
            further = _parting(trail, self._goal)
            if further is not None and further <= parting:
                return
            exchanged, parting = (*exchanged, last), further
            yield exchanged

    def _answer(self, parts: frozenset[Part]) -> _Priced:
        """The answer with these parts exchanged."""
        if parts not in self._answers:
            alike = next((each for each in self._priced if parts & each.consulted == each.exchanged), None)
            self._answers[parts] = alike or self._price(parts)
        return self._answers[parts]

    def _price(self, parts: frozenset[Part]) -> _Priced:
        pair, book = self._pair, MixedBook(self._home, self._other, parts)
        found: Mapping[Place, object] | None = None
        # What cannot be joined may fail in any way that a rule can.
        with suppress(Exception):
            found = figures(price_order(book, pair.order, pair.prices, pair.rates))
        consulted = frozenset(self._parts).intersection(book.consulted)
        self._priced.append(_Priced(consulted, parts & consulted, found, book.consulted))
        return self._priced[-1]


def _parting(one: Sequence[Part], other: Sequence[Part]) -> int | None:
    """Where two sequences differ first; None where they do not."""
    for i, (left, right) in enumerate(zip(one, other, strict=False)):
        if left is not right and left != right:
            return i
    return min(len(one), len(other)) if len(one) != len(other) else None


def _fewest(parts: Sequence[Part], gives: Callable[[Sequence[Part]], bool]) -> tuple[Part, ...]:
    """The fewest parts that do, where more never spoil it; halves are tried first (QuickXplain)."""

    def among(background: tuple[Part, ...], added: tuple[Part, ...], rest: tuple[Part, ...]) -> tuple[Part, ...]:
        if added and gives(background):
            return ()
        if len(rest) == 1:
            return rest
        one, two = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        of_two = among((*background, *one), one, two)
        return (*among((*background, *of_two), of_two, one), *of_two)

    return among((), (), tuple(parts))


def _thinned(parts: Sequence[Part], gives: Callable[[Sequence[Part]], bool]) -> tuple[Part, ...]:
    """Parts of which none can be spared, where halves mislead because parts undo one another."""
    remaining = list(parts)
    for part in parts:
        fewer = [each for each in remaining if each != part]
        if gives(fewer):
            remaining = fewer
    return tuple(remaining)


def _is_other(part: Part, base: Book, later: Book) -> bool:
    """Whether two editions differ in a part."""
    if isinstance(part, str):
        one, two = base.parameters.get(part), later.parameters.get(part)
        return (one is None) != (two is None) or (one is not None and two is not None and one.value != two.value)
    if isinstance(part, ByEdition):
        return part.versions.get(base.edition) is not part.versions.get(later.edition)
    return base.serves(part) != later.serves(part)


def _names(parts: Sequence[Part], book: Book) -> tuple[str, ...]:
    """What the parts are called in an edition; one that it lacks has no name there."""
    names = []
    for part in parts:
        if isinstance(part, str):
            names += [part] if part in book.parameters else []
        elif book.serves(part):
            names.append((book.version(part) if isinstance(part, ByEdition) else part).info.id)
    return tuple(names)
