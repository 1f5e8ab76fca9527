"""The area of a country's tax: which places in its addresses are outside it, or in it at a rate of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from quotary_spec.model.party import Address
from quotary_spec.outcome import Finding, not_covered, undetermined
from quotary_spec.rule import DataRow, read_row, rule
from quotary_spec.supplements.territories import OUTSIDE, OWN_RATE, Territory, canonical_code, territories


def canonical(address: Address) -> Address:
    """The address with the one code of its place: a subdivision that is a country is that country (R-33)."""
    code = canonical_code(address.subdivision or address.country or "")
    if code == (address.subdivision or address.country or ""):
        return address
    country, _, subdivision = code.partition("-")
    return replace(address, country=country, subdivision=code if subdivision else None)


@rule(
    "TAX-TERRITORY-ADDRESS",
    "000:410-412 000:422 000:635 002:310 002:425 002:432 003:124 004:165",
    rulings="R-33",
    general=True,
)
def territory_of_address(address: Address, told_apart: Iterable[Territory]) -> str | Finding | None:
    """Whether an address is in a territory of its own is said by its subdivision, else by its postal code or town.

    Reading: an address that gives none of them is in its country's own area; a postal code that may be inside or
    outside needs the town, and a subdivision and a postal code that contradict each other decide nothing.
    """
    near = [each for each in told_apart if each.country == address.country]
    by_code = _by_postal_code(address, near)
    for each in near:
        if address.subdivision in each.subdivisions:
            contradicted = address.postal_code and each.postal_codes and by_code is not each
            return _contradicted(each) if contradicted else each.code
    if by_code is not None:
        fits = address.subdivision is None or address.subdivision in by_code.within
        return by_code.code if fits else _contradicted(by_code)
    for each in near:
        shared = _matches(address.postal_code, each.shared_postal_codes)
        if _is_in_town(address, each):
            contradicted = address.postal_code and each.postal_codes and not shared
            return _contradicted(each) if contradicted else each.code
        if shared is not None and address.locality is None:
            return undetermined("TAX_AREA_OPEN", "locality", territory=each.name)
    return None


@rule(
    "TAX-TERRITORY",
    "000:410-412 000:422 000:635 002:310 002:425 002:432 003:124 004:165",
    rulings="R-02 R-33",
)
def region_of_tax(country: str, territory: str, area: str) -> str | Finding:
    """A country's tax reaches the area that its law gives it; of places outside the edition says nothing.

    Reading: the tax of a country is the tax that its law, or that of the European Union, lays down.
    """
    if area == OUTSIDE:
        return not_covered("TAX_TERRITORY_OUTSIDE", territory=territory, country=country)
    return territory if area == OWN_RATE else area


@dataclass(frozen=True, slots=True)
class Area:
    """Whose tax reaches a place.

    Attributes:
        country: The country whose tax it is.
        region: The country, or the subdivision that has a rate of its own.
    """

    country: str
    region: str


def tax_area(address: Address, on: date, path: str) -> Area | Finding:
    """Whose tax reaches an address on a day; the one place where any tax is told.

    Args:
        address: An address with its country, canonical.
        on: Day of the order.
        path: Where the address stands in the request.
    """
    country = address.country or ""
    told_apart = [each for each in territories() if country in (each.code, each.country) and each.applies(on)]
    if not told_apart:
        return Area(country, country)
    code: str | Finding | None = country
    if not any(each.code == country for each in told_apart):
        code = territory_of_address(address, tuple(told_apart))
    if isinstance(code, Finding):
        return code.rebased(lambda field: f"{path}.{field}").about(path)
    if code is None:
        return Area(country, country)
    territory = next(each for each in told_apart if each.code == code)
    read_row(DataRow(f"territory.{code}", territory.area, f"supplement: {territory.source}"))
    region = region_of_tax(territory.country, territory.code, territory.area)
    if isinstance(region, Finding):
        named = dict(region.detail) | {"name": territory.name, "source": territory.source}
        return replace(region, detail=tuple(named.items()), subject=path)
    return Area(region.partition("-")[0], region)


def _contradicted(territory: Territory) -> Finding:
    return undetermined("TAX_AREA_CONTRADICTED", territory=territory.name)


def _by_postal_code(address: Address, near: Iterable[Territory]) -> Territory | None:
    """The territory whose pattern fits a postal code, the closest pattern first."""
    fitting = ((each, _matches(address.postal_code, each.postal_codes)) for each in near)
    found = [(len(pattern.replace("*", "")), each) for each, pattern in fitting if pattern is not None]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _matches(postal_code: str | None, patterns: Iterable[str]) -> str | None:
    """The pattern that a postal code fits."""
    forms = tuple(_forms(postal_code)) if postal_code else ()
    return next((pattern for pattern in patterns for form in forms if fnmatchcase(form, pattern)), None)


def _forms(postal_code: str) -> Iterator[str]:
    """A postal code without blanks and dashes, as written and without the letters of a country before it."""
    plain = re.sub(r"[\s.-]", "", postal_code.upper())
    yield plain
    yield re.sub(r"^[A-Z]{1,3}(?=\d)", "", plain)


def _is_in_town(address: Address, territory: Territory) -> bool:
    """Whether the town is one of the territory's, and no other of its name in another subdivision."""
    if address.locality is None or address.subdivision not in (None, *territory.within):
        return False
    town = " ".join(address.locality.split()).casefold()
    return any(town == each.casefold() for each in territory.towns)
