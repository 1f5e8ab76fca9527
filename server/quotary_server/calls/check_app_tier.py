"""LicenceTierService.CheckAppTier."""

from __future__ import annotations

from dataclasses import dataclass

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.reading_subscriptions import count
from quotary_server.adapter.scalars import quantity
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.product import Product
from quotary_spec.rulebook import Book
from quotary_spec.rules.tiers.apps import AppTierCheck
from quotary_spec.rules.tiers.apps import check_app_tier as check


def check_app_tier(ruleset: Ruleset, request: pb.CheckAppTierRequest) -> pb.CheckAppTierResponse:
    """Whether an app works, and may be sold, at its tier beside its host's.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, pb.CheckAppTierResponse(), _read, _ask, _write)


@dataclass(frozen=True, slots=True)
class _Case:
    app: Product
    app_tier: int | None
    host_tier: int | None
    app_users: int | None


def _read(faults: Faults, request: pb.CheckAppTierRequest) -> _Case:
    app = Product("")
    if request.HasField("app"):
        app = read_product(faults, "app", request.app)
    else:
        faults.add("app", "REQUIRED")
    if request.HasField("host"):
        read_product(faults, "host", request.host)
    return _Case(
        app,
        quantity(faults, "app_user_tier", request.app_user_tier) if request.HasField("app_user_tier") else None,
        quantity(faults, "host_user_tier", request.host_user_tier) if request.HasField("host_user_tier") else None,
        count(faults, "", request, "app_users"),
    )


def _ask(book: Book, case: _Case) -> AppTierCheck:
    return check(book, case.app, case.app_tier, case.host_tier, case.app_users)


def _write(response: pb.CheckAppTierResponse, checked: AppTierCheck) -> None:
    response.function_outcome = OUTCOME.write(checked.works)
    response.sale_outcome = OUTCOME.write(checked.sold)
    response.minimum_user_tier = checked.smallest
    response.sale_relation = checked.relation
