"""Logs: one JSON object a line on standard error; of a failure its type and its places, never the values at hand."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterable
from io import TextIOBase
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def set_up_logs(level: str) -> None:
    """Log from ``level`` on, as JSON lines with a UTC time: what a server does."""
    _configure(
        level,
        [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _describe_failure,
            structlog.processors.JSONRenderer(),
        ],
    )


def set_up_command_logs() -> None:
    """Log a failure inside a command as one line: what was raised, and where."""
    _configure("error", [_describe_failure, _one_line])


def _configure(level: str, processors: Iterable[Processor]) -> None:
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )


class _StandardError(TextIOBase):
    """Standard error as it is when something is written, not as it was when logging was set up."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _describe_failure(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Put types and places in the stead of an exception: its text and its frames can hold a customer's data."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        causes: list[dict[str, object]] = []
        while error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            causes.append({"type": type(error).__name__, "places": places})
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        event["failure"] = causes
    return event


def _one_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    parts = [str(event.pop("event"))]
    for failure in event.pop("failure", []):
        parts.append(f"{failure['type']} at {failure['places'][-1] if failure['places'] else 'an unknown place'}")
    return ": ".join(parts) + "".join(f" {key}={value}" for key, value in event.items())
