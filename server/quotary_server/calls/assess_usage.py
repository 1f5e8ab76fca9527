"""LicenceTierService.AssessUsage."""

from __future__ import annotations

from datetime import date

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import USAGE_BASIS
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import GivenTerm, read_term
from quotary_server.adapter.reading_subscriptions import read_required_subscription
from quotary_server.adapter.reading_tiers import read_price_schedule, read_user_count
from quotary_server.adapter.scalars import civil_date
from quotary_server.adapter.writing import MoneyWriter, write_date, write_guidance
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.calendar import absent_of_term
from quotary_spec.rulebook import Book
from quotary_spec.rules.tiers.users import UserCount
from quotary_spec.rules.usage import Usage, UsageAnswer
from quotary_spec.rules.usage import assess_usage as assess


def assess_usage(ruleset: Ruleset, request: pb.AssessUsageRequest) -> pb.AssessUsageResponse:
    """What a period's use comes to.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """

    def ask(book: Book, usage: Usage) -> UsageAnswer:
        return assess(book, usage, ruleset.prices)

    return answer(ruleset, request, pb.AssessUsageResponse(), _read, ask, _write)


def _read(faults: Faults, request: pb.AssessUsageRequest) -> Usage:
    period = read_term(faults, "billing_period", request.billing_period)
    return Usage(
        subscription=read_required_subscription(faults, request),
        period=period.term,
        records=_records(faults, request),
        at_renewal=read_user_count(faults, "renewal_count", request.renewal_count)
        if request.HasField("renewal_count")
        else None,
        schedule=read_price_schedule(faults, "price_schedule", request.price_schedule)
        if request.HasField("price_schedule")
        else None,
        guard_highest=request.guard_highest_number,
        period_absent=_absent(period) if request.HasField("billing_period") else "",
    )


def _absent(period: GivenTerm) -> str:
    """The field that lacks of a period given in part; empty where nothing does."""
    if period.term is not None:
        return ""
    return f"billing_period{absent_of_term(period.start, period.end).removeprefix('term')}"


def _records(faults: Faults, request: pb.AssessUsageRequest) -> tuple[tuple[date, UserCount], ...]:
    """Numbers by day, ascending."""
    records: dict[date, UserCount] = {}
    for i, each in enumerate(request.usage_records):
        path = f"usage_records[{i}]"
        for name in ("usage_date", "user_count"):
            if not each.HasField(name):
                faults.add(f"{path}.{name}", "REQUIRED")
        day = civil_date(faults, f"{path}.usage_date", each.usage_date) if each.HasField("usage_date") else None
        count = read_user_count(faults, f"{path}.user_count", each.user_count)
        if day in records:
            faults.add(f"{path}.usage_date", "CONFLICTING_FIELDS", f"{day} stands twice")
        elif day is not None:
            records[day] = count
    return tuple(sorted(records.items(), key=lambda record: record[0]))


def _write(response: pb.AssessUsageResponse, usage: UsageAnswer) -> None:
    if usage.basis is not None:
        response.basis = USAGE_BASIS.write(usage.basis)
    response.billable_users = usage.billable or 0
    response.highest_users = usage.highest or 0
    if usage.highest_on is not None:
        write_date(response.highest_date, usage.highest_on)
    response.required_user_tier = usage.needed_tier
    response.upgrade_required = usage.upgrade_needed
    money = MoneyWriter(usage.currency)
    if usage.amount is not None:
        money(response.amount, usage.amount)
    if usage.price_change is not None:
        money(response.price_change, usage.price_change)
    if usage.guidance is not None:
        write_guidance(response.guidance, usage.guidance)
