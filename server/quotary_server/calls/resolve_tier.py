"""LicenceTierService.ResolveTier."""

from __future__ import annotations

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import CYCLE, OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import quantity, read_edition, read_product, read_view
from quotary_server.adapter.reading_tiers import MOST_TIERS, limit, read_ceilings, read_user_count
from quotary_server.adapter.writing import write_answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.product import Product
from quotary_spec.rule import tracing
from quotary_spec.rules.tiers.users import TierAnswer, TierQuestion, UserCount
from quotary_spec.rules.tiers.users import resolve_tier as resolve


def resolve_tier(ruleset: Ruleset, request: pb.ResolveTierRequest) -> pb.ResolveTierResponse:
    """The tier that a number of users needs.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    asked = _read(faults, request)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing() as trace:
        answer = resolve(book, asked, ruleset.prices)
    response = pb.ResolveTierResponse()
    _write(response, answer)
    write_answer(response.answer, ruleset.digests, book, answer.findings, trace, view)
    return response


def _read(faults: Faults, request: pb.ResolveTierRequest) -> TierQuestion:
    product, count = Product(""), UserCount()
    if request.HasField("product"):
        product = read_product(faults, "product", request.product)
    else:
        faults.add("product", "REQUIRED")
    if request.HasField("user_count"):
        count = read_user_count(faults, "user_count", request.user_count)
    else:
        faults.add("user_count", "REQUIRED")
    limit(faults, "combined_user_tiers", len(request.combined_user_tiers), MOST_TIERS)
    return TierQuestion(
        product=product,
        cycle=CYCLE.read(faults, "billing_cycle", request.billing_cycle),
        count=count,
        ceilings=read_ceilings(faults, "tier_ceilings", request.tier_ceilings),
        combined=tuple(
            quantity(faults, f"combined_user_tiers[{i}]", each)
            for i, each in enumerate(request.combined_user_tiers[:MOST_TIERS])
        ),
        login_sharers=quantity(faults, "login_sharers", request.login_sharers)
        if request.HasField("login_sharers")
        else None,
    )


def _write(response: pb.ResolveTierResponse, answer: TierAnswer) -> None:
    response.price_basis = answer.basis
    response.counted_users = answer.counted or 0
    response.user_tier = answer.tier
    for each in answer.limits:
        response.limits.add(
            unit=each.unit,
            maximum=each.maximum or 0,
            unlimited=each.maximum is None,
            scope=each.scope,
            outcome=OUTCOME.write(each.outcome),
            rule_id=each.rule_id,
        )
    response.free_plan_outcome = OUTCOME.write(answer.free_plan)
    if answer.combination is not None:
        response.combination_outcome = OUTCOME.write(answer.combination)
    if answer.login_sharing is not None:
        response.login_sharing_outcome = OUTCOME.write(answer.login_sharing)
