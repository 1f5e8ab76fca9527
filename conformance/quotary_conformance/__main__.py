"""The command line of the yardstick: run the vectors against a target, list them, show one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import grpc
import typer
from google.protobuf import json_format
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from quotary_conformance import contract
from quotary_conformance.patterns import KnownFailure, KnownFailuresError, Pattern, read_known_failures
from quotary_conformance.reporting import show as show_report
from quotary_conformance.reporting import write_junit
from quotary_conformance.running import Report, run
from quotary_conformance.vectors import USES, Choice, Level, Vector, VectorError, choose, load

COULD_NOT_RUN = 2

app = typer.Typer(
    name="quotary_conformance",
    help="Conformance vectors of Quotary: put to any server that speaks its contract.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Run = Annotated[list[str] | None, typer.Option("--run", help="Only vectors of this name; * and ** are wildcards.")]
Skip = Annotated[list[str] | None, typer.Option("--skip", help="No vectors of this name; * and ** are wildcards.")]
Editions = Annotated[list[str] | None, typer.Option("--edition", help="Only vectors of this edition.")]
Levels = Annotated[list[Level] | None, typer.Option("--level", help="Only vectors of this level.")]
Without = Annotated[
    list[str] | None, typer.Option("--without", help="No vectors that use this: demo, supplement.", metavar="USE")
]
Folder = Annotated[
    Path | None, typer.Option("--vectors", help="Vectors of this folder instead of those that ship.", file_okay=False)
]


def stop(message: str) -> NoReturn:
    """Say why the run cannot be made, and end."""
    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(COULD_NOT_RUN)


def _load(folder: Path | None) -> list[Vector]:
    try:
        vectors = load(folder)
    except (VectorError, OSError) as error:
        stop(str(error))
    faults = [f"{vector.name}: {problem}" for vector in vectors for problem in contract.problems(vector)]
    if faults:
        stop("\n".join(faults))
    return vectors


def _choose(
    vectors: list[Vector],
    run: list[str] | None,
    skip: list[str] | None,
    editions: list[str] | None,
    levels: list[Level] | None,
    without: list[str] | None,
) -> list[Vector]:
    if unknown := sorted(set(without or ()) - set(USES)):
        stop(f"--without is one of {', '.join(USES)}, not {', '.join(unknown)}")
    choice = Choice(
        tuple(map(Pattern, run or ())),
        tuple(map(Pattern, skip or ())),
        frozenset(editions or ()),
        frozenset(levels or ()),
        frozenset(without or ()),
    )
    try:
        return choose(vectors, choice)
    except VectorError as error:
        stop(str(error))


def _known(file: Path | None, vectors: list[Vector]) -> list[KnownFailure]:
    if file is None:
        return []
    try:
        return read_known_failures(file.read_text("utf-8"), [vector.name for vector in vectors])
    except (KnownFailuresError, OSError) as error:
        stop(f"{file}: {error}")


@app.command("run")
def run_command(
    target: Annotated[str, typer.Argument(help="Address of the server, host:port.")],
    run_only: Run = None,
    skip: Skip = None,
    edition: Editions = None,
    level: Levels = None,
    without: Without = None,
    known_failing: Annotated[
        Path | None, typer.Option(help="List of vectors that are known to fail, each with its reason.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results to this file as JUnit XML.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Connect with TLS and the system's certificates.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds that a call may take.", min=0.1)] = 30,
    folder: Folder = None,
) -> None:
    """Put the vectors to a server. Exit status: 0 agreed, 1 disagreed, 2 could not run."""
    every = _load(folder)
    chosen = _choose(every, run_only, skip, edition, level, without)
    known = _known(known_failing, every)
    console = Console()
    with _connect(target, tls) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=min(timeout, 10))
        except grpc.FutureTimeoutError:
            stop(f"no server answers at {target}")
        report = Report(target, left_out=len(every) - len(chosen))
        columns = (SpinnerColumn(), TextColumn("{task.completed} of {task.total} {task.description}"))
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("vectors", total=len(chosen))
            for result in run(chosen, channel, known, timeout):
                report.results.append(result)
                progress.advance(task)
    show_report(report, console)
    if junit is not None:
        write_junit(report, junit)
    raise typer.Exit(report.exit_code)


def _connect(target: str, tls: bool) -> grpc.Channel:
    options = [("grpc.max_receive_message_length", 64 * 1024 * 1024)]
    if tls:
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(), options)
    return grpc.insecure_channel(target, options)


@app.command("list")
def list_command(
    run_only: Run = None,
    skip: Skip = None,
    edition: Editions = None,
    level: Levels = None,
    without: Without = None,
    folder: Folder = None,
) -> None:
    """Print the names of the vectors."""
    for vector in _choose(_load(folder), run_only, skip, edition, level, without):
        typer.echo(vector.name)


@app.command("show")
def show_command(id: Annotated[str, typer.Argument(help="Id of a vector.")], folder: Folder = None) -> None:
    """Print the requests of one vector as they are sent, to send them by hand."""
    vector = next((each for each in _load(folder) if id in (each.id, each.name)), None)
    if vector is None:
        stop(f"no vector has the id {id}")
    call = contract.call_of(vector)
    typer.echo(f"{vector.name}\n{call.path.removeprefix('/')}\n{vector.title or vector.working}".rstrip())
    for request in call.requests(vector):
        typer.echo(json_format.MessageToJson(request, preserving_proto_field_name=True))


if __name__ == "__main__":
    app()
