"""The commands that print what the kit holds: names, a vector, invariants, schemas, pages."""

from __future__ import annotations

import argparse
import json

from quotary_conformance import data
from quotary_conformance.options import AGREED, chosen_vectors, load_vectors, patterns_of, stop


def list_vectors(options: argparse.Namespace) -> int:
    """The names of the vectors that are chosen."""
    every = load_vectors(options.vectors)
    outside = patterns_of(options.out_of_scope, every)
    for vector in chosen_vectors(
        options, [v for v in every if not any(one.pattern.matches(v.name) for one in outside)]
    ):
        print(vector.name)
    return AGREED


def show(options: argparse.Namespace) -> int:
    """One vector: its question and what it rests on."""
    from quotary_conformance import knowledge, told
    from quotary_conformance.targets import TargetError, named

    vector = next((each for each in load_vectors(options.vectors) if options.id in (each.id, each.name)), None)
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


def invariants(options: argparse.Namespace) -> int:
    """What is checked of every answer."""
    from quotary_conformance.invariants import INVARIANTS

    for name, check in INVARIANTS.items():
        print(f"{name}: {' '.join((check.__doc__ or '').split())}")
    return AGREED


def schema(options: argparse.Namespace) -> int:
    """A JSON schema of vector files, or of the requests of a call."""
    from quotary_conformance import contract, schemas

    if options.of == "vectors":
        print(json.dumps(schemas.of_vectors(), indent=1, ensure_ascii=False))
    elif options.of in contract.calls():
        print(json.dumps(schemas.of_requests(contract.calls()[options.of]), indent=1, ensure_ascii=False))
    else:
        stop(f"the contract has no call {options.of}")
    return AGREED


def formats(options: argparse.Namespace) -> int:
    """The page on vectors, or on those of a call."""
    page = data.folder("formats").joinpath(f"{options.call}.md")
    if not page.is_file():
        stop(f"there is no page on {options.call}")
    print(page.read_text("utf-8"), end="")
    return AGREED
