"""LicenceTierService.CheckAppTier."""

from __future__ import annotations

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import CHANNEL, OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import quantity, read_edition, read_product, read_view
from quotary_server.adapter.reading_subscriptions import count
from quotary_server.adapter.writing import write_answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.product import Product
from quotary_spec.rule import tracing
from quotary_spec.rules.tiers.apps import check_app_tier as check


def check_app_tier(ruleset: Ruleset, request: pb.CheckAppTierRequest) -> pb.CheckAppTierResponse:
    """Whether an app works, and may be sold, at its tier beside its host's.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    app = Product("")
    if request.HasField("app"):
        app = read_product(faults, "app", request.app)
    else:
        faults.add("app", "REQUIRED")
    if request.HasField("host"):
        read_product(faults, "host", request.host)

    def tier(name: str, value: int) -> int | None:
        return quantity(faults, name, value) if request.HasField(name) else None  # type: ignore[arg-type]

    app_tier = tier("app_user_tier", request.app_user_tier)
    host_tier = tier("host_user_tier", request.host_user_tier)
    app_users = count(faults, "", request, "app_users")
    CHANNEL.read(faults, "channel", request.channel)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing() as trace:
        answer = check(book, app, app_tier, host_tier, app_users)
    response = pb.CheckAppTierResponse(
        function_outcome=OUTCOME.write(answer.works),
        sale_outcome=OUTCOME.write(answer.sold),
        minimum_user_tier=answer.smallest,
        sale_relation=answer.relation,
    )
    write_answer(response.answer, ruleset.digests, book, answer.findings, trace, view)
    return response
