"""SubscriptionService.AssessSale."""

from __future__ import annotations

from quotary.v1 import subscription_service_pb2
from quotary_server.adapter.enums import ACTION, CHANNEL, CYCLE, OUTCOME, PLATFORM
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_deal
from quotary_server.adapter.reading_sales import read_lines, read_resale
from quotary_server.adapter.reading_subscriptions import flag, read_guard_standing
from quotary_server.adapter.writing import (
    write_citations,
    write_date,
    write_guidance,
    write_product,
    write_term,
)
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Deal
from quotary_spec.model.party import Party
from quotary_spec.model.sale import AssessedSale, LifecycleDate, LineSale, Resale, SaleCase
from quotary_spec.model.subscription import GuardStanding
from quotary_spec.rules.sales import assessment as sales


def assess_sale(
    ruleset: Ruleset, request: subscription_service_pb2.AssessSaleRequest
) -> subscription_service_pb2.AssessSaleResponse:
    """Whether each line may be sold to this customer through this channel, until when, and how it is bought.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    response = subscription_service_pb2.AssessSaleResponse()
    return answer(ruleset, request, response, _read_case, sales.assess_sale, _write)


def _read_case(faults: Faults, request: subscription_service_pb2.AssessSaleRequest) -> SaleCase:
    deal = Deal(Party())
    if request.HasField("deal"):
        deal = read_deal(faults, "deal", request.deal)
    else:
        faults.add("deal", "REQUIRED")
    guard = GuardStanding()
    if request.HasField("guard"):
        guard = read_guard_standing(faults, "guard", request.guard)
    return SaleCase(
        deal=deal,
        lines=read_lines(faults, "lines", list(request.lines), deal.currency.code),
        resale=read_resale(faults, "resale", request.resale) if request.HasField("resale") else Resale(),
        trial_exists=flag(request, "trial_exists"),
        commercial_held=flag(request, "commercial_licence_held"),
        guard=guard,
    )


def _write(response: subscription_service_pb2.AssessSaleResponse, assessed: AssessedSale) -> None:
    """Fill an assessment, all but its answer."""
    for position, line in enumerate(assessed.lines):
        _write_line(response.lines.add(), position, line)
    for each in assessed.dates:
        _write_date(response.lifecycle_dates.add(), each)


def _write_line(message: subscription_service_pb2.LineSale, position: int, line: LineSale) -> None:
    message.position = position
    write_product(message.product, line.product)
    message.outcome = OUTCOME.write(line.outcome)
    message.action = ACTION.write(line.action)
    if line.end_time is not None:
        message.sale_end_time.FromDatetime(line.end_time)
    if line.end is not None:
        write_date(message.sale_end_date, line.end)
    if line.term is not None:
        write_term(message.term, line.term)
    if line.latest_end is not None:
        write_date(message.latest_end_date, line.latest_end)
    message.billing_cycles.extend(CYCLE.write_all(line.cycles))
    message.channels.extend(CHANNEL.write_all(line.channels))
    if line.commercial_required is not None:
        message.commercial_licence_required = line.commercial_required
    if line.trial_required is not None:
        message.trial_required = line.trial_required
    if line.guidance is not None:
        write_guidance(message.guidance, line.guidance)


def _write_date(message: subscription_service_pb2.LifecycleDate, each: LifecycleDate) -> None:
    message.event = each.event
    if each.platform is not None:
        message.platform = PLATFORM.write(each.platform)
    message.product_id = each.product
    write_date(message.event_date, each.day)
    if each.moment is not None:
        message.event_time.FromDatetime(each.moment)
    write_citations(message.citations, each.passages)
