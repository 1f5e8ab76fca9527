"""How strong the vectors are: the engines that cheat, and the fields that somebody would notice. ``make strength``.

Each field that is set in the reference's answer to a vector is dropped, and altered, one at a time; the vector and the
invariants should notice.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

import cheats
import release
from quotary_conformance.beside import WORDS
from quotary_conformance.contract import call_of
from quotary_conformance.drawing import Site
from quotary_conformance.running import Manner, Verdict, judge
from quotary_conformance.vectors import Vector, load, released

OPEN = WORDS - {"rule_ids", "rule_id", "citations"}
"""Fields that are not looked at: words, and what only the server that answers knows."""


def places(message: Message, path: str = "") -> Iterator[tuple[str, list[tuple[str, int | None]]]]:
    """Every field that is set, by its path without places in lists, with the way to it."""

    def walk(at: Message, kind: str, way: list[tuple[str, int | None]]) -> Iterator[Any]:
        for field, value in at.ListFields():
            if field.name in OPEN or (field.message_type is not None and field.message_type.GetOptions().map_entry):
                continue
            here, step = f"{kind}.{field.name}".lstrip("."), [*way, (field.name, None)]
            yield here, step
            if field.message_type is None or field.message_type.full_name.startswith("google."):
                continue
            entries = [(i, each) for i, each in enumerate(value)] if field.is_repeated else [(None, value)]
            for place, each in entries:
                yield from walk(each, here, [*way, (field.name, place)])

    yield from walk(message, path, [])


def spoilt(answer: Message, way: list[tuple[str, int | None]]) -> Iterator[Message]:
    """The answer without the field, and with another value in it."""
    for alter in (False, True):
        made = type(answer)()
        made.CopyFrom(answer)
        at: Any = made
        for name, place in way[:-1]:
            at = getattr(at, name) if place is None else getattr(at, name)[place]
        fields: Any = at.DESCRIPTOR.fields_by_name
        site = Site(at, fields[way[-1][0]])
        if not alter:
            at.ClearField(site.field.name)
            yield made
        elif _altered(site):
            yield made


def _altered(site: Site) -> bool:
    field, value = site.field, getattr(site.message, site.field.name)
    if field.is_repeated:
        if field.message_type is None:
            return False
        value.add().CopyFrom(value[0])
        return True
    if field.message_type is not None:
        if field.message_type.full_name == "google.type.Money":
            value.units += 1
        elif field.message_type.full_name == "google.type.Date":
            value.year += 1
        else:
            return False
    elif field.enum_type is not None:
        setattr(site.message, field.name, next(each.number for each in field.enum_type.values if each.number != value))
    elif field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        setattr(site.message, field.name, not value)
    elif isinstance(value, str):
        setattr(site.message, field.name, f"{value}0" if value[-1:].isdigit() else f"{value}x")
    else:
        setattr(site.message, field.name, value + 1)
    return True


def noticed(vectors: Iterable[Vector], answers: dict[str, Message], manner: Manner) -> dict[str, Counter[bool]]:
    """For each field of an answer, in how many vectors its loss and its change were noticed, and in how many not."""
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    for vector in vectors:
        answer, call = answers.get(vector.id), call_of(vector)
        if answer is None or call.streams_responses:
            continue
        for kind, way in places(answer):
            name = f"{call.response.name}.{kind}"
            seen = all(
                judge(vector, call, [bad], "", manner).verdict is Verdict.DISAGREED for bad in spoilt(answer, way)
            )
            found[name][seen] += 1
    return found


def main() -> int:
    """Print the table of cheats and the fields that are noticed too little; 1 when a cheat passes too much."""
    knows = release.knowledge()
    manner = Manner(knowledge=knows)
    with release.reference() as channel:
        named = release.named_rules(load(), channel)
        vectors = [released(row) for row in release.vector_rows(load(), knows, named)]
        answers = {
            each.id: call_of(each).send(channel, call_of(each).requests(each), 30)[0]
            for each in vectors
            if each.error is None
        }
    too_many = False
    for name, (count, limit) in cheats.table(vectors, manner).items():
        share = count / len(vectors)
        too_many |= share > limit
        print(f"{name}: {count} of {len(vectors)} ({share:.2%}, at most {limit:.1%})")
    fields = noticed(vectors, answers, manner)
    for most, words in ((0, "noticed by no vector"), (1, "noticed by one vector")):
        few = sorted(name for name, seen in fields.items() if seen[True] == most)
        print(f"\n{words}: {len(few)}")
        print(*(f"  {name} (set in {fields[name].total()})" for name in few), sep="\n")
    often = sum(seen[True] > 1 for seen in fields.values())
    print(f"\nnoticed by two vectors or more: {often} of {len(fields)} fields")
    return 1 if too_many else 0


if __name__ == "__main__":
    sys.exit(main())
