"""Pages of lists that grow while they are read: newest first, each page after the last entry of the one before.

An entry that is added meanwhile stands before the first page; none is shown twice or left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from quotary_server.adapter.faults import Faults
from quotary_server.adapter.paging import MOST_ENTRIES, read_token
from quotary_server.adapter.paging import write_token as write

USUAL_ENTRIES = 100


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


def write_token(place: int | None, question: Sequence[str]) -> str:
    """The token of the page after that place; empty when there is none."""
    return "" if place is None else write([str(place)], question)
