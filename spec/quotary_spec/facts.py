"""Facts in plain form (text, whole numbers, true and false, lists, objects) into a rule's typed arguments, and back.

Dates are ``"2026-01-31"``, moments ``"2026-01-31T12:00:00Z"``, decimals text (``"0.075"``), members of a closed set
their value (``"data_center"``), nouns of the model objects by field name, rounding functions their name
(``"half_up"``).
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from functools import cache
from typing import Any, cast

from quotary_spec.money import Rounding, exact_decimal, half_even, half_up
from quotary_spec.outcome import Finding
from quotary_spec.passage import Passage
from quotary_spec.rule import RuleFunction

MOST_ENTRIES = 10_000
MOST_TEXT = 10_000
MOST_INTEGER = 10**18
EXACT_INTEGER = 2**53
"""Largest whole number that every reader of JSON keeps exactly; larger ones are written as text."""

_ROUNDINGS: Mapping[str, Rounding] = {"half_up": half_up, "half_even": half_even}
_SEQUENCES = (list, collections.abc.Sequence, collections.abc.Collection, collections.abc.Iterable)
_SETS = (set, frozenset, collections.abc.Set)
_MAPPINGS = (dict, collections.abc.Mapping)
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class FactFault:
    """A fact that a rule cannot take: its path, a reason of the catalogue, and a detail."""

    path: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RuleInput:
    """One input of a rule: its name, its type in words, and whether a value must be given."""

    name: str
    type: str
    required: bool


def inputs(rule: RuleFunction[..., object]) -> tuple[RuleInput, ...]:
    """What a rule takes, in its own order."""
    hints = _hints(rule.logic)
    return tuple(
        RuleInput(
            each.name, _in_words(hints[each.name]), each.default is each.empty and not _optional(hints[each.name])
        )
        for each in inspect.signature(rule.logic).parameters.values()
    )


def decode(rule: RuleFunction[..., object], facts: Mapping[str, object]) -> tuple[dict[str, Any], list[FactFault]]:
    """A rule's arguments by name, and every fault of the facts.

    A parameter with a default may be left out; one that may be unknown is then None; any other must be given.
    """
    faults: list[FactFault] = []
    hints = _hints(rule.logic)
    parameters = inspect.signature(rule.logic).parameters
    slots = [_Slot(each.name, hints[each.name], each.default is not each.empty) for each in parameters.values()]
    return _read_slots(faults, "", slots, facts), faults


def encode(value: object) -> Any:
    """A value of the rule book in plain form; what ``decode`` reads into the same value again."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _word(value)
    if isinstance(value, int):
        return value if abs(value) <= EXACT_INTEGER else str(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (str, Fraction, Passage)):
        return str(value)
    if isinstance(value, Finding):
        return {"outcome": value.outcome.name, "reason": value.reason, "missing": list(value.missing)}
    if isinstance(value, Mapping):
        return {str(encode(key)): encode(each) for key, each in value.items()}
    if isinstance(value, collections.abc.Set):
        return sorted((encode(each) for each in value), key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: encode(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Iterable):
        return [encode(each) for each in value]
    return getattr(value, "__name__", str(value))


@dataclass(frozen=True, slots=True)
class _Slot:
    """A parameter of a rule or a field of a noun."""

    name: str
    hint: Any
    has_default: bool


@cache
def _hints(of: Callable[..., object] | type) -> Mapping[str, Any]:
    return typing.get_type_hints(of, include_extras=True)


def _options(hint: Any) -> tuple[Any, ...]:
    """The types of a union, or the type itself. A finding comes out of rules, so no fact stands for one."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(each for each in typing.get_args(hint) if each is not Finding)
    return (hint,)


def _optional(hint: Any) -> bool:
    return types.NoneType in _options(hint)


def _is_rounding(hint: Any) -> bool:
    return typing.get_origin(hint) is collections.abc.Callable and typing.get_args(hint) == ([int, int], int)


def _word(member: Enum) -> str:
    return str(member.value) if isinstance(member, StrEnum) else member.name.lower()


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _read_slots(faults: list[FactFault], path: str, slots: list[_Slot], facts: Mapping[str, object]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for slot in slots:
        value, here = facts.get(slot.name, _ABSENT), _below(path, slot.name)
        if value is _ABSENT and slot.has_default:
            continue
        if value is _ABSENT or value is None:
            read[slot.name] = None
            if not _optional(slot.hint):
                faults.append(FactFault(here, "REQUIRED", _in_words(slot.hint)))
        else:
            read[slot.name] = _read(faults, here, slot.hint, value)
    known = {slot.name for slot in slots}
    for name in facts:
        if name not in known:
            takes = ", ".join(known) or "no facts"
            faults.append(FactFault(_below(path, str(name)[:60]), "UNKNOWN_FACT", f"known are {takes}"))
    return read


def _read(faults: list[FactFault], path: str, hint: Any, value: object) -> Any:
    options = [each for each in _options(hint) if each is not types.NoneType]
    for option in options[:-1]:
        attempt: list[FactFault] = []
        read = _read_one(attempt, path, option, value)
        if not attempt:
            return read
    return _read_one(faults, path, options[-1], value)


def _read_one(faults: list[FactFault], path: str, hint: Any, value: object) -> Any:
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if hint in _SCALARS:
        return _SCALARS[hint](faults, path, value)
    if origin is typing.Annotated:
        return _read_within(faults, path, hint, value)
    if origin in (Any, object):
        return _read_anything(faults, path, value)
    if _is_rounding(hint):
        return _read_word(faults, path, _ROUNDINGS, value)
    if origin is typing.Literal:
        return _read_word(faults, path, {str(each): each for each in args}, value)
    if isinstance(origin, type) and issubclass(origin, Enum):
        return _read_word(faults, path, {_word(each): each for each in origin}, value)
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        return _read_row(faults, path, args, value)
    if origin is tuple or origin in _SEQUENCES:
        return _read_list(faults, path, args[0], value)
    if origin in _SETS:
        return frozenset(_read_list(faults, path, args[0], value))
    if origin in _MAPPINGS:
        return _read_table(faults, path, args, value)
    if is_dataclass(origin):
        return _read_noun(faults, path, cast("type", origin), value)
    raise TypeError(f"{path}: facts cannot be given as {hint}")


def _wrong(faults: list[FactFault], path: str, requested: str, value: object) -> None:
    faults.append(FactFault(path, "WRONG_TYPE", f"{requested} is wanted, not {_shown(value)}"))


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    return repr(value)[:60]


def _read_text(faults: list[FactFault], path: str, value: object) -> str:
    if not isinstance(value, str):
        _wrong(faults, path, "text", value)
        return ""
    if len(value) > MOST_TEXT:
        faults.append(FactFault(path, "TOO_LONG", f"{len(value)} of at most {MOST_TEXT} characters"))
    return value


def _read_flag(faults: list[FactFault], path: str, value: object) -> bool:
    if not isinstance(value, bool):
        _wrong(faults, path, "true or false", value)
    return bool(value)


def _read_integer(faults: list[FactFault], path: str, value: object) -> int:
    number = value
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) <= 40:
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int):
        _wrong(faults, path, "a whole number", value)
        return 0
    if abs(number) > MOST_INTEGER:
        faults.append(FactFault(path, "OUT_OF_RANGE", f"{number} is beyond {MOST_INTEGER}"))
    return number


def _read_within(faults: list[FactFault], path: str, hint: Any, value: object) -> object:
    kind, limits = typing.get_args(hint)
    number = _read_one(faults, path, kind, value)
    if not limits.least <= number <= limits.most:
        faults.append(FactFault(path, "OUT_OF_RANGE", f"{number} is not from {limits.least} to {limits.most}"))
        return limits.least
    return number


def _read_decimal(faults: list[FactFault], path: str, value: object) -> Decimal:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    number = exact_decimal(text) if isinstance(text, str) else None
    if number is None:
        faults.append(FactFault(path, "NOT_A_DECIMAL", f"{_shown(value)}: write it as text"))
        return Decimal(0)
    return number


def _read_fraction(faults: list[FactFault], path: str, value: object) -> Fraction:
    numerator, _, denominator = str(value).partition("/")
    below = _read_integer(faults, path, denominator) if denominator else 1
    if below == 0:
        faults.append(FactFault(path, "OUT_OF_RANGE", "a fraction of nothing"))
        return Fraction(0)
    return Fraction(_read_decimal(faults, path, numerator)) / below


def _read_date(faults: list[FactFault], path: str, value: object) -> date:
    try:
        if isinstance(value, str) and len(value) == len("2026-01-31"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    faults.append(FactFault(path, "NOT_A_DATE", f"{_shown(value)}: write it as year-month-day"))
    return date.min


def _read_moment(faults: list[FactFault], path: str, value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        faults.append(FactFault(path, "NOT_A_DATE", f"{_shown(value)}: write it with its offset from UTC"))
        return datetime.min.replace(tzinfo=UTC)
    return moment


_SCALARS: Mapping[Any, Callable[[list[FactFault], str, object], object]] = {
    str: _read_text,
    bool: _read_flag,
    int: _read_integer,
    Decimal: _read_decimal,
    Fraction: _read_fraction,
    date: _read_date,
    datetime: _read_moment,
}

_WORDS = {
    str: "text",
    bool: "true or false",
    int: "integer",
    Decimal: "decimal",
    Fraction: "fraction",
    date: "date",
    datetime: "moment",
}


def _read_word(faults: list[FactFault], path: str, words: Mapping[str, object], value: object) -> object:
    if isinstance(value, str) and value in words:
        return words[value]
    faults.append(FactFault(path, "UNKNOWN_VALUE", f"{_shown(value)} is none of {', '.join(words)}"))
    return next(iter(words.values()))


def _read_anything(faults: list[FactFault], path: str, value: object) -> object:
    if isinstance(value, Mapping):
        return _read_table(faults, path, (str, Any), value)
    if isinstance(value, (list, tuple)):
        return _read_list(faults, path, Any, value)
    if value is not None and not isinstance(value, (str, bool, int)):
        _wrong(faults, path, "text, a whole number, true or false", value)
    return value


def _entries(faults: list[FactFault], path: str, value: object) -> list[object]:
    if not isinstance(value, (list, tuple)):
        _wrong(faults, path, "a list", value)
        return []
    if len(value) > MOST_ENTRIES:
        faults.append(FactFault(path, "TOO_MANY", f"{len(value)} of at most {MOST_ENTRIES}"))
    return list(value[:MOST_ENTRIES])


def _read_list(faults: list[FactFault], path: str, hint: Any, value: object) -> tuple[Any, ...]:
    return tuple(
        _read_given(faults, f"{path}[{i}]", hint, each) for i, each in enumerate(_entries(faults, path, value))
    )


def _read_row(faults: list[FactFault], path: str, hints: tuple[Any, ...], value: object) -> tuple[Any, ...]:
    entries = _entries(faults, path, value)
    if len(entries) != len(hints):
        faults.append(FactFault(path, "OUT_OF_RANGE", f"{len(entries)} entries instead of {len(hints)}"))
    pairs = zip(hints, entries, strict=False)
    return tuple(_read_given(faults, f"{path}[{i}]", hint, each) for i, (hint, each) in enumerate(pairs))


def _read_given(faults: list[FactFault], path: str, hint: Any, value: object) -> Any:
    """An entry of a list or of a table: null stands for what is not known, where the type has room for it."""
    if value is not None or Any in _options(hint):
        return _read(faults, path, hint, value)
    if not _optional(hint):
        faults.append(FactFault(path, "REQUIRED", _in_words(hint)))
    return None


def _read_table(faults: list[FactFault], path: str, hints: tuple[Any, ...], value: object) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        _wrong(faults, path, "an object", value)
        return {}
    of_key, of_value = hints
    return types.MappingProxyType(
        {
            _read(faults, _below(path, str(key)), of_key, key): _read_given(
                faults, _below(path, str(key)), of_value, each
            )
            for key, each in value.items()
        }
    )


@cache
def _slots_of(noun: type) -> list[_Slot]:
    hints = _hints(noun)
    return [_Slot(each.name, hints[each.name], _has_default(each)) for each in fields(noun) if each.init]


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _read_noun(faults: list[FactFault], path: str, noun: type, value: object) -> Any:
    if not isinstance(value, Mapping):
        _wrong(faults, path, "an object", value)
        return None
    before = len(faults)
    read = _read_slots(faults, path, _slots_of(noun), value)
    if len(faults) > before:
        return None
    try:
        return noun(**read)
    except ValueError as error:
        faults.append(FactFault(path, "CONFLICTING_FIELDS", str(error)))
        return None


def _in_words(hint: Any, inside: tuple[Any, ...] = ()) -> str:
    """A type as a person reads it."""
    options = [each for each in _options(hint) if each is not types.NoneType]
    return " or ".join(dict.fromkeys(_one_in_words(each, inside) for each in options))


def _one_in_words(hint: Any, inside: tuple[Any, ...]) -> str:
    origin, args = typing.get_origin(hint) or hint, typing.get_args(hint)
    if hint in _WORDS:
        return _WORDS[hint]
    if origin is typing.Annotated:
        limits = args[1]
        return f"{_WORDS[args[0]]} from {limits.least} to {limits.most}"
    if origin in (Any, object):
        return "anything"
    if _is_rounding(hint):
        return " | ".join(_ROUNDINGS)
    if origin is typing.Literal:
        return " | ".join(map(str, args))
    if isinstance(origin, type) and issubclass(origin, Enum):
        return " | ".join(map(_word, origin))
    if origin is tuple and not (len(args) == 2 and args[1] is Ellipsis):
        return f"list of {', '.join(_in_words(each, inside) for each in args)}"
    if origin is tuple or origin in _SEQUENCES or origin in _SETS:
        return f"list of ({_in_words(args[0], inside)})"
    if origin in _MAPPINGS:
        return f"object of ({_in_words(args[1], inside)}) by {_in_words(args[0], inside)}"
    if is_dataclass(origin):
        if origin in inside:
            return cast("type", origin).__name__.lower()
        slots = _slots_of(cast("type", origin))
        return f"object ({'; '.join(f'{each.name}: {_in_words(each.hint, (*inside, origin))}' for each in slots)})"
    raise TypeError(f"facts cannot be given as {hint}")
