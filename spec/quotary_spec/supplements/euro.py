"""Which countries use the euro, by date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files


@cache
def euro_since() -> Mapping[str, date]:
    """The first day of the euro by country, read once."""
    since: Mapping[str, date] = tomllib.loads(files(__package__).joinpath("euro.toml").read_text("utf-8"))["since"]
    return since


def uses_euro(country: str, on: date) -> bool:
    """Whether the euro is the currency of a member state of the European Union on a day."""
    since = euro_since().get(country)
    return since is not None and since <= on
