"""Pages of a list that does not change: an opaque token names the last entry of the page before, and the question."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from quotary_server.adapter.faults import Faults

T = TypeVar("T")

MOST_ENTRIES = 1_000

MOST_TOKEN = 1_000
"""Characters of a page token; the longest that is given out has a rule's id or a place's name in it."""


def page(
    faults: Faults,
    entries: Sequence[T],
    key: Callable[[T], Sequence[str]],
    size: int,
    token: str,
    question: Sequence[str],
    usual: int = MOST_ENTRIES,
) -> tuple[Sequence[T], str]:
    """The wanted part of ``entries``, which stand in the order of their keys, and the token of the next page.

    Args:
        size: Entries wanted; 0 stands for ``usual``, and no page is longer than the limit.
        question: The filters asked for; a token belongs to the question that it was made for.
    """
    if size < 0:
        faults.add("page_size", "OUT_OF_RANGE", f"{size} is below 0")
    after = read_token(token, question) if token else []
    if after is None:
        faults.add("page_token", "INVALID_PAGE_TOKEN")
        return (), ""
    rest = [entry for entry in entries if list(key(entry)) > after]
    count = min(size if size > 0 else usual, MOST_ENTRIES)
    shown = rest[:count]
    return shown, write_token(key(shown[-1]), question) if len(rest) > len(shown) else ""


def write_token(last: Sequence[str], question: Sequence[str]) -> str:
    """The token of the page after the entry with that key, for that question."""
    return base64.urlsafe_b64encode(json.dumps([_mark(question), list(last)]).encode()).decode().rstrip("=")


def read_token(token: str, question: Sequence[str]) -> list[str] | None:
    """The key that a token names; None when it was not made for that question."""
    if len(token) > MOST_TOKEN:
        return None
    try:
        read = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    match read:
        case [str(made_for), [*last]] if made_for == _mark(question) and all(isinstance(each, str) for each in last):
            return last
        case _:
            return None


def _mark(question: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(question)).encode()).hexdigest()[:16]
