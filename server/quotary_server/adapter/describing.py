"""The rule book described: rules that are functions, and entries of the catalogue that are data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from quotary.v1 import rulebook_service_pb2
from quotary_server.adapter.enums import RULE_CLASS
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.writing import show, write_citations
from quotary_spec import rules
from quotary_spec.facts import inputs
from quotary_spec.passage import Passage
from quotary_spec.register.asked_by import asked_by, figures
from quotary_spec.register.catalogue import CATALOGUE, CatalogueEntry
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION, EDITIONS
from quotary_spec.register.headings import HEADINGS, Heading, heading_above
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.register.reasons import REASON
from quotary_spec.register.rulings import RULING
from quotary_spec.rule import RuleFunction, registered_rules
from quotary_spec.search import Entry, Index

PREFIX = "rules/"


@dataclass(frozen=True, slots=True)
class Item:
    """A rule or a catalogue entry, as far as both are alike."""

    id: str
    area: str
    editions: tuple[str, ...]
    passages: tuple[Passage, ...]
    statement: str
    headings: tuple[Heading, ...]
    what: RuleFunction[..., object] | CatalogueEntry

    def stands_at(self, passage: Passage) -> bool:
        """True when it cites a line of the passage, or stands under a heading there."""
        return any(passage.overlaps(each) for each in self.places)

    @property
    def places(self) -> tuple[Passage, ...]:
        """What it cites, and the headings above that."""
        return (*self.passages, *(heading.at for heading in self.headings))

    @property
    def key(self) -> tuple[str, str]:
        """Its place in lists: a rule, then the entries of that name by document."""
        document, _, name = self.id.rpartition(":")
        return name, document

    @property
    def is_function(self) -> bool:
        """True for a rule that computes."""
        return not isinstance(self.what, CatalogueEntry)

    @property
    def is_shown_by_its_function(self) -> bool:
        """True for a catalogue entry of which a rule says all that it says."""
        return isinstance(self.what, CatalogueEntry) and self.what.kind == "rule"


def _of_rule(rule: RuleFunction[..., object]) -> Item:
    info = rule.info
    headings = dict.fromkeys(each for entry in _entries_of().get(info.id, ()) for each in _headings_of(entry.id))
    return Item(info.id, info.area, info.editions, info.passages, info.statement, tuple(headings), rule)


def _of_entry(entry: CatalogueEntry) -> Item:
    answering = [registered_rules()[id].info for id in entry.rules if id in registered_rules()]
    found = (each for info in answering for each in info.passages if each.document == entry.document)
    return Item(
        entry.id,
        entry.area,
        tuple(edition for edition in EDITIONS if entry.document in DOCUMENTS_OF_EDITION[edition]),
        entry.cites or tuple(dict.fromkeys(found)),
        entry.statement or " ".join(info.statement for info in answering) or entry.note,
        _headings_of(entry.id),
        entry,
    )


@cache
def items() -> Mapping[str, Item]:
    """Every rule and every catalogue entry by id, in the order of lists."""
    rules.load()
    every = [*map(_of_rule, registered_rules().values()), *map(_of_entry, CATALOGUE.values())]
    return {item.id: item for item in sorted(every, key=lambda item: item.key)}


@cache
def _index() -> Index:
    entries = []
    for item in items().values():
        if not item.is_shown_by_its_function:
            titles = tuple(heading.title for heading in item.headings)
            entries.append(Entry(item.id, item.statement, titles, tuple(_reasons_of(item)), item.places))
    return Index(entries)


def _reasons_of(item: Item) -> Iterator[str]:
    """Texts of the reasons that a rule gives, but for that of a missing fact, which says nothing of the matter."""
    if not isinstance(item.what, CatalogueEntry):
        codes = {code for code in item.what.logic.__code__.co_consts if code in REASON} - {"INPUT_MISSING"}
        yield from (REASON[code].text for code in sorted(codes))


def search(query: str) -> list[Item]:
    """The rules and entries that speak of a text, best first; what a rule says whole stands there as that rule."""
    return [items()[entry.id] for entry in _index().find(query)]


@cache
def _areas() -> tuple[str, ...]:
    return tuple(sorted({item.area for item in items().values()}))


def is_in_area(area: str, requested: str) -> bool:
    """True for an area itself and the areas below it."""
    return area == requested or area.startswith(f"{requested}.")


def read_area(faults: Faults, value: str) -> str:
    """An area of the rule book, or one that has areas below it."""
    if not any(is_in_area(area, value) for area in _areas()):
        faults.add("area", "UNKNOWN_AREA", f"{value[:40]!r} is none of {', '.join(_areas())}")
    return value


@cache
def _entries_of() -> Mapping[str, tuple[CatalogueEntry, ...]]:
    found: dict[str, list[CatalogueEntry]] = {}
    for entry in CATALOGUE.values():
        for id in entry.rules:
            found.setdefault(id, []).append(entry)
    return {id: tuple(entries) for id, entries in found.items()}


@cache
def _headings_by_entry() -> Mapping[str, tuple[Heading, ...]]:
    found: dict[str, list[Heading]] = {}
    for heading in HEADINGS:
        for id in heading.entries:
            found.setdefault(id, []).append(heading)
    return {id: tuple(headings) for id, headings in found.items()}


def _headings_of(id: str) -> tuple[Heading, ...]:
    return _headings_by_entry().get(id, ())


def write_item(message: rulebook_service_pb2.Rule, item: Item) -> None:
    """Fill a rule with all that is known of it."""
    message.name = PREFIX + item.id
    message.rule_id = item.id
    message.area = item.area
    message.statement = item.statement
    message.editions.extend(item.editions)
    write_citations(message.citations, item.passages)
    if isinstance(item.what, CatalogueEntry):
        _write_entry(message, item.what)
    else:
        _write_rule(message, item.what)


def _write_entry(message: rulebook_service_pb2.Rule, entry: CatalogueEntry) -> None:
    message.rule_class = RULE_CLASS.write(entry.kind)
    message.catalogue_ids.append(entry.id)
    message.vector_ids.extend(entry.vectors)
    message.answered_by.extend(entry.rules)
    message.note = entry.note
    if entry.superseded:
        _write_ruling(message.rulings.add(), entry.superseded, entry.note)


def _write_rule(message: rulebook_service_pb2.Rule, rule: RuleFunction[..., object]) -> None:
    info = rule.info
    entries = _entries_of().get(info.id, ())
    message.rule_class = rulebook_service_pb2.RULE_CLASS_RULE
    message.catalogue_ids.extend(entry.id for entry in entries)
    message.vector_ids.extend(dict.fromkeys(id for entry in entries for id in entry.vectors))
    message.note = info.reading
    for id in info.rulings:
        _write_ruling(message.rulings.add(), id, info.reading)
    for each in inputs(rule):
        message.inputs.add(input=each.name, type=each.type, required=each.required)


def _write_ruling(message: rulebook_service_pb2.Ruling, id: str, reading: str) -> None:
    """A ruling of the series, or the reading of one catalogue entry (``R-000-TRIAL-...``)."""
    message.ruling = id
    entry = RULING.get(id)
    if entry is None:
        document, _, name = id.removeprefix("R-").partition("-")
        message.title = f"How {document}:{name} is read"
        message.text = reading
        return
    message.title = entry.title
    message.text = entry.text
    message.contested = entry.contested
    message.readings.extend(f"{each.id}: {each.text}" for each in entry.readings)


def write_whole(message: rulebook_service_pb2.Rule, item: Item) -> None:
    """Fill all that is known of a rule, and what stands around it: headings, function, figures, who asks it."""
    write_item(message, item)
    for heading in dict.fromkeys(filter(None, map(heading_above, item.passages))):
        written = message.headings.add(title=heading.title)
        written.citation.document, written.citation.first_line = heading.at.document, heading.at.first
        written.citation.last_line = heading.at.last
    if not isinstance(item.what, CatalogueEntry):
        logic = item.what.logic
        message.file = f"spec/{logic.__module__.replace('.', '/')}.py"
        message.symbol = logic.__name__
        _write_figures(message, item)
    _write_askings(message, item)


def _write_figures(message: rulebook_service_pb2.Rule, item: Item) -> None:
    for figure in figures().get(item.id, ()):
        for edition in item.editions:
            row = PARAMETERS[edition].get(figure.key)
            if row is not None:
                written = message.figures.add(key=row.key, edition=edition, value=show(row.value))
                write_citations(written.citations, row.passages)


def _write_askings(message: rulebook_service_pb2.Rule, item: Item) -> None:
    """Fill which calls ask a rule, or the rules that answer an entry, each call once with a request to try."""
    ids = item.what.rules if isinstance(item.what, CatalogueEntry) else (item.id,)
    found = {asking.call: asking for id in reversed(ids) for asking in asked_by().get(id, ())}
    for call, asking in sorted(found.items()):
        message.asked_by.add(call=call).request.update(asking.request)
