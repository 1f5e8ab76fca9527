"""Pages of lists that grow while they are read: newest first, each page after the last entry of the one before.

An entry that is added meanwhile stands before the first page; none is shown twice or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from quotary_server.adapter.faults import Faults
from quotary_server.adapter.paging import MOST_ENTRIES, read_token
from quotary_server.adapter.paging import write_token as write

USUAL_ENTRIES = 100

MOST_PAGE_BYTES = 3 * 1024 * 1024
"""Bytes of the entries of a page: ordinary clients take messages of 4 MiB."""

_FIRST_GROUP = 10

P = TypeVar("P")
E = TypeVar("E")


def read_states(faults: Faults, states: Collection[int], known: Collection[int]) -> frozenset[int]:
    """The states asked for; none stands for any."""
    for i, state in enumerate(states):
        if state == 0 or state not in known:
            faults.add(f"states[{i}]", "UNKNOWN_VALUE", str(state))
    return frozenset(states)


def read_page(faults: Faults, size: int, token: str, question: Sequence[str]) -> tuple[int, int | None]:
    """How many entries are wanted, and the place after which they stand; None for the first page."""
    if size < 0:
        faults.add("page_size", "OUT_OF_RANGE", f"{size} is below 0")
    after = None
    if token:
        match read_token(token, question):
            case [str(place)] if place.isdecimal() and len(place) < 19:
                after = int(place)
            case _:
                faults.add("page_token", "INVALID_PAGE_TOKEN")
    return min(size if size > 0 else USUAL_ENTRIES, MOST_ENTRIES), after


def within_bytes(places: Sequence[P], load: Callable[[Sequence[P]], Iterable[E]], size: Callable[[E], int]) -> list[E]:
    """The entries at these places until they are as long as a page may be; at least one, however long it is.

    They are loaded some at a time, as many as the page still holds by what the ones before took, so that what is not
    shown takes no memory.

    Args:
        load: Gives the entries at some places, in their order.
        size: Bytes of one.
    """
    entries: list[E] = []
    start, taken, group = 0, 0, _FIRST_GROUP
    while start < len(places):
        for entry in load(places[start : start + group]):
            taken += size(entry)
            if entries and taken > MOST_PAGE_BYTES:
                return entries
            entries.append(entry)
        start += group
        group = max(1, (MOST_PAGE_BYTES - taken) * start // max(taken, 1))
    return entries


def write_token(place: int | None, question: Sequence[str]) -> str:
    """The token of the page after that place; empty when there is none."""
    return "" if place is None else write([str(place)], question)
