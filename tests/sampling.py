"""How much of what takes long is put to a test."""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

WHOLE = "TEST_WHOLE" in os.environ
"""True in .ci/run, which may take longer than ``make test``."""


def every(nth: int, rows: Sequence[T]) -> Sequence[T]:
    """Each nth row; all of them where the whole is asked for."""
    return rows if WHOLE else rows[::nth]
