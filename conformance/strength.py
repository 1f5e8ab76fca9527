"""How strong the vectors are: the engines that cheat, and the fields that somebody would notice. ``make strength``.

Each field that is set in the reference's answer to a vector is dropped, and altered, one at a time; the vector and the
invariants should notice. So is each field of the request: then the reference should answer what the vector does not
expect. A field is one of the contract's, wherever its message stands; two vectors that notice it are enough.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

import cheats
import release
from in_process import Asked, Engine, asked, named_rules
from quotary_conformance.beside import WORDS
from quotary_conformance.contract import message_class
from quotary_conformance.drawing import Site
from quotary_conformance.running import Manner
from quotary_conformance.vectors import load, released

OPEN = WORDS - {"rule_ids", "rule_id", "citations"}
"""Fields that are not looked at: words, and what only the server that answers knows."""

ENOUGH = 2
"""Vectors that should notice a field."""


Way = list[tuple[str, int | None]]
"""The names of fields that lead into a message, each with the place in a list."""


def places(message: Message) -> Iterator[tuple[str, Way]]:
    """Every field that is set, by its name in the contract, with the way to it."""

    def walk(at: Message, way: Way) -> Iterator[tuple[str, Way]]:
        for field, value in at.ListFields():
            of = field.message_type
            if field.name in OPEN or (of is not None and of.GetOptions().map_entry):
                continue
            yield f"{at.DESCRIPTOR.name}.{field.name}", [*way, (field.name, None)]
            if of is None or of.full_name.startswith("google."):
                continue
            for place, each in enumerate(value) if field.is_repeated else ((None, value),):
                yield from walk(each, [*way, (field.name, place)])

    yield from walk(message, [])


def spoilt(answer: Message, way: Way) -> Iterator[Message]:
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


def noticed(vectors: Iterable[Asked], manner: Manner) -> dict[str, Counter[bool]]:
    """For each field of answers, how many vectors noticed its loss and its change, and how many did not."""
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    for one in vectors:
        for answer in _answers(one):
            for name, way in places(answer):
                if found[name][True] < ENOUGH:
                    found[name][all(one.judged([bad], manner) for bad in spoilt(answer, way))] += 1
    return found


def _answers(one: Asked) -> list[Message]:
    if one.right is None or one.call.streams_responses:
        return []
    return [message_class(one.call.response.full_name).FromString(each) for each in one.right]


def noticed_of_requests(vectors: Iterable[Asked], engine: Engine, manner: Manner) -> dict[str, Counter[bool]]:
    """For each field of requests, how many vectors noticed its loss or its change, and how many neither."""
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    for one in vectors:
        for place, message in enumerate(one.messages):
            for name, way in places(message):
                if found[name][True] < ENOUGH:
                    others = (_with(one, place, other) for other in spoilt(message, way))
                    found[name][any(other.notices(engine, manner) for other in others)] += 1
    return found


def _with(one: Asked, place: int, message: Message) -> Asked:
    """The vector with another message in its request."""
    messages = [*one.messages[:place], message, *one.messages[place + 1 :]]
    return replace(one, messages=messages, requests=[each.SerializeToString() for each in messages])


def told(title: str, fields: dict[str, Counter[bool]]) -> None:
    """Print how many vectors notice the fields, and by name those that too few notice."""
    by_count = {count: sorted(name for name, seen in fields.items() if seen[True] == count) for count in (0, 1)}
    enough = sum(seen[True] >= ENOUGH for seen in fields.values())
    print(f"\n{title}: {len(fields)} fields; noticed by no vector {len(by_count[0])}, ", end="")
    print(f"by one {len(by_count[1])}, by two or more {enough}")
    for count, names in by_count.items():
        for name in names:
            print(f"  {count}: {name} (set in {fields[name].total()})")


def main() -> int:
    """Print the table of cheats and the fields that too few vectors notice; 1 when a cheat passes too much."""
    engine, knows = Engine(), release.knowledge()
    manner = Manner(knowledge=knows)
    vectors = [released(row) for row in release.vector_rows(load(), knows, named_rules(load(), engine))]
    wrong = False
    for name, (count, limit) in cheats.table(vectors, manner).items():
        share = count / len(vectors)
        wrong |= share > limit
        print(f"{name}: {count} of {len(vectors)} ({share:.2%}, at most {limit:.1%})")
    every = asked(vectors, engine, manner)
    told("answers", noticed(every, manner))
    told("requests", noticed_of_requests(every, engine, manner))
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
