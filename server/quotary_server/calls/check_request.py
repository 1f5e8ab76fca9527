"""QuoteService.CheckRequest."""

from __future__ import annotations

from quotary.v1 import quote_service_pb2
from quotary_server.adapter.reading_requests import read_request_case
from quotary_server.adapter.writing import MoneyWriter, write_date, write_guidance
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.request import CheckedRequest, RequestItem
from quotary_spec.rules.requests.assessment import check_request as check


def check_request(
    ruleset: Ruleset, request: quote_service_pb2.CheckRequestRequest
) -> quote_service_pb2.CheckRequestResponse:
    """Whether a request contains what it must, whether the person may make it, and where it is made.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, quote_service_pb2.CheckRequestResponse(), read_request_case, check, _write)


def _write(response: quote_service_pb2.CheckRequestResponse, checked: CheckedRequest) -> None:
    """Fill what the rules say, all but the answer."""
    for item in checked.items:
        _write_item(response.items.add(), item)
    response.complete = checked.complete
    response.allowed_roles.extend(checked.allowed_roles)
    if checked.guidance is not None:
        write_guidance(response.guidance, checked.guidance)
    if checked.self_service is not None:
        response.self_service = checked.self_service
    response.next_step = checked.next_step
    response.manual_review = checked.manual_review
    if checked.cost is not None:
        MoneyWriter("USD")(response.cost, checked.cost)
    response.currency_codes.extend(checked.currencies)
    response.delivery_channels.extend(checked.delivery)
    if checked.domain_verification is not None:
        response.domain_verification_required = checked.domain_verification
    if checked.valid_through is not None:
        write_date(response.valid_through_date, checked.valid_through)
    if checked.effective is not None:
        response.effective_time.FromDatetime(checked.effective)


def _write_item(message: quote_service_pb2.RequestItem, item: RequestItem) -> None:
    message.item = item.item
    message.path = item.path
    message.supplied = item.supplied
    message.alternatives.extend(item.alternatives)
    message.party = item.party
    message.rule_id = item.rule_id
