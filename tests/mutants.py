"""Changes one token of the rule book at a time and runs the tests: how many changes do they notice?

    python tests/mutants.py [--sample N] [--seed S] [--tests PATH ...] [MODULE ...]

It works on a copy of the tree under .build/mutants, one change at a time. A sample is drawn evenly from all areas (an
area is a module of the rule book, or of its rules). What survives is written to .build/mutants/survivors.txt as diffs.
"""

import argparse
import random
import shlex
import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.testing import run_tests
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".build" / "mutants"
TREE = WORK / "tree"
BOOK = TREE / "spec" / "quotary_spec"
COPIED = ("spec", "server", "clients", "conformance", "proto", "tests", "examples", "pyproject.toml")

# In this code `|` joins types, which nothing evaluates, and a rule without its decorator is not registered at all.
NO_USE = ("ReplaceBinaryOperator_BitOr_", "RemoveDecorator")


def copy_tree() -> None:
    """Lay out the copy that is changed."""
    shutil.rmtree(WORK, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, TREE / name)


def test_command(tests: list[str]) -> str:
    """The tests of the copy: its folders come before those of the environment."""
    path = ":".join(str(TREE / folder) for folder in ("spec", "server", "clients/python", "conformance"))
    run = ["env", "-C", str(TREE), f"PYTHONPATH={path}", "CI=true", sys.executable, "-m", "pytest"]
    return shlex.join([*run, "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests])


def area(mutation: MutationSpec) -> str:
    """The part of the book that a change is in: `money`, `rules/fees`, `rules/tax`."""
    parts = mutation.module_path.relative_to(BOOK).with_suffix("").parts
    return "/".join(parts[:2] if parts[0] == "rules" else parts[:1])


def find_mutations(modules: list[str]) -> dict[str, list[MutationSpec]]:
    """Every change that can be made, by area."""
    chosen = [BOOK / name for name in modules] or [path for path in BOOK.rglob("*.py") if path.stat().st_size]
    by_area: dict[str, list[MutationSpec]] = defaultdict(list)
    with use_db(WORK / "session.sqlite", WorkDB.Mode.create) as session:
        init(sorted(chosen), session, {})
        for item in session.work_items:
            for mutation in item.mutations:
                if not any(useless in mutation.operator_name for useless in NO_USE):
                    by_area[area(mutation)].append(mutation)
    return by_area


def drawn(by_area: dict[str, list[MutationSpec]], sample: int, seed: int) -> list[MutationSpec]:
    """A sample that takes from each area in turn until there are enough."""
    chance = random.Random(seed)
    left = {name: chance.sample(found, len(found)) for name, found in sorted(by_area.items())}
    taken: list[MutationSpec] = []
    while any(left.values()) and len(taken) < sample:
        taken += [found.pop() for found in left.values() if found]
    return taken[:sample]


def main() -> int:
    """Run, and print the share of changes noticed by area and, on the last line, in all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=sys.maxsize, help="how many changes to try (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tests", nargs="+", default=["tests"])
    parser.add_argument("modules", nargs="*", help="modules within the rule book, such as rules/fees.py (default: all)")
    options = parser.parse_args()

    copy_tree()
    command = test_command(options.tests)
    started = time.monotonic()
    outcome, output = run_tests(command, timeout=1800)
    if outcome is not TestOutcome.SURVIVED:
        print(output, "the tests fail before anything is changed", sep="\n")
        return 1
    timeout = 10 + 5 * (time.monotonic() - started)

    tried: dict[str, int] = defaultdict(int)
    killed: dict[str, int] = defaultdict(int)
    mutations = drawn(find_mutations(options.modules), options.sample, options.seed)
    with (WORK / "survivors.txt").open("w", encoding="utf-8") as survivors:
        for number, mutation in enumerate(mutations, start=1):
            result = mutate_and_test([mutation], command, timeout)
            tried[area(mutation)] += 1
            killed[area(mutation)] += result.test_outcome is not TestOutcome.SURVIVED
            if result.test_outcome is TestOutcome.SURVIVED:
                survivors.write(f"{result.diff}\n\n".replace(f"{TREE}/", ""))
                survivors.flush()
            print(f"\r{number} of {len(mutations)}, {sum(killed.values())} killed", end="", file=sys.stderr)
    print(file=sys.stderr)

    for name in sorted(tried):
        print(f"{name}: {killed[name]} of {tried[name]}")
    if not mutations:
        print("there is nothing to change")
        return 1
    print(f"killed: {100 * sum(killed.values()) / len(mutations):.1f}%")
    return 0


if __name__ == "__main__":
    sys.exit(main())
