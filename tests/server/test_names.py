"""The numbers that new quotes are given."""

from __future__ import annotations

import re

import pytest

from quotary_server.store.names import new_number
from quotary_spec.rulebook import BOOK


@pytest.mark.parametrize(("edition", "digits"), [("2021", 7), ("2023", 7), ("2024", 9), ("2026", 7)])
def test_a_new_number_has_the_digits_that_the_edition_shows(edition: str, digits: int) -> None:
    for tries, more in ((0, 0), (7, 0), (8, 1), (16, 2)):
        assert re.fullmatch(rf"AT-[0-9]{{{digits + more}}}", new_number(BOOK[edition], tries))
