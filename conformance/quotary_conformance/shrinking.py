"""The smallest request that still shows a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import Message

from quotary_conformance.drawing import Site, sites


def shrink(request: Message, still: Callable[[Message], bool], most: int = 600) -> Message:
    """Leave out and simplify what can be while ``still`` holds, asking it at most so many times."""
    tries = 0
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(request):
            tries += 1
            if tries > most:
                return request
            if still(smaller):
                request, progress = smaller, True
                break
    return request


def leaves(request: Message) -> int:
    """How many fields of a request are set; a date or an amount is one."""
    return sum(
        len(getattr(site.message, site.field.name)) if site.field.is_repeated else 1
        for site in sites(request)
        if site.is_set and (site.field.message_type is None or site.field.message_type.full_name.startswith("google."))
    )


def _smaller(request: Message) -> Iterator[Message]:
    """Requests with one thing less, large things first, then with one thing simpler."""
    count = sum(1 for _ in sites(request))
    for place in range(count):
        yield from _without(request, place)
    for place in range(count):
        yield from _simpler(request, place)


def _copy(request: Message, place: int) -> tuple[Message, Site]:
    made = type(request)()
    made.CopyFrom(request)
    return made, next(site for i, site in enumerate(sites(made)) if i == place)


def _without(request: Message, place: int) -> Iterator[Message]:
    made, site = _copy(request, place)
    if not site.is_set:
        return
    name = site.field.name
    length = len(getattr(site.message, name)) if site.field.is_repeated else 0
    site.message.ClearField(name)
    yield made
    for entry in range(length if length > 1 else 0):
        made, site = _copy(request, place)
        del getattr(site.message, name)[entry]
        yield made


def _simpler(request: Message, place: int) -> Iterator[Message]:
    _, site = _copy(request, place)
    if not site.is_set or site.field.is_repeated:
        return
    value: Any = getattr(site.message, site.field.name)
    if isinstance(value, Message) and value.DESCRIPTOR.full_name == "google.type.Money":
        for units in (100, 1):
            made, site = _copy(request, place)
            money: Any = getattr(site.message, site.field.name)
            if (money.units, money.nanos) == (units, 0) or (money.units <= units and not money.nanos):
                break
            money.units, money.nanos = units, 0
            yield made
    elif isinstance(value, int) and not isinstance(value, bool) and site.field.enum_type is None and value > 1:
        made, site = _copy(request, place)
        setattr(site.message, site.field.name, 1)
        yield made
