"""``quotary-conformance compare``: a target beside a reference, without vectors."""

from __future__ import annotations

import argparse
import hashlib
import time
from contextlib import ExitStack
from typing import Any

from quotary_conformance import data
from quotary_conformance.options import (
    AGREED,
    COULD_NOT_RUN,
    DISAGREED,
    chosen_vectors,
    load_vectors,
    open_target,
    stop,
)


def compare(options: argparse.Namespace) -> int:
    """Compare, tell each difference and what was covered, and give the exit status."""
    from quotary_conformance import beside, targets
    from quotary_conformance.drawing import Drawer

    vectors = chosen_vectors(options, load_vectors(options.vectors))
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
