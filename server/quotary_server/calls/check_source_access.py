"""EntitlementService.CheckSourceAccess."""

from __future__ import annotations

from quotary.v1 import entitlement_service_pb2 as pb2
from quotary_server.adapter.enums import SOURCE_EXTENT
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_edition, read_view
from quotary_server.adapter.reading_subscriptions import flag, read_actor, read_required_subscription, words
from quotary_server.adapter.writing import write_answer, write_guidance
from quotary_server.ruleset import Ruleset
from quotary_spec.rule import tracing
from quotary_spec.rules import source_code


def check_source_access(ruleset: Ruleset, request: pb2.CheckSourceAccessRequest) -> pb2.CheckSourceAccessResponse:
    """What source code a licence is entitled to, and whether this person reaches it.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    subscription = read_required_subscription(faults, request)
    if request.HasField("subscription") and subscription.product is None:
        faults.add("subscription.product", "REQUIRED")
    actor = read_actor(faults, "actor", request.actor) if request.HasField("actor") else None
    uses = words(faults, "uses", list(request.uses), "source_use")
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing() as trace:
        access = source_code.check_source_access(book, subscription, actor, flag(request, "export_restricted"), uses)
    response = pb2.CheckSourceAccessResponse(
        allowed_roles=access.roles, allowed_uses=access.allowed_uses, refused_uses=access.refused_uses
    )
    if access.extent is not None:
        response.extent = SOURCE_EXTENT.write(access.extent)
        # Every product that the documents speak of is proprietary (002:1234, 000:1277).
        response.open_source = False
    if access.reachable is not None:
        response.reachable = access.reachable
    if access.guidance is not None:
        write_guidance(response.guidance, access.guidance)
    write_answer(response.answer, ruleset.digests, book, access.findings, trace, view)
    return response
