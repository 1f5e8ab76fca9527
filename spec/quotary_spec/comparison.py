"""What changed from one edition to a later one: rules, figures and lists, and what is only stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache

from quotary_spec import rules
from quotary_spec.passage import Passage
from quotary_spec.register.catalogue import CATALOGUE, STATED, CatalogueEntry
from quotary_spec.register.counterparts import COUNTERPARTS, LOST, STANDS
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION
from quotary_spec.register.files import read_folder
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.rule import RuleFunction, registered_rules, registered_versions


class ChangeKind(IntEnum):
    """How a rule, a figure or a statement stands in two editions."""

    ADDED = 1
    REMOVED = 2
    LOGIC = 3
    VALUE = 4


@dataclass(frozen=True, slots=True)
class EditionChange:
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


def changes(base: str, later: str) -> tuple[EditionChange, ...]:
    """Everything that differs between two editions, by area and id."""
    rules.load()
    found: dict[tuple[str, str, ChangeKind], EditionChange] = {}
    for change in (
        *_of_rules(base, later),
        *_of_parameters(base, later),
        *_of_entries(base, later),
    ):
        place = (change.area, change.id, change.kind)
        found[place] = _joined(found[place], change) if place in found else change
    return tuple(found[place] for place in sorted(found))


def _joined(first: EditionChange, second: EditionChange) -> EditionChange:
    """Two statements of the base that one statement of the later edition replaces."""
    return replace(
        first,
        base_value=f"{first.base_value} {second.base_value}",
        base_passages=tuple(dict.fromkeys((*first.base_passages, *second.base_passages))),
        text_lost=first.text_lost and second.text_lost,
    )


def _change(
    id: str,
    area: str,
    before: tuple[object, tuple[Passage, ...]] | None,
    after: tuple[object, tuple[Passage, ...]] | None,
    both: ChangeKind = ChangeKind.VALUE,
) -> EditionChange:
    """A change from what stood before, with its passages, to what stands after."""
    base_value, base_passages = before or (None, ())
    value, passages = after or (None, ())
    kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED if after is None else both
    return EditionChange(kind, id, area, base_value, value, base_passages, passages)


def _with_lost_text(change: EditionChange, base: str, later: str) -> EditionChange:
    """The same change, marked where one side's text is missing; it then cites the place from which it is missing."""
    if change.base_passages and change.passages:
        lost = any(
            each.here.document != each.there.document
            and _meets(each.here, (*change.base_passages, *change.passages))
            and _meets(each.there, (*change.base_passages, *change.passages))
            for each in LOST
        )
        return replace(change, text_lost=lost)
    silent = DOCUMENTS_OF_EDITION[base if change.kind is ChangeKind.ADDED else later]
    speaking = change.passages or change.base_passages
    missing = tuple(each.here for each in LOST if each.here.document in silent and _meets(each.there, speaking))
    if not missing:
        return change
    if change.kind is ChangeKind.ADDED:
        return replace(change, base_passages=missing, text_lost=True)
    return replace(change, passages=missing, text_lost=True)


def _meets(passage: Passage, others: Iterable[Passage]) -> bool:
    return any(passage.overlaps(other) for other in others)


# ---- rules


def _of_rules(base: str, later: str) -> Iterator[EditionChange]:
    told: set[str] = set()
    every = tuple(registered_rules().values())
    versions = [table.versions for table in registered_versions()]
    alone = [dict.fromkeys(rule.info.editions, rule) for rule in every]
    for group in (*versions, *alone):
        before, after = group.get(base), group.get(later)
        sides = {rule.info.id for rule in (before, after) if rule is not None}
        if before is after or sides & told:
            continue
        told |= sides
        named = after or before
        assert named is not None
        change = _change(
            named.info.id,
            named.info.area,
            None if before is None else _told(before, base),
            None if after is None else _told(after, later),
            ChangeKind.LOGIC,
        )
        yield change if before and after else _with_lost_text(change, base, later)


def _told(rule: RuleFunction[..., object], edition: str) -> tuple[str, tuple[Passage, ...]]:
    return rule.info.statement, rule.info.passages_in(edition)


# ---- figures and lists


@cache
def _area_of_key() -> Mapping[str, str]:
    return {key: area for area, data in read_folder("parameters") for key in data}


def _of_parameters(base: str, later: str) -> Iterator[EditionChange]:
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


def _of_entries(base: str, later: str) -> Iterator[EditionChange]:
    """Statements, permissions and look-ups of documents that only one of the editions has."""
    old, new = DOCUMENTS_OF_EDITION[base], DOCUMENTS_OF_EDITION[later]
    for entry in _stated(old - new):
        others = _counterparts(entry, new)
        successors = tuple(other for other, _ in others if other.document not in old)
        if any(same for _, same in others) or _stands(entry, new):
            continue
        if successors:
            yield from _restated((entry,), successors, base, later)
        else:
            yield _with_lost_text(_change(entry.id, entry.area, _said((entry,)), None), base, later)
    for entry in _stated(new - old):
        others = _counterparts(entry, old)
        if _stands(entry, old):
            continue
        if not others:
            yield _with_lost_text(_change(entry.id, entry.area, None, _said((entry,))), base, later)
        elif all(other.document in new and not same for other, same in others):
            # What a document of the base alone says was compared above.
            yield from _restated(tuple(other for other, _ in others), (entry,), base, later)


def _restated(
    before: tuple[CatalogueEntry, ...], after: tuple[CatalogueEntry, ...], base: str, later: str
) -> Iterator[EditionChange]:
    """What is stated otherwise; a matter that a rule computes is compared as a rule."""
    stated = tuple(entry for entry in after if entry.kind in STATED)
    comparable = before and stated and all(entry.kind in STATED for entry in before)
    if comparable and _said(before)[0] != _said(stated)[0]:
        change = _change(stated[0].id, stated[0].area, _said(before), _said(stated), ChangeKind.LOGIC)
        yield _with_lost_text(change, base, later)


def _stated(documents: Iterable[str]) -> list[CatalogueEntry]:
    return [entry for entry in CATALOGUE.values() if entry.kind in STATED and entry.document in documents]


def _stands(entry: CatalogueEntry, documents: Iterable[str]) -> bool:
    """Whether one of the documents says the same in lines that the catalogue has no entry for."""
    return any(place.document in documents for place in STANDS.get(entry.id, ()))


def _counterparts(entry: CatalogueEntry, documents: Iterable[str]) -> list[tuple[CatalogueEntry, bool]]:
    return [
        (CATALOGUE[each.id], each.same)
        for each in COUNTERPARTS.get(entry.id, ())
        if each.id in CATALOGUE and CATALOGUE[each.id].document in documents
    ]


def _said(entries: Iterable[CatalogueEntry]) -> tuple[str, tuple[Passage, ...]]:
    entries = tuple(entries)
    return " ".join(entry.statement for entry in entries), tuple(cite for entry in entries for cite in entry.cites)
