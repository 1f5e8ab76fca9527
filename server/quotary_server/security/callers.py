"""Callers: who asks, for which tenant, in which roles; and what the contract lets each role do.

Nothing here knows of a way of transport: whoever takes a call in gives ``Gate.admit`` what the caller showed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NoReturn, Protocol

from google.protobuf.descriptor import FileDescriptor
from google.rpc import code_pb2
from prometheus_client import Counter

from quotary.v1 import (
    change_service_pb2,
    entitlement_service_pb2,
    licence_tier_service_pb2,
    options_pb2,
    order_service_pb2,
    quote_service_pb2,
    refund_service_pb2,
    rulebook_service_pb2,
    subscription_service_pb2,
    tax_service_pb2,
)
from quotary_server.adapter.faults import fail

DEFAULT_TENANT = "default"
"""Whose everything is that was kept for callers whom nobody asked who they are."""

ROLES: Mapping[str, int] = {
    name.removeprefix("ROLE_").lower(): number for name, number in options_pb2.Role.items() if number
}
"""The contract's roles by the word for them: "reader"."""

REFUSED = Counter(
    "quotary_refused_callers_total", "Calls refused for who asked, by method and status.", ["method", "status"]
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        name: As changes keep it; empty where nobody is asked.
        tenant: Whose quotes, orders and refunds the caller sees and makes.
        roles: Words of ``ROLES``.
    """

    name: str
    tenant: str
    roles: frozenset[str]


ANYBODY = Caller("", DEFAULT_TENANT, frozenset(ROLES))
"""Who calls a server that asks nobody."""

_CALLING: ContextVar[Caller] = ContextVar("calling", default=ANYBODY)


def caller() -> Caller:
    """Who makes the call that is being answered."""
    return _CALLING.get()


@contextmanager
def calling(who: Caller) -> Iterator[None]:
    """Answer a call for this caller."""
    token = _CALLING.set(who)
    try:
        yield
    finally:
        _CALLING.reset(token)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caller showed: the value of ``authorization``, and the names of a certificate that TLS has verified."""

    authorization: str = ""
    certificate_names: Sequence[str] = ()


class Proof(Protocol):
    """One way to prove who one is."""

    def identify(self, shown: Shown) -> Caller | None:
        """The caller; None when nothing of this kind was shown.

        Raises:
            CallError: UNAUTHENTICATED, when it was and does not hold.
        """


def not_valid() -> NoReturn:
    """Refuse what was shown; which part of it does not hold is not told.

    Raises:
        CallError: UNAUTHENTICATED.
    """
    fail(code_pb2.UNAUTHENTICATED, "CREDENTIAL_NOT_VALID")


class Gate:
    """Lets callers in, or tells them why not."""

    def __init__(self, proofs: Sequence[Proof]) -> None:
        """Ask for one of these proofs; the first that was shown counts."""
        self._proofs = proofs

    def admit(self, method: str, shown: Shown) -> Caller:
        """The caller, who may call ``method`` ("/quotary.v1.QuoteService/GetQuote").

        Raises:
            CallError: UNAUTHENTICATED or PERMISSION_DENIED.
        """
        who = self.identify(shown)
        allowed = permitted(method)
        if allowed is not None and who.roles.isdisjoint(allowed):
            fail(code_pb2.PERMISSION_DENIED, "ROLE_MISSING", roles=", ".join(sorted(allowed)))
        return who

    def identify(self, shown: Shown) -> Caller:
        """Who showed this.

        Raises:
            CallError: UNAUTHENTICATED.
        """
        for proof in self._proofs:
            who = proof.identify(shown)
            if who is not None:
                return who
        return fail(code_pb2.UNAUTHENTICATED, "CALLER_UNKNOWN")


def permitted(method: str) -> frozenset[str] | None:
    """The roles that may call a method; None for one that is not of the contract, where any caller may."""
    return _ACCESS.get(method)


def _access(files: Sequence[FileDescriptor]) -> dict[str, frozenset[str]]:
    words = {number: word for word, number in ROLES.items()}
    table = {}
    for file in files:
        for service in file.services_by_name.values():
            for method in service.methods:
                access = method.GetOptions().Extensions[options_pb2.access]
                allowed = words.values() if access.every_role else (words[role] for role in access.roles)
                table[f"/{service.full_name}/{method.name}"] = frozenset(allowed)
    return table


_ACCESS = _access(
    [
        change_service_pb2.DESCRIPTOR,
        entitlement_service_pb2.DESCRIPTOR,
        licence_tier_service_pb2.DESCRIPTOR,
        order_service_pb2.DESCRIPTOR,
        quote_service_pb2.DESCRIPTOR,
        refund_service_pb2.DESCRIPTOR,
        rulebook_service_pb2.DESCRIPTOR,
        subscription_service_pb2.DESCRIPTOR,
        tax_service_pb2.DESCRIPTOR,
    ]
)
