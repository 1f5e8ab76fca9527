"""EntitlementService.CheckSourceAccess."""

from __future__ import annotations

from dataclasses import dataclass

from quotary.v1 import entitlement_service_pb2 as pb2
from quotary_server.adapter.enums import SOURCE_EXTENT
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_subscriptions import flag, read_actor, read_required_subscription, words
from quotary_server.adapter.writing import write_guidance
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.rulebook import Book
from quotary_spec.rules import source_code
from quotary_spec.rules.source_code import SourceAccess


def check_source_access(ruleset: Ruleset, request: pb2.CheckSourceAccessRequest) -> pb2.CheckSourceAccessResponse:
    """What source code a licence is entitled to, and whether this person reaches it.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, pb2.CheckSourceAccessResponse(), _read, _ask, _write)


@dataclass(frozen=True, slots=True)
class _Case:
    subscription: Subscription
    actor: Actor | None
    export_restricted: bool | None
    uses: list[str]


def _read(faults: Faults, request: pb2.CheckSourceAccessRequest) -> _Case:
    subscription = read_required_subscription(faults, request)
    if request.HasField("subscription") and subscription.product is None:
        faults.add("subscription.product", "REQUIRED")
    return _Case(
        subscription,
        read_actor(faults, "actor", request.actor) if request.HasField("actor") else None,
        flag(request, "export_restricted"),
        words(faults, "uses", list(request.uses), "source_use"),
    )


def _ask(book: Book, case: _Case) -> SourceAccess:
    return source_code.check_source_access(book, case.subscription, case.actor, case.export_restricted, case.uses)


def _write(response: pb2.CheckSourceAccessResponse, access: SourceAccess) -> None:
    response.allowed_roles.extend(access.roles)
    response.allowed_uses.extend(access.allowed_uses)
    response.refused_uses.extend(access.refused_uses)
    if access.extent is not None:
        response.extent = SOURCE_EXTENT.write(access.extent)
        # Every product that the documents speak of is proprietary (002:1234, 000:1277).
        response.open_source = False
    if access.reachable is not None:
        response.reachable = access.reachable
    if access.guidance is not None:
        write_guidance(response.guidance, access.guidance)
