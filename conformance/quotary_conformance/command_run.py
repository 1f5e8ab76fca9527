"""``quotary-conformance run``: puts the vectors to a server."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack

from quotary_conformance.options import chosen_vectors, load_vectors, open_target, patterns_of, stop


def run_vectors(options: argparse.Namespace) -> int:
    """Run, write the reports, and give the exit status."""
    from quotary_conformance import knowledge, page, reporting
    from quotary_conformance.invariants import INVARIANTS
    from quotary_conformance.running import Manner, Report, Verdict, run

    if unknown := sorted(set(options.allow) - set(INVARIANTS)):
        stop(f"no invariant is called {', '.join(unknown)}: they are {', '.join(INVARIANTS)}")
    every = load_vectors(options.vectors)
    known = patterns_of(options.known_failing, every)
    outside = patterns_of(options.out_of_scope, every)
    in_scope = [each for each in every if not any(one.pattern.matches(each.name) for one in outside)]
    chosen = chosen_vectors(options, in_scope)
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
