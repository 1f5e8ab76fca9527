"""Changes the rule book one thing at a time and asks the vectors alone: how many changes do they notice?

    python tests/strength_mutants.py [--sample N] [--seed S] [--at-least PERCENT] [--resume] [--again] [AREA ...]

The changes are those of mutants.py (tokens and figures) and of strength_kinds.py. The reference runs in this process
and knows which vectors reach what; each change is made in a forked process, which asks them, likely ones first, until
one notices. What is evaluated on import is imported anew there.

What cannot make a difference to an answer is listed in mutants_equivalent.toml and strength_equivalent.toml with the
reason, and is not counted. `--again` tries once more what was not noticed the last time, `--resume` goes on where a run
was ended.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import importlib
import json
import os
import pickle
import pkgutil
import random
import signal
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

import coverage

import in_process
import mutants
import strength_kinds
from mutants import CodeChange, FigureChange
from quotary_conformance.vectors import load, released
from strength_kinds import DataChange, Place

WORK = mutants.ROOT / ".build" / "strength"
RESULTS = WORK / "results.jsonl"
EQUIVALENT = (mutants.EQUIVALENT, Path(__file__).with_name("strength_equivalent.toml"))
PATIENCE = 20
"""Seconds of computing after which a change has made an endless loop, which is to be noticed."""

Any_ = CodeChange | FigureChange | DataChange


def listed() -> set[tuple[str, ...]]:
    """Changes that cannot make a difference."""
    rows = [row for file in EQUIVALENT if file.exists() for row in tomllib.loads(file.read_text("utf-8"))["change"]]
    return {(each["area"], each["place"], each["before"], each["after"]) for each in rows}


def every_place() -> Iterator[Place | FigureChange | DataChange]:
    """Every place of code, and every change of data."""
    yield from strength_kinds.code_places()
    for file in sorted(mutants.PARAMETERS.glob("*.toml")):
        yield from mutants.figure_changes(file)
    yield from strength_kinds.data_kinds()


def changes(places: Iterable[Place | FigureChange | DataChange], imported: coverage.CoverageData) -> Iterator[Any_]:
    """The change at each place, one for each effect; last those that need the book to be imported anew."""
    effects: set[int] = set()
    slow: list[Any_] = []
    for place in places:
        change = place.change(imported) if isinstance(place, Place) else place
        if change is None or (isinstance(change, CodeChange) and change.effect in effects):
            continue
        if isinstance(change, CodeChange):
            effects.add(change.effect)
        if isinstance(change, CodeChange) and change.at_import:
            slow.append(change)
        else:
            yield change
    yield from slow


class Strength:
    """The vectors, what they reach, and what became of each change."""

    def __init__(self, imported: coverage.CoverageData) -> None:
        import release
        from quotary_conformance.running import Manner

        self.imported = imported
        self.engine = in_process.Engine()
        knowledge = release.knowledge()
        self.manner = Manner(knowledge=knowledge)
        kept = WORK / f"reached-{content()}.pickle"
        if kept.exists():
            rows, self.reached = pickle.loads(kept.read_bytes())
            self.vectors = in_process.asked(map(released, rows), self.engine, self.manner)
        else:
            vectors = load()
            rows = release.vector_rows(vectors, knowledge, in_process.named_rules(vectors, self.engine))
            self.vectors = in_process.asked(map(released, rows), self.engine, self.manner)
            self.reached = in_process.learned(self.vectors, self.engine)
            for old in WORK.glob("reached-*.pickle"):
                old.unlink()
            kept.write_bytes(pickle.dumps((rows, self.reached)))
        self.by_file = {file: set().union(*lines.values()) for file, lines in self.reached.functions.items()}
        sizes = Counter(each for lines in self.reached.functions.values() for found in lines.values() for each in found)
        self.order = sorted(range(len(self.vectors)), key=lambda i: sizes[i])
        self.texts = [b"".join(each.requests) for each in self.vectors]
        self.killers: dict[str, list[int]] = defaultdict(list)

    def reaching(self, change: Any_) -> list[int]:
        """The vectors that may notice a change, likely ones first."""
        if isinstance(change, DataChange):
            found = strength_kinds.reaching(change, self.reached, self.texts)
        elif isinstance(change, FigureChange):
            found = set(self.reached.keys.get(change.key, ()))
        elif change.at_import:
            near = self.by_file.get(str(change.module), set())
            return self._likely_first(change, near) + [i for i in self.order if i not in near]
        else:
            code = mutants.functions_of(mutants.read(change.module)[1])
            lines = {line for key in change.functions for line in whole(code[key])}
            found = self.reached.by(str(change.module), lines)
        return self._likely_first(change, found)

    def _likely_first(self, change: Any_, found: set[int]) -> list[int]:
        recent = [i for i in reversed(self.killers[f"{change.area} {change.place}"]) if i in found]
        recent += [i for i in reversed(self.killers[change.area][-12:]) if i in found]
        return list(dict.fromkeys((*recent, *(i for i in self.order if i in found))))

    def noticed_by(self, change: Any_) -> str:
        """The vector that notices a change; empty when none does."""
        likely = self.reaching(change)
        if not likely:
            return ""
        reader, writer = os.pipe()
        pid = os.fork()
        if not pid:
            self._try(change, likely, writer)
        os.close(writer)
        with os.fdopen(reader) as told:
            seen = told.read()
        _, status = os.waitpid(pid, 0)
        if not seen:
            return "" if status == 0 else "(it does not end, or does not start)"
        self.killers[change.area].append(int(seen))
        self.killers[f"{change.area} {change.place}"].append(int(seen))
        return self.vectors[int(seen)].vector.name

    def _try(self, change: Any_, likely: list[int], writer: int) -> None:
        """In a forked process, which ends here."""
        status = 1
        signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        try:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            engine = self.engine
            if isinstance(change, CodeChange) and change.at_import:
                engine = in_process.afresh(change.module, change.source)
            else:
                change.make() if isinstance(change, DataChange) else change.apply()
                for cache in in_process.computed_caches():
                    cache.cache_clear()
                if change.area.startswith("supplements/"):
                    engine = in_process.Engine()  # rates are indexed when it is made
            for i in likely:
                if self.vectors[i].notices(engine, self.manner):
                    os.write(writer, str(i).encode())
                    break
            status = 0
        finally:
            os._exit(status)


def whole(code: CodeType) -> set[int]:
    """The lines of a function, its first one included."""
    return {code.co_firstlineno, *mutants.lines_of(code)}


def content() -> str:
    """A hash of what vectors reach depends on."""
    sha = hashlib.sha256()
    for folder in ("spec", "server", "proto", "conformance"):
        for file in sorted((mutants.ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".toml", ".proto", ".yaml", ".json") and "_pb2" not in file.name:
                sha.update(file.read_bytes())
    return sha.hexdigest()[:16]


def sampled(places: Iterable[Any], options: argparse.Namespace) -> list[Any]:
    """The areas asked for, and of them as many places as wanted, drawn evenly."""
    by_area: dict[str, list[Any]] = defaultdict(list)
    chance = random.Random(options.seed)
    for place in places:
        if not options.areas or place.area in options.areas:
            by_area[place.area].append(place)
    if options.sample is None:
        return [each for found in by_area.values() for each in found]
    for found in by_area.values():
        chance.shuffle(found)
    chosen: list[Any] = []
    while any(by_area.values()) and len(chosen) < options.sample:
        chosen += [found.pop() for found in by_area.values() if found][: options.sample - len(chosen)]
    return chosen


def started() -> Strength:
    """The book imported, with what ran while it was."""
    WORK.mkdir(parents=True, exist_ok=True)
    mutants.WORK.mkdir(parents=True, exist_ok=True)
    tracer = coverage.Coverage(data_file=None, source=[str(mutants.BOOK)], config_file=False)
    tracer.start()
    for module in pkgutil.walk_packages([str(mutants.BOOK)], "quotary_spec."):
        importlib.import_module(module.name)
    tracer.stop()
    return Strength(tracer.get_data())


def known_results() -> dict[tuple[str, ...], dict[str, Any]]:
    """What became of each change in the last run."""
    lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
    return {tuple(row["name"]): row for row in map(json.loads, lines)}


def try_all(
    strength: Strength, places: Iterable[Any], before: Mapping[tuple[str, ...], dict[str, Any]], again: bool
) -> list[dict[str, Any]]:
    """Try each change that is not listed as equivalent, and note at once what became of it.

    With ``again`` only those are tried that were not noticed before; otherwise those are left out that were tried.
    """
    equivalent, rows = listed(), [row for row in before.values() if row["by"] or not again]
    unnoticed = {name for name, row in before.items() if not row["by"]}
    with RESULTS.open("w", encoding="utf-8") as results:
        results.writelines(json.dumps(row) + "\n" for row in rows)
        for change in changes(places, strength.imported):
            name = tuple(change.name)
            if name in equivalent or (name not in unnoticed if again else name in before):
                continue
            since = time.monotonic()
            by = strength.noticed_by(change)
            row = {"name": name, "by": by, "seconds": round(time.monotonic() - since, 2)}
            rows.append(row if by else row | {"diff": change.diff})
            results.write(json.dumps(rows[-1]) + "\n")
            results.flush()
            if not by:
                print(f"{change.diff}\n", flush=True)
            if len(rows) % 500 == 0:
                mutants.tell(f"{len(rows)}, of which {sum(not each['by'] for each in rows)} were not noticed")
    return rows


def main() -> int:
    """Run, and print by area how many were noticed and, on the last line, the share of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, help="how many changes to try (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    parser.add_argument("--at-least", type=float, default=0, help="fail when fewer per cent are noticed")
    parser.add_argument("--resume", action="store_true", help="go on where the last run was ended")
    parser.add_argument("--again", action="store_true", help="only what the last run found not to be noticed")
    parser.add_argument("areas", nargs="*", metavar="AREA", help="such as rules/fees or parameters/fees (default: all)")
    options = parser.parse_args()
    before = known_results() if options.again or options.resume else {}
    mutants.tell("asking every vector, to learn what it reaches")
    strength = started()
    chosen = sampled(every_place(), options)
    mutants.tell(f"{len(chosen)} places against {len(strength.vectors)} vectors")
    mutants.functions_by_file()  # what is frozen is not found any more
    in_process.computed_caches()
    gc.collect()
    gc.freeze()
    rows = try_all(strength, chosen, before, options.again)
    tried, noticed = Counter(row["name"][0] for row in rows), Counter(row["name"][0] for row in rows if row["by"])
    equivalent = Counter(name[0] for name in listed())
    for area in sorted(tried):
        share = 100 * noticed[area] / tried[area]
        print(f"{area}: {noticed[area]} of {tried[area]}, {share:.1f}%; {equivalent[area]} listed as equivalent")
    share = 100 * noticed.total() / tried.total() if tried else 100
    print(f"killed by vectors: {share:.1f}% ({noticed.total()} of {tried.total()})")
    return int(share < options.at_least)


if __name__ == "__main__":
    sys.exit(main())
