"""Requests drawn from the contract and the vectors: theirs first, then their boundaries, then combinations of them.

The n-th request of a seed is always the same, so that a comparison can be taken up where it ended.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from quotary_conformance.contract import Call, call_of
from quotary_conformance.vectors import Vector

_DECIMAL = re.compile(r"\d{1,15}(\.\d{1,12})?")
_INTEGERS = (
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)
_BOUNDARIES_OF_EACH = 4
"""Draws for each vector that change no more than a boundary, before anything else is changed."""


@dataclass(frozen=True, slots=True)
class Site:
    """A field of a message within a request, set or not."""

    message: Message
    field: FieldDescriptor

    @property
    def is_set(self) -> bool:
        """Whether it holds anything."""
        value = getattr(self.message, self.field.name)
        if self.field.is_repeated:
            return len(value) > 0
        return self.message.HasField(self.field.name) if self.field.has_presence else bool(value)

    @property
    def is_map(self) -> bool:
        """Whether it is a map, which is left as it is."""
        of = self.field.message_type
        return of is not None and (of.GetOptions().map_entry or of.full_name == "google.protobuf.Struct")


def sites(message: Message) -> Iterator[Site]:
    """Every field of a message and of the messages in it; dates, amounts and the like count as one."""
    fields: Any = message.DESCRIPTOR.fields
    for field in fields:
        site = Site(message, field)
        if field.name == "view" or site.is_map:
            continue
        yield site
        if field.message_type is None or field.message_type.full_name.startswith("google.") or not site.is_set:
            continue
        value = getattr(message, field.name)
        for each in value if field.is_repeated else (value,):
            yield from sites(each)


class Drawer:
    """Draws requests for the calls that some vectors ask; a call that takes a stream is left out."""

    def __init__(self, vectors: Iterable[Vector], seed: int) -> None:
        self.seed = seed
        self.starts: list[tuple[Call, Message]] = []
        self._pool: dict[str, list[Any]] = {}
        self._dates: list[date] = []
        seen: set[tuple[str, bytes]] = set()
        for vector in vectors:
            call = call_of(vector)
            if call.streams_requests or call.streams_responses:
                continue
            (request,) = call.requests(vector)
            if "view" in request.DESCRIPTOR.fields_by_name:
                request.ClearField("view")
            if (key := (call.name, request.SerializeToString(deterministic=True))) not in seen:
                seen.add(key)
                self.starts.append((call, request))
                self._harvest(request)

    def _harvest(self, request: Message) -> None:
        for site in sites(request):
            if not site.is_set:
                continue
            value = getattr(site.message, site.field.name)
            known = self._pool.setdefault(site.field.full_name, [])
            for each in value if site.field.is_repeated else (value,):
                if each not in known:
                    known.append(each)
                if isinstance(each, Message) and each.DESCRIPTOR.full_name == "google.type.Date":
                    self._add_date(each)

    def _add_date(self, day: Any) -> None:
        try:
            found = date(day.year, day.month, day.day)
        except ValueError:
            return
        if found not in self._dates:
            self._dates.append(found)

    def draw(self, number: int) -> tuple[Call, Message]:
        """The request of this number."""
        if number < len(self.starts):
            return self.starts[number]
        chance = Random(f"{self.seed}/{number}")
        call, start = chance.choice(self.starts)
        request = type(start)()
        request.CopyFrom(start)
        boundaries_only = number < len(self.starts) * (1 + _BOUNDARIES_OF_EACH)
        for _ in range(1 if boundaries_only else chance.choice((1, 1, 1, 2, 2, 3))):
            self._change(request, chance, boundaries_only)
        return call, request

    def _change(self, request: Message, chance: Random, boundaries_only: bool) -> None:
        every = list(sites(request))
        ordered = [site for site in every if site.is_set and self._boundaries(site, chance)]
        if ordered and (boundaries_only or chance.random() < 0.3):
            site = chance.choice(ordered)
            _put(site, chance.choice(self._boundaries(site, chance)))
            return
        site = chance.choice(every)
        if site.field.is_repeated:
            self._change_list(site, chance)
        elif site.is_set and chance.random() < 0.3:
            site.message.ClearField(site.field.name)
        elif values := self._values(site.field):
            _put(site, chance.choice(values))

    def _change_list(self, site: Site, chance: Random) -> None:
        values, entries = self._values(site.field), getattr(site.message, site.field.name)
        if len(entries) and chance.random() < 0.3:
            del entries[chance.randrange(len(entries))]
        elif values:
            entry = chance.choice(values)
            if isinstance(entry, Message):
                entries.add().CopyFrom(entry)
            else:
                entries.append(entry)

    def _values(self, field: FieldDescriptor) -> list[Any]:
        """What may stand in a field: what the vectors have there, and what the contract says."""
        if field.enum_type is not None:
            return [value.number for value in field.enum_type.values]
        if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            return [True, False]
        return self._pool.get(field.full_name, [])

    def _boundaries(self, site: Site, chance: Random) -> list[Any]:
        """Values beside the one that stands in a field, where its values have an order."""
        if site.field.is_repeated:
            return []
        value = getattr(site.message, site.field.name)
        known = self._pool.get(site.field.full_name, [])
        if isinstance(value, Message):
            if value.DESCRIPTOR.full_name == "google.type.Date":
                return _days(value, chance.choice(self._dates))
            return _amounts(value, chance) if value.DESCRIPTOR.full_name == "google.type.Money" else []
        if site.field.enum_type is None and site.field.cpp_type in _INTEGERS:
            near = {each + step for each in (value, chance.choice(known)) for step in (-1, 0, 1)}
            return sorted(each for each in near | {0, 1} if 0 <= each < 2**31)
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            return _decimals(value)
        return []


def _put(site: Site, value: Any) -> None:
    if isinstance(value, Message):
        getattr(site.message, site.field.name).CopyFrom(value)
    else:
        setattr(site.message, site.field.name, value)


def _days(day: Any, threshold: date) -> list[Message]:
    """The days beside a day and beside a day that matters elsewhere, ends of its month, and leap days."""
    found = [threshold + timedelta(days=step) for step in (-1, 0, 1)]
    try:
        own = date(day.year, day.month, day.day)
    except ValueError:
        own = threshold
    found += [own + timedelta(days=step) for step in (-1, 1) if own.toordinal() > 1]
    found += [own.replace(day=1), own.replace(day=monthrange(own.year, own.month)[1]), date(2024, 2, 29)]
    return [type(day)(year=each.year, month=each.month, day=each.day) for each in found]


def _amounts(money: Any, chance: Random) -> list[Message]:
    """A minor unit more and less, nothing, half as much, and amounts whose taxes end in half a minor unit."""
    minor = money.units * 100 + money.nanos // 10**7
    halves = (chance.randrange(1, 400, 2) * chance.choice((5, 10, 25, 50)) for _ in range(3))
    found = {minor - 1, minor + 1, 0, minor // 2, chance.randrange(1, 40_000), *halves}
    made = []
    for each in sorted(found):
        if each >= 0:
            units, rest = divmod(each, 100)
            made.append(type(money)(currency_code=money.currency_code, units=units, nanos=rest * 10**7))
    return made


def _decimals(text: str) -> list[str]:
    value = Decimal(text)
    step = Decimal(1).scaleb(int(value.as_tuple().exponent))
    found = {value - step, value + step, Decimal(0), Decimal(1), value / 2}
    return [format(each, "f") for each in sorted(found) if each >= 0]
