"""Changes one token of the rule book at a time and runs the tests: how many changes do they notice?

    python tests/mutants.py [--sample N] [--seed S] [--at-least PERCENT] [--again] [AREA ...]

An area is a module of the rule book (`money`, `rules/fees`) or a file of its figures (`parameters/fees`). A sample is
drawn evenly from all areas.

The tests are collected once, and run once to learn which of them reach which line or figure. Then every change is made
in a forked process, in memory, and the tests that reach it run there until one fails. What is evaluated while the
modules are imported cannot be changed so: for it the tests run in a copy of the tree.

Changes that cannot make a difference are listed in mutants_equivalent.toml with the reason, and are not counted. The
others that no test notices are printed; `--again` tries just those once more, in less time.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import os
import pkgutil
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from gc import get_objects
from itertools import islice
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType

import coverage
import pytest
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "spec" / "quotary_spec"
PARAMETERS = BOOK / "register" / "parameters"
WORK = ROOT / ".build" / "mutants"
REACH = WORK / "reach.json"
SURVIVORS = WORK / "survivors.json"
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.toml")

PATIENCE = 5
"""Seconds of computing after which a change counts as not noticed, though some test that is left may notice it."""

ENDLESS = 400
"""Seconds after which tests that have not come to an end never will, which is to be noticed."""

# The vectors first: they are quick. The pages that are generated from the book would notice anything, but show only
# that something changed; imports have nothing to do with answers, and the store keeps and gives back what was answered.
APART = {"test_vectors.py", "test_scenarios.py", "test_imports.py"}
OTHERS = {path.name for path in (ROOT / "tests").glob("test_*.py")} - APART
TESTS = [f"tests/{name}" for name in ("test_vectors.py", "properties", "server", *sorted(OTHERS))]

# What a person would mistype: a test turned round, a bound one off, the wrong one of two operations. Most of what
# is compared for equality are words, of which none is more than another.
CHANGES = re.compile(
    r"""core/(
    AddNot|ReplaceAndWithOr|ReplaceOrWithAnd|NumberReplacer|ReplaceTrueWithFalse|ReplaceFalseWithTrue
    |ZeroIterationForLoop|ReplaceContinueWithBreak|ReplaceBreakWithContinue
    |ReplaceUnaryOperator_(Delete_Not|USub_UAdd)
    |ReplaceComparisonOperator_(Is_IsNot|IsNot_Is|Eq_NotEq|NotEq_Eq)
    |ReplaceComparisonOperator_(Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE|GtE_Gt|GtE_Lt)
    |ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_FloorDiv|Pow_Mul|BitAnd_BitOr|BitOr_BitAnd)
    )""",
    re.VERBOSE,
)
# Flags of a class, or of zip, guard against misuse and decide no answer; `|` joins types where nothing runs.
FLAGS = re.compile(r"\b(frozen|slots|kw_only|eq|order|repr|init|compare|strict)=")


@dataclass(frozen=True)
class Change(ABC):
    """One token changed: where, what stood there, what stands there now."""

    area: str
    place: str
    before: str
    after: str
    diff: str

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What it is known by, wherever its line has moved."""
        return self.area, self.place, self.before, self.after

    @abstractmethod
    def apply(self) -> None:
        """Make the change in this process."""

    @abstractmethod
    def reached_by(self, reach: Reach) -> Iterable[str]:
        """The tests that come by."""


@dataclass(frozen=True)
class CodeChange(Change):
    """A token of a module: the functions whose code it changes, or the source where that is not enough."""

    module: Path
    source: str
    functions: tuple[str, ...]
    at_import: bool
    effect: int

    def apply(self) -> None:
        """Give the functions of the module the changed code."""
        changed = functions_of(compile(self.source, self.module, "exec"))
        for function in functions_by_file()[str(self.module)]:
            key = key_of(function.__code__)
            if key in self.functions and key in changed:
                function.__code__ = changed[key]

    def reached_by(self, reach: Reach) -> Iterable[str]:
        """The tests that run a line of the functions."""
        code = functions_of(read(self.module)[1])
        lines = set().union(*(lines_of(code[key]) for key in self.functions))
        by_line = reach.lines.get(str(self.module), {})
        return {test for line in lines for test in by_line.get(line, ())}


@dataclass(frozen=True)
class FigureChange(Change):
    """A figure of the register: its key, its editions, and the value that it has now."""

    key: str
    editions: tuple[str, ...]
    value: object

    def apply(self) -> None:
        """Put the value in the editions' rows."""
        from quotary_spec.register import parameters

        for edition in self.editions:
            object.__setattr__(parameters.PARAMETERS[edition][self.key], "value", self.value)

    def reached_by(self, reach: Reach) -> Iterable[str]:
        """The tests that read the figure."""
        return reach.keys.get(self.key, ())


# Code.


@cache
def functions_by_file() -> Mapping[str, list[FunctionType]]:
    """The functions that there are in this process."""
    found: dict[str, list[FunctionType]] = defaultdict(list)
    for each in get_objects():
        if isinstance(each, FunctionType):
            found[each.__code__.co_filename].append(each)
    return found


@cache
def read(module: Path) -> tuple[str, CodeType]:
    """A module as it stands: its source and its code."""
    source = module.read_text("utf-8")
    return source, compile(source, module, "exec")


def key_of(code: CodeType) -> str:
    """A function within its module."""
    return f"{code.co_firstlineno} {code.co_qualname}"


def functions_of(module: CodeType) -> dict[str, CodeType]:
    """Every function of a module, nested ones within the one that makes them."""
    found: dict[str, CodeType] = {}
    for code in nested(module):
        found |= {key_of(code): code} if code.co_flags & 0x1 else functions_of(code)  # 0x1: has local variables
    return found


def nested(code: CodeType) -> list[CodeType]:
    """What a piece of code defines."""
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def outside_functions(module: CodeType) -> object:
    """What runs when the module is imported, without the functions that it defines."""
    classes = [outside_functions(each) for each in nested(module) if not each.co_flags & 0x1]
    return (
        module.co_code,
        module.co_names,
        [each for each in module.co_consts if not isinstance(each, CodeType)],
        classes,
    )


def lines_of(code: CodeType) -> set[int]:
    """The lines of a function's body, with those of the functions in it."""
    own = {line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno}
    return own.union(*(lines_of(each) for each in nested(code))) or {code.co_firstlineno}


def effect_of(code: CodeType) -> object:
    """What a function does, wherever its tokens stand."""
    constants = [effect_of(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return code.co_code, code.co_names, constants


def code_specs(modules: Iterable[Path]) -> list[MutationSpec]:
    """Every place of the modules where a token can be changed, as the library finds them."""
    (WORK / "session.sqlite").unlink(missing_ok=True)
    with use_db(WORK / "session.sqlite", WorkDB.Mode.create) as session:
        init(sorted(modules), session, {})
        found = [mutation for item in session.work_items for mutation in item.mutations]
    return [each for each in found if CHANGES.fullmatch(each.operator_name)]


def code_change(spec: MutationSpec, imported_lines: coverage.CoverageData) -> CodeChange | None:
    """The change at one place; None where it changes nothing that runs or decides."""
    module = Path(spec.module_path)
    ran_at_import = set(imported_lines.lines(str(module)) or ())
    original = read(module)[0]
    if FLAGS.search(original.split("\n")[spec.start_pos[0] - 1][: spec.start_pos[1]]):
        return None
    changed = mutate_code(original, get_operator(spec.operator_name)(**(spec.operator_args or {})), spec.occurrence)
    return changed_module(module, changed, spec.start_pos[0], ran_at_import, "BitOr" in spec.operator_name)


def changed_module(
    module: Path, changed: str, line: int, ran_at_import: set[int], only_runs: bool = False
) -> CodeChange | None:
    """The change that makes this of a module; None where it changes nothing, or, if wanted, more than what runs."""
    original, old = read(module)
    try:
        new = compile(changed, module, "exec")
    except SyntaxError:
        return None
    before, after = functions_of(old), functions_of(new)
    functions = [key for key in before if before[key] != after.get(key)]
    imported = before.keys() != after.keys() or outside_functions(old) != outside_functions(new)
    if (not imported and not functions) or (imported and only_runs):
        return None
    imported = imported or any(lines_of(before[key]) & ran_at_import for key in functions)
    diff = list(difflib.unified_diff(original.split("\n"), changed.split("\n"), lineterm="", n=2))[2:]
    removed, added = ([line[1:].strip() for line in diff if line[0] == sign] for sign in "-+")
    name = module.relative_to(BOOK).with_suffix("").as_posix()
    shown = "\n".join([f"{name}:{line}", *diff[1:]])
    place = functions[0].partition(" ")[2] if functions else ""
    words = (area_of(module), place, " ".join(removed), " ".join(added), shown)
    return CodeChange(*words, module, changed, tuple(functions), imported, hash((module, str(effect_of(new)))))


def area_of(module: Path) -> str:
    """The part of the book that a module is in."""
    parts = module.relative_to(BOOK).with_suffix("").parts
    return "/".join(parts[:2] if parts[0] == "rules" else parts[:1])


# Figures.


def figure_changes(file: Path) -> Iterator[FigureChange]:
    """Every figure of a file made one more and one less, every flag turned, every member of a list left out."""
    from quotary_spec.register import parameters

    for row in parameters.rows():
        if row.area == file.stem:
            for before, after, changed in changed_values(row.value):
                area, place = f"parameters/{file.stem}", f"{row.key} {' '.join(row.editions)}"
                shown = f"{area}: {place}\n-{before}\n+{after}"
                yield FigureChange(area, place, before, after, shown, row.key, row.editions, changed)


def changed_values(value: object) -> Iterator[tuple[str, str, object]]:
    """A value with one token changed: the token before and after, and the whole value."""
    match value:
        case bool():
            yield str(value), str(not value), not value
        case Decimal():
            step = Decimal(1).scaleb(int(value.as_tuple().exponent))
            yield from ((str(value), str(other), other) for other in (value + step, value - step))
        case int():
            yield from ((str(value), str(other), other) for other in (value + 1, value - 1))
        case date():
            yield from ((str(value), str(other), other) for other in (value + timedelta(1), value - timedelta(1)))
        case tuple():
            for index, each in enumerate(value):
                shown = dict(each) if isinstance(each, Mapping) else each
                yield f"[{index}] {shown}", "", value[:index] + value[index + 1 :]
                for before, after, changed in changed_values(each):
                    yield f"[{index}] {before}", after, (*value[:index], changed, *value[index + 1 :])
        case list():
            for before, after, whole in changed_values(tuple(value)):
                yield before, after, list(whole)  # type: ignore[call-overload]
        case Mapping():
            for name, each in value.items():
                if name != "steps":  # the words of a help text are ours
                    for before, after, changed in changed_values(each):
                        yield f"{name} {before}", after, MappingProxyType({**value, name: changed})


# Tests.


@dataclass(frozen=True)
class Reach:
    """Which tests reach what.

    Attributes:
        lines: Of each module, of each line, the tests that reach it.
        keys: Of each figure's key.
        sizes: How many lines each test reaches in all.
        unknown: Tests that were written since.
    """

    lines: Mapping[str, Mapping[int, list[str]]]
    keys: Mapping[str, list[str]]
    sizes: Mapping[str, int]
    unknown: list[str]

    def tests(self, change: Change) -> list[str]:
        """The tests that reach a change; first those that reach little else."""
        return [*self.unknown, *sorted(self.sizes.keys() & change.reached_by(self), key=lambda test: self.sizes[test])]


def tell(progress: str) -> None:
    """Say how far this is."""
    print(f"{time.strftime('%H:%M:%S')} {progress}", file=sys.stderr, flush=True)


def in_a_fork(work: Callable[[], int], seconds: float = 0) -> int:
    """Start work in a forked process, whose result is its exit status; it is stopped after so many seconds."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    signal.setitimer(signal.ITIMER_REAL, seconds)
    status = 1
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        status = work()
    finally:
        os._exit(status)


def run_items(items: list[pytest.Item]) -> int:
    """Run tests until one fails: 0 when none did, for as long as anyone cared to wait."""
    started = time.process_time()
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed:
            return 1
        if time.process_time() - started > PATIENCE:
            break
    return 0


def learn(items: list[pytest.Item]) -> int:
    """Run every test once and write down what each reaches."""
    from quotary_spec.rulebook import Book

    keys: dict[str, set[str]] = defaultdict(set)
    reader = Book.row
    current = ""

    def row(book: Book, key: str) -> object:
        keys[key].add(current)
        return reader(book, key)

    Book.row = row  # type: ignore[method-assign, assignment]
    tracer = coverage.Coverage(data_file=str(WORK / "reach"), source=[str(BOOK)], config_file=False)
    tracer.start()
    for item, following in zip(items, [*items[1:], None], strict=True):
        current = item.nodeid
        tracer.switch_context(current)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed:
            (WORK / "failed").write_text(current, "utf-8")
            return 1
    tracer.stop()
    tracer.save()
    ran = {item.nodeid: True for item in items}
    REACH.write_text(json.dumps([{key: sorted(found) for key, found in keys.items()}, ran]), "utf-8")
    return 0


def learned(tests: Iterable[str]) -> Reach:
    """What was written down."""
    data = coverage.CoverageData(str(WORK / "reach"))
    data.read()
    lines = {file: data.contexts_by_lineno(file) for file in data.measured_files()}
    sizes = Counter(test for by_line in lines.values() for found in by_line.values() for test in found if test)
    keys, ran = json.loads(REACH.read_text("utf-8"))
    return Reach(lines, keys, sizes, [test for test in tests if test not in ran])


def run_copy(change: CodeChange) -> int:
    """Run the tests in a copy of the tree that holds the change."""
    tree = WORK / f"tree{os.getpid()}"
    skipped = shutil.ignore_patterns("__pycache__", ".*", "dist", "bench", "docs")
    shutil.copytree(ROOT, tree, ignore=skipped)
    (tree / change.module.relative_to(ROOT)).write_text(change.source, "utf-8")
    paths = [str(tree / folder) for folder in ("spec", "server", "clients/python", "conformance")]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        return subprocess.run(
            [*command, *TESTS], cwd=tree, env=environment, stdout=subprocess.DEVNULL, timeout=ENDLESS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return 1
    finally:
        shutil.rmtree(tree)


class Mutants:
    """Runs inside the test tool, in place of its own loop over the tests."""

    def __init__(self, options: argparse.Namespace, imported: coverage.Coverage) -> None:
        self.options = options
        self.imported = imported
        self.killed: dict[str, int] = defaultdict(int)
        self.tried: dict[str, int] = defaultdict(int)
        listed = tomllib.loads(EQUIVALENT.read_text("utf-8"))["change"]
        self.equivalent = {(each["area"], each["place"], each["before"], each["after"]) for each in listed}
        self.stale = {name for name in self.equivalent if not options.areas or name[0] in options.areas}
        self.unnoticed: set[tuple[str, ...]] = set()
        if options.again:
            self.unnoticed = {tuple(each) for each in json.loads(SURVIVORS.read_text("utf-8"))}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn, then try each change."""
        self.imported.stop()
        if session.testsfailed:
            raise pytest.UsageError("the tests cannot be collected")
        self.items = {item.nodeid: item for item in session.items}
        if not REACH.exists():
            tell(f"running {len(self.items)} tests once, to learn what they reach")
            os.waitpid(in_a_fork(lambda: learn(session.items)), 0)
        if not REACH.exists():
            failed = WORK / "failed"
            name = failed.read_text("utf-8") if failed.exists() else "collection"
            raise pytest.UsageError(f"a test fails before anything is changed: {name}")
        self.reach = learned(self.items)
        functions_by_file()
        self.try_all(self.changes())
        return True

    def changes(self) -> Iterator[Change]:
        """What is tried: everything in the areas asked for, or a sample that takes from each area in turn."""
        lines = self.imported.get_data()
        by_area: dict[str, list[MutationSpec | FigureChange]] = defaultdict(list)
        for spec in code_specs(path for path in BOOK.rglob("*.py") if path.stat().st_size):
            by_area[area_of(Path(spec.module_path))].append(spec)
        for file in sorted(PARAMETERS.glob("*.toml")):
            by_area[f"parameters/{file.stem}"] += figure_changes(file)
        unknown = sorted(set(self.options.areas) - by_area.keys())
        if unknown:
            raise pytest.UsageError(f"no area is called {', '.join(unknown)}; there are {', '.join(sorted(by_area))}")
        chance = random.Random(self.options.seed)
        areas = {
            name: chance.sample(found, len(found))
            for name, found in sorted(by_area.items())
            if not self.options.areas or name in self.options.areas
        }
        self.places = min(sum(map(len, areas.values())), self.options.sample)
        slow: list[Change] = []
        effects: set[int] = set()
        taken = 0
        while any(areas.values()) and taken < self.options.sample:
            for found in areas.values():
                place = found.pop() if found else None
                change = code_change(place, lines) if isinstance(place, MutationSpec) else place
                if change is None or not self.is_wanted(change) or taken == self.options.sample:
                    continue
                if isinstance(change, CodeChange):
                    if change.effect in effects:
                        continue  # `not (a is b)` does what `a is not b` does
                    effects.add(change.effect)
                taken += 1
                if isinstance(change, CodeChange) and change.at_import:
                    slow.append(change)
                else:
                    yield change
        yield from slow

    def is_wanted(self, change: Change) -> bool:
        """True unless a change is known to make no difference, or was noticed the last time."""
        self.stale.discard(change.name)
        return change.name not in self.equivalent and (not self.options.again or change.name in self.unnoticed)

    def try_all(self, changes: Iterator[Change]) -> None:
        """Try the changes, as many at a time as there are processors."""
        running: dict[int, Change] = {}
        while True:
            for change in islice(changes, (os.cpu_count() or 1) - len(running)):
                running[in_a_fork(partial(self.run, change), seconds=24 * PATIENCE)] = change
            if not running:
                break
            pid, status = os.wait()
            change = running.pop(pid)
            self.tried[change.area] += 1
            if status:
                self.killed[change.area] += 1
                self.unnoticed.discard(change.name)
            else:
                self.unnoticed.add(change.name)
                print(f"{change.diff}\n", flush=True)
            done = sum(self.tried.values())
            if done % 100 == 0:
                tell(f"{done} changes of some {self.places}, {done - sum(self.killed.values())} not noticed")
                SURVIVORS.write_text(json.dumps(sorted(self.unnoticed)), "utf-8")
        SURVIVORS.write_text(json.dumps(sorted(self.unnoticed)), "utf-8")

    def run(self, change: Change) -> int:
        """In a forked process: make the change and run the tests that reach it."""
        tests = [self.items[name] for name in self.reach.tests(change)]
        change.apply()
        if tests and run_items(tests):
            return 1
        return run_copy(change) if isinstance(change, CodeChange) and change.at_import else 0


def main() -> int:
    """Run, and print the share of changes noticed by area and, on the last line, in all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=sys.maxsize, help="how many changes to try (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    parser.add_argument("--at-least", type=float, default=0, help="fail when fewer per cent are noticed")
    parser.add_argument("--again", action="store_true", help="only what the last run found not to be noticed")
    parser.add_argument("areas", nargs="*", metavar="AREA", help="such as rules/fees or parameters/fees (default: all)")
    options = parser.parse_args()

    if options.again and not SURVIVORS.exists():
        parser.error("no run has ended yet whose changes could be tried again")
    if not options.again:
        shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    os.environ["CI"] = "true"  # the same examples each time
    imported = coverage.Coverage(data_file=None, source=[str(BOOK)], config_file=False)
    imported.start()
    for module in pkgutil.walk_packages([str(BOOK)], "quotary_spec."):
        importlib.import_module(module.name)
    mutants = Mutants(options, imported)
    tests = [str(ROOT / each) for each in TESTS]
    quiet = ["-o", "addopts=--import-mode=importlib", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist"]
    code = pytest.main([*quiet, f"--rootdir={ROOT}", *tests], plugins=[mutants])
    if not mutants.tried:
        return int(code) or 1

    for area in sorted(mutants.tried):
        share = 100 * mutants.killed[area] / mutants.tried[area]
        print(f"{area}: {mutants.killed[area]} of {mutants.tried[area]}, {share:.1f}%")
    # A sample does not come by every change.
    stale = mutants.stale if options.sample == sys.maxsize else ()
    for area, place, before, _ in sorted(stale):
        print(f"mutants_equivalent.toml lists what is not there: {area}, {place}: {before}")
    share = 100 * sum(mutants.killed.values()) / sum(mutants.tried.values())
    print(f"killed: {share:.1f}%")
    return int(share < options.at_least or bool(stale))


if __name__ == "__main__":
    sys.exit(main())
