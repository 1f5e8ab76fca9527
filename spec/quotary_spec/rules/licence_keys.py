"""Licence keys of self-managed products: which reseller sees one, and where it may be deployed."""

from __future__ import annotations

from collections.abc import Collection

from quotary_spec.outcome import Finding, refused, undetermined
from quotary_spec.rule import rule


@rule("LICENCE-KEY-ORIGINAL-BUYER", "003:68 004:94", rulings="R-38")
def may_see_customers_key(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """A reseller sees a customer's licence key only when it bought that licence first."""
    return any(role in roles_that_may for role in roles)


@rule("LICENCE-KEY-SINGLE-INSTALL", "004:100", rulings="R-004-LICENCE-KEY-SINGLE-INSTALL-004")
def key_is_in_one_place(
    production: int | None, servers: int | None, most_production: int, most_servers: int
) -> bool | Finding:
    """A licence key serves one production installation, on one server.

    Reading: installations for tests are not counted; the passage is about Server licences.
    """
    if production is not None and production > most_production:
        return refused("TOO_MANY_INSTALLATIONS", most=str(most_production))
    if servers is not None and servers > most_servers:
        return refused("TOO_MANY_INSTALLATIONS", most=str(most_servers))
    facts = {"installation.production_count": production, "installation.server_count": servers}
    missing = [path for path, fact in facts.items() if fact is None]
    return undetermined("INPUT_MISSING", *missing) if missing else True
