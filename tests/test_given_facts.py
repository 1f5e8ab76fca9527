"""Nothing that is given is dropped, and what is absent is not taken for a no.

The contract's descriptors are the list of what may be given. Each field is altered or taken away in the requests of the
vectors until an answer changes; a field that changes none is read by no rule, or no vector shows that it is.
"""

import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import probing
from probing import Fact, Said
from quotary_spec.outcome import Outcome

UNREAD: dict[str, str] = tomllib.loads((Path(__file__).parent / "unread_fields.toml").read_text("utf-8"))["unread"]
_OTHER_VALUES = 40


@cache
def uses() -> dict[str, list[tuple[str, Fact]]]:
    """The vectors that give each field, and where."""
    found: defaultdict[str, list[tuple[str, Fact]]] = defaultdict(list)
    for name, asked in probing.asked().items():
        for fact in probing.facts_of(asked):
            found[fact.key].append((name, fact))
    return found


@cache
def answer(name: str) -> Said:
    """What the server says to a vector as it stands."""
    return probing.ask(probing.asked()[name])


def is_noticed(name: str, fact: Fact) -> bool:
    """True when the answer to a vector is another without the field, or with another value of it."""
    asked, as_it_is = probing.asked()[name], answer(name)
    without = probing.ask(probing.without(asked, fact))
    # Of a message that no call does without, its fields are looked at one by one.
    if without.content != as_it_is.content and (not without.fault or probing.is_noun(fact.field)):
        return True
    for value in probing.others(asked, fact, _OTHER_VALUES):
        other = probing.ask(probing.with_value(asked, fact, value))
        if not other.fault and other.content != as_it_is.content:
            return True
    return False


def fields() -> set[str]:
    """Every field that a request can carry, but for how much of the answer is wanted."""
    return {probing.key_of(field) for field in probing.reachable() if field.name != "view"}


def test_every_field_of_a_request_is_read() -> None:
    dropped = [
        key for key in sorted(fields() - UNREAD.keys()) if not any(is_noticed(*use) for use in uses().get(key, ()))
    ]
    assert dropped == [], "read by no rule, or in no vector: read them, write a vector, or list them with a reason"


def test_what_is_listed_as_unread_is_there_and_is_not_read() -> None:
    assert UNREAD.keys() - fields() == set()
    assert all(UNREAD.values())
    assert [key for key in UNREAD if any(is_noticed(*use) for use in uses().get(key, ()))] == []


def decided_by_absence(name: str, fact: Fact) -> bool:
    """True when an answer that hangs on a fact is decided without it, and does not say that it is missing."""
    asked, as_it_is = probing.asked()[name], answer(name)
    without = probing.ask(probing.without(asked, fact))
    if without.outcome not in (Outcome.GRANTED, Outcome.REFUSED) or probing.text_of(fact.path) in without.missing:
        return False
    if as_it_is.outcome != without.outcome:
        return True
    if fact.field.type != fact.field.TYPE_BOOL or fact.field.is_repeated:
        return False
    (other,) = (probing.ask(probing.with_value(asked, fact, value)) for value in probing.others(asked, fact, 1))
    return not other.fault and other.outcome != without.outcome


FACTS = sorted(
    key
    for key, given in uses().items()
    if not probing.is_noun(given[0][1].field) and not probing.says_what_absence_means(key)
)


@pytest.mark.parametrize("key", FACTS)
def test_a_fact_that_is_absent_is_not_taken_for_a_no(key: str) -> None:
    """Unless the comment of its field says what its absence means."""
    assert [name for name, fact in uses()[key] if decided_by_absence(name, fact)] == []
