"""LicenceTierService.CountBillableUsers."""

from __future__ import annotations

from collections.abc import Iterator

from google.rpc import code_pb2, error_details_pb2, status_pb2

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import CYCLE, GUARD_PROFILE, OUTCOME, POLICY_MEMBERSHIP
from quotary_server.adapter.faults import CallError, Faults, build_status
from quotary_server.adapter.limits import each_within_limits
from quotary_server.adapter.reading import read_edition, read_view
from quotary_server.adapter.reading_tiers import (
    MOST_PRICE,
    read_account,
    read_organisation,
    read_policies,
    read_price_schedule,
)
from quotary_server.adapter.scalars import decimal
from quotary_server.adapter.writing import MoneyWriter, citation, plain, write_answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.order import Cycle
from quotary_spec.model.organisation import Organisation, User
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.register.headings import heading_above
from quotary_spec.register.reasons import REASON
from quotary_spec.rule import tracing
from quotary_spec.rules.guard.bill import BillLine, GuardBill, GuardPrices, price_count
from quotary_spec.rules.guard.users import Membership, Profile
from quotary_spec.rules.guard.users_assessment import GuardCount, ListCount, PlanCount, UsersNotAscending
from quotary_spec.rules.guard.users_assessment import count_billable_users as count
from quotary_spec.rules.guard.users_judge import CountSettings


def count_billable_users(
    ruleset: Ruleset, requests: Iterator[pb.CountBillableUsersRequest]
) -> pb.CountBillableUsersResponse:
    """Who is billable for Guard, over a stream of users that is read once and never kept.

    Raises:
        CallError: INVALID_ARGUMENT with every violation of one message.
    """
    requests = each_within_limits(requests)
    first = next(requests, pb.CountBillableUsersRequest())
    faults = Faults()
    book = read_edition(faults, first)
    view = read_view(faults, first.view)
    settings, prices = CountSettings(), GuardPrices()
    if first.HasField("settings"):
        settings, prices = _read_settings(faults, first.settings)
    else:
        faults.add("settings", "SETTINGS_MISPLACED", "the first message has none")
    reader = _Users(first, settings)
    users = reader.of(faults, first)
    faults.raise_if_any()
    try:
        with tracing(book.edition) as trace:
            counted = count(book, settings, reader.all(users, requests))
            bill = price_count(book, counted, prices, ruleset.prices)
    except UsersNotAscending as error:
        raise CallError(_not_ascending(error)) from error
    response = pb.CountBillableUsersResponse()
    _write(response, counted, bill)
    response.profile = GUARD_PROFILE.write(settings.profile)
    write_answer(response.answer, ruleset.digests, book, _findings(counted, bill), trace, view)
    return response


class _Users:
    """Reads the users of a stream, message by message."""

    def __init__(self, first: pb.CountBillableUsersRequest, settings: CountSettings) -> None:
        self._edition, self._view = first.edition, first.view
        self._policies = {policy.id for policy in settings.policies}
        self._several = settings.membership is not Membership.EXACTLY_ONE
        self._read = 0

    def of(self, faults: Faults, message: pb.CountBillableUsersRequest) -> list[User]:
        """The users of one message; their paths count over the whole stream."""
        users: list[User] = []
        for each in message.users:
            path = f"users[{self._read}]"
            users.append(read_account(faults, path, each, self._policies))
            if each.other_policy_ids and not self._several:
                faults.add(f"{path}.other_policy_ids", "CONFLICTING_FIELDS", "the settings give an account one policy")
            self._read += 1
        return users

    def all(self, first: list[User], rest: Iterator[pb.CountBillableUsersRequest]) -> Iterator[User]:
        """The users of the first message and of those that follow."""
        yield from first
        for message in rest:
            faults = Faults()
            if message.HasField("settings"):
                faults.add("settings", "SETTINGS_MISPLACED", "a later message has them")
            for name, value, settled in (
                ("edition", message.edition, self._edition),
                ("view", message.view, self._view),
            ):
                if value and value != settled:
                    faults.add(name, "SETTINGS_MISPLACED", "a later message has another")
            users = self.of(faults, message)
            faults.raise_if_any()
            yield from users


def _not_ascending(error: UsersNotAscending) -> status_pb2.Status:
    sentence = f"{REASON['USERS_NOT_ASCENDING'].text} ({error})"
    bad_request = error_details_pb2.BadRequest()
    field = f"users[{error.position}].id"
    bad_request.field_violations.add(field=field, description=sentence, reason="USERS_NOT_ASCENDING")
    metadata = {
        "field": field,
        "violations": "1",
        "position": str(error.position),
        "previous_id": error.previous,
        "id": error.id,
    }
    return build_status(code_pb2.INVALID_ARGUMENT, sentence, "USERS_NOT_ASCENDING", metadata, bad_request)


def _read_settings(faults: Faults, message: pb.BillableUserSettings) -> tuple[CountSettings, GuardPrices]:
    organisation = Organisation()
    if message.HasField("organisation"):
        organisation = read_organisation(faults, "settings.organisation", message.organisation)
    else:
        faults.add("settings.organisation", "REQUIRED")
    settings = CountSettings(
        organisation=organisation,
        policies=read_policies(faults, "settings.policies", message.policies),
        profile=GUARD_PROFILE.read(faults, "settings.profile", message.profile, Profile.UNION8),
        sub_domains=message.sub_domains_managed,
        membership=POLICY_MEMBERSHIP.read(
            faults, "settings.policy_membership", message.policy_membership, Membership.EXACTLY_ONE
        ),
        enterprise_by_product=message.enterprise_covered_by_product,
        standard_covers_managed=message.standard_covers_managed,
        premium_counts_disabled=message.premium_counts_disabled,
        premium_honours_nonbillable=not message.HasField("premium_honours_nonbillable")
        or message.premium_honours_nonbillable,
    )
    return settings, _read_prices(faults, message)


def _read_prices(faults: Faults, message: pb.BillableUserSettings) -> GuardPrices:
    schedules = {
        name: read_price_schedule(faults, f"settings.{name}", getattr(message, name))
        for name in ("standard_prices", "premium_prices")
        if message.HasField(name)
    }
    currencies = [
        schedules[name].currency if name in schedules else "USD" for name in ("standard_prices", "premium_prices")
    ]
    if message.premium_taken and currencies[0] != currencies[1]:
        path = "settings.premium_prices.currency_code"
        faults.add(path, "CURRENCY_MISMATCH", f"{currencies[1]} instead of {currencies[0]}")
    return GuardPrices(
        cycle=CYCLE.read(faults, "settings.billing_cycle", message.billing_cycle) or Cycle.MONTHLY,
        premium_taken=message.premium_taken,
        standard=schedules.get("standard_prices"),
        premium=schedules.get("premium_prices"),
        enterprise_difference=decimal(
            faults, "settings.enterprise_difference_price", message.enterprise_difference_price, MOST_PRICE
        )
        if message.HasField("enterprise_difference_price")
        else None,
    )


def _findings(counted: GuardCount, bill: GuardBill) -> list[Finding]:
    """What stands in the way; that facts are missing is said once, with the facts."""
    known = {finding.reason for finding in counted.findings}
    return [*counted.findings, *dict.fromkeys(each for each in bill.findings if each.reason not in known)]


def _write(response: pb.CountBillableUsersResponse, counted: GuardCount, bill: GuardBill) -> None:
    response.total_users = counted.total
    response.managed_users = counted.managed
    response.external_users = counted.external
    if counted.standard is not None and counted.premium is not None:
        _write_count(response.standard, counted.standard)
        _write_count(response.premium, counted.premium)
    else:
        for plan, into in (("standard", response.standard), ("premium", response.premium)):
            into.plan, into.outcome = plan, OUTCOME.write(Outcome.NOT_COVERED)
    money = MoneyWriter(bill.currency)
    for line in bill.lines:
        _write_line(response.price_lines.add(), line, money)
    if bill.total is not None:
        money(response.total, bill.total)


def _write_count(message: pb.BillableUserCount, plan: PlanCount) -> None:
    message.plan = plan.plan
    message.outcome = OUTCOME.write(Outcome.UNDETERMINED if plan.users is None else Outcome.GRANTED)
    if plan.users is not None:
        message.billable_users = plan.users
    message.fact_interval.minimum, message.fact_interval.maximum = plan.least, plan.most
    message.profile_interval.minimum, message.profile_interval.maximum = plan.narrowest, plan.widest
    message.product_ids.extend(plan.products)
    for each in plan.exclusions:
        message.exclusions.add(reason=each.reason, users=each.users, rule_id=each.rule_id)
    for one in plan.differing:
        _write_list(message.differing_lists.add(), one)


def _write_list(message: pb.PrintedListCount, by: ListCount) -> None:
    message.citation.CopyFrom(citation(by.at))
    heading = heading_above(by.at)
    message.title = heading.title if heading is not None else ""
    message.profile = GUARD_PROFILE.write(by.profile)
    if by.users is not None:
        message.billable_users = by.users
    message.fact_interval.minimum, message.fact_interval.maximum = by.least, by.most


def _write_line(message: pb.GuardPriceLine, line: BillLine, money: MoneyWriter) -> None:
    message.plan = line.plan
    message.outcome = OUTCOME.write(line.outcome)
    message.full_price_users = line.full_price_users
    message.difference_users = line.difference_users
    if line.full_unit is not None:
        message.full_unit_price = plain(line.full_unit)
    if line.difference_unit is not None:
        message.difference_unit_price = plain(line.difference_unit)
    message.user_tier = line.tier
    if line.month is not None:
        money(message.monthly_amount, line.month)
    if line.amount is not None:
        money(message.amount, line.amount)
