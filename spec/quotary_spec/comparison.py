"""What changed from one edition to a later one: rules, figures and lists, and what is only stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from quotary_spec import rules
from quotary_spec.passage import Passage
from quotary_spec.register.catalogue import CATALOGUE, STATED, CatalogueEntry
from quotary_spec.register.counterparts import COUNTERPARTS, LOST
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION
from quotary_spec.register.files import read_folder
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.rule import RuleFunction, registered_questions, registered_rules, registered_versions

Rules = tuple[RuleFunction[..., object], ...]


class ChangeKind(IntEnum):
    """How a rule, a figure or a statement stands in two editions."""

    ADDED = 1
    REMOVED = 2
    LOGIC = 3
    VALUE = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        id: Rule id, key of the parameter, or catalogue entry.
        base_value: Statement or value in the earlier edition; None when it has none.
        value: The same in the later edition.
        text_lost: True when one side's text was lost rather than changed, so that its silence proves nothing.
    """

    kind: ChangeKind
    id: str
    area: str
    base_value: object
    value: object
    base_passages: tuple[Passage, ...]
    passages: tuple[Passage, ...]
    text_lost: bool = False


def changes(base: str, later: str) -> tuple[Change, ...]:
    """Everything that differs between two editions, by area and id."""
    rules.load()
    found = (*_of_rules(base, later), *_of_parameters(base, later), *_of_entries(base, later))
    return tuple(sorted(found, key=lambda change: (change.area, change.id, change.kind)))


def _change(
    id: str,
    area: str,
    before: tuple[object, tuple[Passage, ...]] | None,
    after: tuple[object, tuple[Passage, ...]] | None,
    both: ChangeKind = ChangeKind.VALUE,
) -> Change:
    """A change from what stood before, with its passages, to what stands after."""
    base_value, base_passages = before or (None, ())
    value, passages = after or (None, ())
    kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED if after is None else both
    return Change(kind, id, area, base_value, value, base_passages, passages)


def _with_lost_text(change: Change, base: str, later: str) -> Change:
    """The same change, citing the place from which the other side's text is missing, when it is known to be lost."""
    silent = {ChangeKind.ADDED: base, ChangeKind.REMOVED: later}.get(change.kind)
    if silent is None:
        return change
    speaking = change.passages or change.base_passages
    lost = tuple(
        each.here
        for each in LOST
        if each.here.document in DOCUMENTS_OF_EDITION[silent] and any(each.there.overlaps(here) for here in speaking)
    )
    if not lost:
        return change
    base_passages, passages = (lost, change.passages) if silent == base else (change.base_passages, lost)
    return Change(
        change.kind, change.id, change.area, change.base_value, change.value, base_passages, passages, text_lost=True
    )


# ---- rules


def _groups() -> Iterator[Mapping[str, Rules]]:
    """For each question that rules of several editions answer, its rules by edition."""
    for table in registered_versions():
        yield {edition: (rule,) for edition, rule in table.versions.items()}
    for question in registered_questions().values():
        yield question.rules


def _of_rules(base: str, later: str) -> Iterator[Change]:
    told: set[str] = set()
    every = tuple(registered_rules().values())
    alone = [dict.fromkeys(rule.info.editions, (rule,)) for rule in every]
    for group in (*_groups(), *alone):
        before, after = group.get(base, ()), group.get(later, ())
        gone = tuple(rule for rule in before if rule not in after and rule.info.id not in told)
        new = tuple(rule for rule in after if rule not in before and rule.info.id not in told)
        told.update(rule.info.id for rule in (*before, *after))
        if gone and new:
            yield _change(new[0].info.id, new[0].info.area, _told(gone, base), _told(new, later), ChangeKind.LOGIC)
            continue
        for rule in gone:
            yield _with_lost_text(_change(rule.info.id, rule.info.area, _told((rule,), base), None), base, later)
        for rule in new:
            yield _with_lost_text(_change(rule.info.id, rule.info.area, None, _told((rule,), later)), base, later)


def _told(group: Rules, edition: str) -> tuple[str, tuple[Passage, ...]]:
    cited = dict.fromkeys(passage for rule in group for passage in rule.info.passages_in(edition))
    return " ".join(rule.info.statement for rule in group), tuple(cited)


# ---- figures and lists


@cache
def _area_of_key() -> Mapping[str, str]:
    return {key: area for area, data in read_folder("parameters") for key in data}


def _of_parameters(base: str, later: str) -> Iterator[Change]:
    before, after = PARAMETERS[base], PARAMETERS[later]
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and old.value == new.value:
            continue
        change = _change(
            key,
            _area_of_key()[key],
            None if old is None else (old.value, old.passages),
            None if new is None else (new.value, new.passages),
        )
        yield _with_lost_text(change, base, later)


# ---- what is only stated


def _of_entries(base: str, later: str) -> Iterator[Change]:
    """Statements, permissions and look-ups of documents that only one of the editions has."""
    old_documents = DOCUMENTS_OF_EDITION[base] - DOCUMENTS_OF_EDITION[later]
    new_documents = DOCUMENTS_OF_EDITION[later] - DOCUMENTS_OF_EDITION[base]
    for entry in _stated(old_documents):
        others = _counterparts(entry, DOCUMENTS_OF_EDITION[later])
        if any(same for _, same in others):
            continue
        statements = tuple(other for other, _ in others if other.kind in STATED)
        if statements:
            yield _change(statements[0].id, entry.area, _said((entry,)), _said(statements))
        elif not others:
            yield _with_lost_text(_change(entry.id, entry.area, _said((entry,)), None), base, later)
    for entry in _stated(new_documents):
        if not _counterparts(entry, DOCUMENTS_OF_EDITION[base]):
            yield _with_lost_text(_change(entry.id, entry.area, None, _said((entry,))), base, later)


def _stated(documents: Iterable[str]) -> list[CatalogueEntry]:
    return [entry for entry in CATALOGUE.values() if entry.kind in STATED and entry.document in documents]


def _counterparts(entry: CatalogueEntry, documents: Iterable[str]) -> list[tuple[CatalogueEntry, bool]]:
    return [
        (CATALOGUE[each.id], each.same)
        for each in COUNTERPARTS.get(entry.id, ())
        if each.id in CATALOGUE and CATALOGUE[each.id].document in documents
    ]


def _said(entries: Iterable[CatalogueEntry]) -> tuple[str, tuple[Passage, ...]]:
    entries = tuple(entries)
    return " ".join(entry.statement for entry in entries), tuple(cite for entry in entries for cite in entry.cites)
