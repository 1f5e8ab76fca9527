"""The options that commands share, and what they choose: a target, vectors, what counts."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from quotary_conformance import data
from quotary_conformance.patterns import KnownFailure, KnownFailuresError, Pattern, read_known_failures
from quotary_conformance.vectors import USES, Choice, Level, Vector, VectorError, choose, load

AGREED, DISAGREED, COULD_NOT_RUN, BROKEN = 0, 1, 2, 3


class Stop(Exception):
    """The run cannot be made; says why."""


def stop(message: str) -> NoReturn:
    """Say why it cannot go on, and end."""
    raise Stop(message)


def add_target(parser: argparse.ArgumentParser) -> None:
    """How a server is reached."""
    parser.add_argument("target", nargs="?", help="host:port, http://host:port, https://host:port or unix:/path")
    parser.add_argument("--exec", metavar="COMMAND", help="start the engine so, stop it at the end; {port} is given")
    parser.add_argument("--tls", action="store_true", help="connect with TLS and the system's certificates")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="connect with TLS; who signed the server's certificate")
    parser.add_argument("--cert", type=Path, metavar="FILE", help="the client's certificate")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the key of the client's certificate")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help="sent with each call")
    parser.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="that a call may take (10)")
    parser.add_argument("--wait", type=_seconds, default=10.0, metavar="SECONDS", help="for the server to come (10)")


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Which vectors are meant."""
    choice = parser.add_argument_group("which vectors")
    for option, words in (
        ("run", "only vectors of this name; * and ** are wildcards"),
        ("skip", "no vectors of this name"),
        ("call", "only this call: TaxService.CalculateTax"),
        ("service", "only calls of this service: TaxService"),
        ("area", "only this area: tax"),
        ("edition", "only this edition: 2026"),
    ):
        choice.add_argument(f"--{option}", action="append", default=[], metavar=option.upper(), help=words)
    choice.add_argument("--level", action="append", default=[], choices=list(Level), help="only vectors of this level")
    choice.add_argument("--without", action="append", default=[], choices=USES, help="no vectors that use this")
    choice.add_argument(
        "--out-of-scope", type=Path, metavar="FILE", help="patterns of what the engine will never do, with reasons"
    )
    add_folder(choice)


def add_folder(parser: Any) -> None:
    """Vectors of one's own."""
    parser.add_argument("--vectors", type=Path, metavar="FOLDER", help="vectors of this folder, not those shipped")


def add_judging(parser: argparse.ArgumentParser) -> None:
    """What counts against a target."""
    judging = parser.add_argument_group("what counts")
    judging.add_argument("--known-failing", type=Path, metavar="FILE", help="vectors that fail for now, with reasons")
    judging.add_argument("--require", action="store_true", help="a call that is not offered fails the run")
    judging.add_argument(
        "--allow", action="append", default=[], metavar="INVARIANT", help="do not check this of every answer"
    )
    judging.add_argument("--fail-fast", action="store_true", help="end with the first that is not as it should be")
    judging.add_argument("--parallel", type=_count, default=4, metavar="N", help="calls at one time (4)")
    judging.add_argument(
        "--give-up-after", type=_count, default=5, metavar="N", help="missing results in a row that end the run (5)"
    )


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Where and how it is told."""
    reports = parser.add_argument_group("reports")
    reports.add_argument("--junit", type=Path, metavar="FILE", help="as JUnit XML")
    reports.add_argument("--json", type=Path, metavar="FILE", help="as JSON")
    reports.add_argument("--html", type=Path, metavar="FILE", help="as one page of HTML")
    reports.add_argument("--write-known-failing", type=Path, metavar="FILE", help="what fails now, for --known-failing")
    reports.add_argument("--most", type=_count, default=50, metavar="N", help="shown whole on the screen (50)")
    reports.add_argument("--no-progress", action="store_true", help="do not count along")


def add_comparing(parser: argparse.ArgumentParser) -> None:
    """What is drawn, and what is compared."""
    drawn = parser.add_argument_group("what is drawn and compared")
    drawn.add_argument("--with", dest="reference", required=True, metavar="REFERENCE", help="the reference server")
    drawn.add_argument("--seed", type=int, default=0, help="which requests are drawn (0)")
    drawn.add_argument("--count", type=_count, default=5000, metavar="N", help="requests to compare (5000)")
    drawn.add_argument("--seconds", type=_seconds, metavar="S", help="end after so long")
    drawn.add_argument("--most", type=_count, default=20, metavar="N", help="differences after which to end (20)")
    drawn.add_argument("--only", action="append", default=[], metavar="FIELD", help="compare this field: tax_total")
    drawn.add_argument("--ignore", action="append", default=[], metavar="NAME", help="compare no field of this name")
    drawn.add_argument("--strict", action="store_true", help="compare words, rule ids, citations and digests too")
    drawn.add_argument("--state", type=Path, metavar="FILE", help="keep what was covered; taken up where it ended")
    drawn.add_argument("--write", type=Path, metavar="FOLDER", help="write each difference as a vector")


def _seconds(text: str) -> float:
    value = float(text)
    if value < 0.1:
        raise argparse.ArgumentTypeError("at least 0.1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def load_vectors(folder: Path | None) -> list[Vector]:
    """The vectors that ship, or those of a folder, checked against the contract."""
    try:
        vectors = load(folder)
    except (VectorError, OSError) as error:
        stop(str(error))
    if faults := _faults_of_shipped() if folder is None else _faults(vectors):
        stop("\n".join(faults))
    return vectors


@cache
def _faults_of_shipped() -> list[str]:
    return [] if data.is_release() else _faults(load())


def _faults(vectors: list[Vector]) -> list[str]:
    from quotary_conformance import contract

    return [f"{vector.name}: {problem}" for vector in vectors for problem in contract.problems(vector)]


def chosen_vectors(options: argparse.Namespace, vectors: list[Vector]) -> list[Vector]:
    """Those that the options ask for."""
    choice = Choice(
        run=tuple(map(Pattern, options.run)),
        skip=tuple(map(Pattern, options.skip)),
        editions=frozenset(options.edition),
        levels=frozenset(map(Level, options.level)),
        without=frozenset(options.without),
        calls=frozenset(_calls(options, vectors)),
        areas=frozenset(options.area),
    )
    for name, chosen, known in (
        ("area", choice.areas, {vector.area for vector in vectors}),
        ("edition", choice.editions, {vector.edition for vector in vectors}),
    ):
        if unknown := sorted(chosen - known):
            stop(f"no vector is of the {name} {', '.join(unknown)}: there are {', '.join(sorted(known))}")
    try:
        return choose(vectors, choice)
    except VectorError as error:
        stop(str(error))


def _calls(options: argparse.Namespace, vectors: list[Vector]) -> Iterable[str]:
    known = {vector.call for vector in vectors}
    if unknown := sorted(set(options.call) - known):
        stop(f"no vector asks {', '.join(unknown)}: they ask {', '.join(sorted(known))}")
    services = {call.partition(".")[0] for call in known}
    if unknown := sorted(set(options.service) - services):
        stop(f"no vector asks the service {', '.join(unknown)}: they ask {', '.join(sorted(services))}")
    return {*options.call, *(call for call in known if call.partition(".")[0] in options.service)}


def patterns_of(file: Path | None, vectors: list[Vector]) -> list[KnownFailure]:
    """The patterns of a file, each with its reason."""
    if file is None:
        return []
    try:
        return read_known_failures(file.read_text("utf-8"), [vector.name for vector in vectors])
    except (KnownFailuresError, OSError, UnicodeDecodeError) as error:
        stop(f"{file}: {error}")


def open_target(options: argparse.Namespace, stack: ExitStack, name: str | None = None) -> tuple[Any, Any]:
    """The target that was named or is to be started, and an open channel to it."""
    from quotary_conformance import targets

    try:
        if name is None and (options.exec is None) == (options.target is None):
            stop("name a target, or how to start one with --exec")
        address = name or options.target or stack.enter_context(targets.started(options.exec))
        target = targets.named(address, options.tls, options.ca, options.cert, options.key, tuple(options.header))
        return target, stack.enter_context(target.channel(options.wait))
    except targets.TargetError as error:
        stop(str(error))
