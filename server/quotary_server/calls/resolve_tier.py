"""LicenceTierService.ResolveTier."""

from __future__ import annotations

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import CYCLE, OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.reading_tiers import read_ceilings, read_user_count
from quotary_server.adapter.scalars import quantity
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.product import Product
from quotary_spec.rulebook import Book
from quotary_spec.rules.tiers.users import TierAnswer, TierQuestion, UserCount
from quotary_spec.rules.tiers.users import resolve_tier as resolve


def resolve_tier(ruleset: Ruleset, request: pb.ResolveTierRequest) -> pb.ResolveTierResponse:
    """The tier that a number of users needs.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """

    def ask(book: Book, question: TierQuestion) -> TierAnswer:
        return resolve(book, question, ruleset.prices)

    return answer(ruleset, request, pb.ResolveTierResponse(), _read, ask, _write)


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
    return TierQuestion(
        product=product,
        cycle=CYCLE.read(faults, "billing_cycle", request.billing_cycle),
        count=count,
        ceilings=read_ceilings(faults, "tier_ceilings", request.tier_ceilings),
        combined=tuple(
            quantity(faults, f"combined_user_tiers[{i}]", each) for i, each in enumerate(request.combined_user_tiers)
        ),
        login_sharers=quantity(faults, "login_sharers", request.login_sharers)
        if request.HasField("login_sharers")
        else None,
    )


def _write(response: pb.ResolveTierResponse, tier: TierAnswer) -> None:
    response.price_basis = tier.basis
    response.counted_users = tier.counted or 0
    response.user_tier = tier.tier
    for each in tier.limits:
        response.limits.add(
            unit=each.unit,
            maximum=each.maximum or 0,
            unlimited=each.maximum is None,
            scope=each.scope,
            outcome=OUTCOME.write(each.outcome),
            rule_id=each.rule_id,
        )
    response.free_plan_outcome = OUTCOME.write(tier.free_plan)
    if tier.combination is not None:
        response.combination_outcome = OUTCOME.write(tier.combination)
    if tier.login_sharing is not None:
        response.login_sharing_outcome = OUTCOME.write(tier.login_sharing)
