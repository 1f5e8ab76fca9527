"""People and actions that tests of permissions share."""

from __future__ import annotations

from quotary_spec.model.permission import CheckedPermission
from quotary_spec.model.subscription import Actor
from quotary_spec.outcome import Outcome, weakest


def outcome(checked: CheckedPermission) -> Outcome:
    return weakest(checked.findings)


def codes(checked: CheckedPermission) -> set[str]:
    return {each.reason for each in checked.findings}


def person(*roles: str, **more: int | bool) -> Actor:
    return Actor(frozenset(roles), **more)  # type: ignore[arg-type]
