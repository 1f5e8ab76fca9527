"""The command line of the yardstick: run the vectors against a target, list them, show one."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from quotary_conformance import __version__, data
from quotary_conformance.patterns import KnownFailure, KnownFailuresError, Pattern, read_known_failures
from quotary_conformance.vectors import USES, Choice, Level, Vector, VectorError, choose, load

AGREED, DISAGREED, COULD_NOT_RUN, BROKEN = 0, 1, 2, 3

STATUSES = """exit status:
  0  every vector that was judged agreed, or disagreed and is known to
  1  a vector disagreed, or agreed although it is known to fail; with --require, a call is not offered
  2  the run could not be made or is not whole: a faulty file, a pattern that fits nothing, no server, a missing result
  3  the kit itself failed
Where a vector disagreed and another result is missing, the status is 1."""


class Stop(Exception):
    """The run cannot be made; says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    try:
        options = _parser().parse_args(arguments)
        status: int = options.does(options)
    except (Stop, KeyboardInterrupt) as error:
        print(error if str(error) else "interrupted", file=sys.stderr)
        return COULD_NOT_RUN
    except BrokenPipeError:
        sys.stderr.close()
        return COULD_NOT_RUN
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else COULD_NOT_RUN
    except Exception:
        traceback.print_exc()
        print(f"this is a fault of the kit (quotary-conformance {__version__}): please report it", file=sys.stderr)
        return BROKEN
    return status


def stop(message: str) -> NoReturn:
    """Say why it cannot go on, and end."""
    raise Stop(message)


# ---- arguments


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        print(f"quotary-conformance {__version__}\ncontent {data.content()}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "quotary-conformance",
        description="Conformance vectors of Quotary: put to any server that speaks its contract.",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="the kit's version, and the hash of its content")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, does: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=words,
            description=words,
            epilog=STATUSES if name in ("run", "compare") else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        made.set_defaults(does=does)
        return made

    run = command("run", _run, "Put the vectors to a server.")
    _add_target(run)
    _add_choice(run)
    _add_judging(run)
    _add_reports(run)

    comparing = command(
        "compare", _compare, "Put drawn requests to a target and to a reference, and shrink what differs."
    )
    _add_target(comparing)
    _add_choice(comparing)
    _add_comparing(comparing)

    listing = command("list", _list, "Print the names of the vectors.")
    _add_choice(listing)

    showing = command("show", _show, "Print one vector: its question, its sum worked by hand, what it rests on.")
    showing.add_argument("id", help="id of a vector")
    forms = showing.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="its requests alone, in proto3 JSON, one after another")
    forms.add_argument("--curl", action="store_true", help="as a line of grpcurl and one of buf curl")
    showing.add_argument("--target", default="127.0.0.1:50051", help="the target in those lines")
    _add_folder(showing)

    invariants = command("invariants", _invariants, "Print what is checked of every answer.")
    invariants.set_defaults(does=_invariants)

    schema = command("schema", _schema, "Print a JSON schema, so that an editor completes what you write.")
    schema.add_argument("of", help="`vectors` for a file of vectors, or a call for its requests")

    formats = command("formats", _formats, "Print the page on the format of vectors, or on those of a call.")
    formats.add_argument("call", nargs="?", default="README", help="a call, such as TaxService.CalculateTax")
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", nargs="?", help="host:port, http://host:port, https://host:port or unix:/path")
    parser.add_argument("--exec", metavar="COMMAND", help="start the engine so, stop it at the end; {port} is given")
    parser.add_argument("--tls", action="store_true", help="connect with TLS and the system's certificates")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="connect with TLS; who signed the server's certificate")
    parser.add_argument("--cert", type=Path, metavar="FILE", help="the client's certificate")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the key of the client's certificate")
    parser.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help="sent with each call")
    parser.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="that a call may take (10)")
    parser.add_argument("--wait", type=_seconds, default=10.0, metavar="SECONDS", help="for the server to come (10)")


def _add_choice(parser: argparse.ArgumentParser) -> None:
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
    _add_folder(choice)


def _add_folder(parser: Any) -> None:
    parser.add_argument("--vectors", type=Path, metavar="FOLDER", help="vectors of this folder, not those shipped")


def _add_judging(parser: argparse.ArgumentParser) -> None:
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


def _add_reports(parser: argparse.ArgumentParser) -> None:
    reports = parser.add_argument_group("reports")
    reports.add_argument("--junit", type=Path, metavar="FILE", help="as JUnit XML")
    reports.add_argument("--json", type=Path, metavar="FILE", help="as JSON")
    reports.add_argument("--html", type=Path, metavar="FILE", help="as one page of HTML")
    reports.add_argument("--write-known-failing", type=Path, metavar="FILE", help="what fails now, for --known-failing")
    reports.add_argument("--most", type=_count, default=50, metavar="N", help="shown whole on the screen (50)")
    reports.add_argument("--no-progress", action="store_true", help="do not count along")


def _add_comparing(parser: argparse.ArgumentParser) -> None:
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


# ---- vectors


def _load(folder: Path | None) -> list[Vector]:
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


def _chosen(options: argparse.Namespace, vectors: list[Vector]) -> list[Vector]:
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


def _patterns(file: Path | None, vectors: list[Vector]) -> list[KnownFailure]:
    if file is None:
        return []
    try:
        return read_known_failures(file.read_text("utf-8"), [vector.name for vector in vectors])
    except (KnownFailuresError, OSError, UnicodeDecodeError) as error:
        stop(f"{file}: {error}")


# ---- run


def _run(options: argparse.Namespace) -> int:
    from quotary_conformance import knowledge, page, reporting
    from quotary_conformance.invariants import INVARIANTS
    from quotary_conformance.running import Manner, Report, Verdict, run

    if unknown := sorted(set(options.allow) - set(INVARIANTS)):
        stop(f"no invariant is called {', '.join(unknown)}: they are {', '.join(INVARIANTS)}")
    every = _load(options.vectors)
    known = _patterns(options.known_failing, every)
    outside = _patterns(options.out_of_scope, every)
    in_scope = [each for each in every if not any(one.pattern.matches(each.name) for one in outside)]
    chosen = _chosen(options, in_scope)
    knows = knowledge.load()
    with ExitStack() as stack:
        target, channel = open_target(options, stack)
        manner = Manner(
            timeout=options.timeout,
            parallel=options.parallel,
            give_up_after=options.give_up_after,
            fail_fast=options.fail_fast,
            headers=target.headers,
            allowed=frozenset(options.allow),
            knowledge=knows,
        )
        name = options.exec or options.target
        report = Report(name, left_out=len(in_scope) - len(chosen), out_of_scope=len(every) - len(in_scope))
        report.require = options.require
        progress = _Progress(len(chosen), not options.no_progress and sys.stderr.isatty())
        for result in run(chosen, channel, known, manner):
            report.results.append(result)
            progress.step(result.is_as_it_should_be)
        progress.end()
    report.not_asked = len(chosen) - len(report.results)
    if report.not_asked:
        gave_up = report.results[-1].verdict is Verdict.MISSING and not options.fail_fast
        report.ended_early = (
            f"no answer {options.give_up_after} times in a row"
            if gave_up
            else "one is not as it should be (--fail-fast)"
        )
    reporting.show(report, target, knows, sys.stdout, most=options.most)
    for file, write in (
        (options.junit, reporting.write_junit),
        (options.json, reporting.write_json),
        (options.html, page.write_html),
    ):
        if file is not None:
            write(report, target, knows, file)
    if options.write_known_failing is not None:
        options.write_known_failing.write_text(reporting.known_failing(report.results), "utf-8")
    return report.exit_code


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


def _compare(options: argparse.Namespace) -> int:
    from quotary_conformance import beside, targets
    from quotary_conformance.drawing import Drawer

    vectors = _chosen(options, _load(options.vectors))
    drawer = Drawer(vectors, options.seed)
    if not drawer.starts:
        stop("the calls of these vectors take streams: they are not drawn")
    chosen = ",".join(vector.name for vector in vectors)
    mark = {"seed": options.seed, "content": data.content(), "vectors": hashlib.sha256(chosen.encode()).hexdigest()}
    coverage = beside.Coverage()
    if options.state is not None and options.state.exists():
        try:
            coverage.read(options.state, mark)
        except (ValueError, KeyError, OSError) as error:
            stop(f"{options.state}: {error}")
    ignored = frozenset(options.ignore) | (frozenset() if options.strict else beside.WORDS)
    with ExitStack() as stack:
        target, channel = open_target(options, stack)
        try:
            known = targets.named(options.reference)
            reference = beside.over(stack.enter_context(known.channel(options.wait)), options.timeout)
        except targets.TargetError as error:
            stop(f"reference: {error}")
        engine = beside.over(channel, options.timeout, target.headers)
        comparison = beside.Comparison(drawer, reference, engine, ignored, frozenset(options.only), coverage)
        found, started, before = 0, time.monotonic(), coverage.compared
        try:
            for each in comparison.run(options.count, options.seconds):
                found += 1
                rules = beside.rests_on(each, reference)
                print(*beside.told(each, rules), sep="\n")
                if options.write is not None:
                    print(f"    written: {beside.write_vector(beside.as_vector(each, rules), options.write)}")
                if found >= options.most:
                    break
        except ConnectionError as error:
            stop(str(error))
        finally:
            if options.state is not None:
                coverage.write(options.state, mark)
    _covered(coverage, (coverage.compared - before) / max(time.monotonic() - started, 0.001))
    if not coverage.compared:
        return COULD_NOT_RUN
    return DISAGREED if found or coverage.different else AGREED


def _covered(coverage: Any, rate: float) -> None:
    """What a comparison has covered, and how fast."""
    for name, counted in (
        ("calls", coverage.calls),
        ("not offered", coverage.not_offered),
        ("statuses", coverage.statuses),
        ("outcomes", coverage.outcomes),
    ):
        if counted:
            print(f"{name}: {', '.join(f'{key} {count}' for key, count in sorted(counted.items()))}")
    print(f"rules asked: {len(coverage.rules)}, reasons seen: {len(coverage.reasons)}")
    print(f"{coverage.compared} compared ({rate:.0f} a second), {coverage.different} differ")


class _Progress:
    """A count on the last line of a terminal."""

    def __init__(self, total: int, shown: bool) -> None:
        self.total, self.shown, self.done, self.wrong = total, shown, 0, 0

    def step(self, as_it_should_be: bool) -> None:
        self.done += 1
        self.wrong += not as_it_should_be
        if self.shown and (self.done % 20 == 0 or self.done == self.total):
            print(f"\r{self.done} of {self.total}, {self.wrong} not as they should be", end="", file=sys.stderr)

    def end(self) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr)


# ---- the rest


def _list(options: argparse.Namespace) -> int:
    every = _load(options.vectors)
    outside = _patterns(options.out_of_scope, every)
    for vector in _chosen(options, [v for v in every if not any(one.pattern.matches(v.name) for one in outside)]):
        print(vector.name)
    return AGREED


def _show(options: argparse.Namespace) -> int:
    from quotary_conformance import knowledge, told
    from quotary_conformance.targets import TargetError, named

    vector = next((each for each in _load(options.vectors) if options.id in (each.id, each.name)), None)
    if vector is None:
        stop(f"no vector has the id {options.id}")
    try:
        target = named(options.target)
    except TargetError as error:
        stop(str(error))
    one = told.question(vector, target, knowledge.load())
    if options.curl:
        print(one["grpcurl"], one["buf_curl"], sep="\n")
    elif options.json:
        for request in one["requests"]:
            print(json.dumps(request, indent=2, ensure_ascii=False))
    else:
        print(json.dumps(one, indent=2, ensure_ascii=False))
    return AGREED


def _invariants(options: argparse.Namespace) -> int:
    from quotary_conformance.invariants import INVARIANTS

    for name, check in INVARIANTS.items():
        print(f"{name}: {' '.join((check.__doc__ or '').split())}")
    return AGREED


def _schema(options: argparse.Namespace) -> int:
    from quotary_conformance import contract, schemas

    if options.of == "vectors":
        print(json.dumps(schemas.of_vectors(), indent=1, ensure_ascii=False))
    elif options.of in contract.calls():
        print(json.dumps(schemas.of_requests(contract.calls()[options.of]), indent=1, ensure_ascii=False))
    else:
        stop(f"the contract has no call {options.of}")
    return AGREED


def _formats(options: argparse.Namespace) -> int:
    page = data.folder("formats").joinpath(f"{options.call}.md")
    if not page.is_file():
        stop(f"there is no page on {options.call}")
    print(page.read_text("utf-8"), end="")
    return AGREED
