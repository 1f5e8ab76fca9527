"""A short run of ``make crash``, so that it is known to work; .ci/run makes a longer one."""

from __future__ import annotations

from lifecycle.crash import run


def test_a_killed_server_loses_nothing_and_does_nothing_twice(store_url: str) -> None:
    assert run(store_url, kills=1, seed=1) == (0, 0)
