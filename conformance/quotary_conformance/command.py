"""The command line of the yardstick: run the vectors against a target, list them, show one."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from quotary_conformance import __version__, command_compare, command_print, command_run, data
from quotary_conformance.options import (
    BROKEN,
    COULD_NOT_RUN,
    Stop,
    add_choice,
    add_comparing,
    add_folder,
    add_judging,
    add_reports,
    add_target,
)

STATUSES = """exit status:
  0  every vector that was judged agreed, or disagreed and is known to
  1  a vector disagreed, or agreed although it is known to fail; with --require, a call is not offered
  2  the run could not be made or is not whole: a faulty file, a pattern that fits nothing, no server, a missing result
  3  the kit itself failed
Where a vector disagreed and another result is missing, the status is 1."""


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

    run = command("run", command_run.run_vectors, "Put the vectors to a server.")
    add_target(run)
    add_choice(run)
    add_judging(run)
    add_reports(run)

    comparing = command(
        "compare",
        command_compare.compare,
        "Put drawn requests to a target and to a reference, and shrink what differs.",
    )
    add_target(comparing)
    add_choice(comparing)
    add_comparing(comparing)

    listing = command("list", command_print.list_vectors, "Print the names of the vectors.")
    add_choice(listing)

    showing = command(
        "show", command_print.show, "Print one vector: its question, its sum worked by hand, what it rests on."
    )
    showing.add_argument("id", help="id of a vector")
    forms = showing.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="its requests alone, in proto3 JSON, one after another")
    forms.add_argument("--curl", action="store_true", help="as a line of grpcurl and one of buf curl")
    showing.add_argument("--target", default="127.0.0.1:50051", help="the target in those lines")
    add_folder(showing)

    command("invariants", command_print.invariants, "Print what is checked of every answer.")

    schema = command("schema", command_print.schema, "Print a JSON schema, so that an editor completes what you write.")
    schema.add_argument("of", help="`vectors` for a file of vectors, or a call for its requests")

    formats = command(
        "formats", command_print.formats, "Print the page on the format of vectors, or on those of a call."
    )
    formats.add_argument("call", nargs="?", default="README", help="a call, such as TaxService.CalculateTax")
    return parser
