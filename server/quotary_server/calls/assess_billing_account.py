"""SubscriptionService.AssessBillingAccount."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from quotary.v1 import subscription_service_pb2 as pb
from quotary_server.adapter.enums import BILLING, ENGINE_SUPPORT, GUARD_CHARGING, INVOICE_GROUPING, OUTCOME
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.reading_subscriptions import count, day, flag, read_subscription
from quotary_server.adapter.reading_tiers import MOST_PRICE, read_bands
from quotary_server.adapter.scalars import decimal, text
from quotary_server.adapter.writing import (
    MoneyWriter,
    write_date,
    write_guidance,
    write_product,
    write_term,
)
from quotary_server.adapter.writing_subscriptions import write_notice
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.billing_account import (
    AccountInvoice,
    AssessedBillingAccount,
    BilledSubscription,
    BillingAccount,
    Charging,
    GuardUsage,
    InvoiceLine,
    Migration,
    SubscriptionBilling,
)
from quotary_spec.model.price import PriceBand
from quotary_spec.model.product import Product
from quotary_spec.model.subscription import Subscription
from quotary_spec.money import is_currency
from quotary_spec.rules import billing_accounts_assessment


def assess_billing_account(
    ruleset: Ruleset, request: pb.AssessBillingAccountRequest
) -> pb.AssessBillingAccountResponse:
    """How each subscription of an account is billed, on which invoices, and what a move to the new engine changes.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    write = partial(_write, currency=request.guard_usage.currency_code or "USD")

    return answer(
        ruleset,
        request,
        pb.AssessBillingAccountResponse(),
        _read_account,
        billing_accounts_assessment.assess_billing_account,
        write,
    )


def _read_account(faults: Faults, request: pb.AssessBillingAccountRequest) -> BillingAccount:
    message, path = request.billing_account, "billing_account"
    if not request.HasField("billing_account"):
        faults.add(path, "REQUIRED")
    elif not message.subscriptions:
        faults.add(f"{path}.subscriptions", "REQUIRED", "at least one subscription")
    return BillingAccount(
        subscriptions=tuple(
            _read_billed(faults, f"{path}.subscriptions[{i}]", each) for i, each in enumerate(message.subscriptions)
        ),
        grouping=INVOICE_GROUPING.read(faults, f"{path}.invoice_grouping", message.invoice_grouping),
        migrated=flag(message, "migrated"),
        usage=_read_usage(faults, "guard_usage", request.guard_usage) if request.HasField("guard_usage") else None,
        day=day(faults, "", request, "assessment_date"),
    )


def _read_billed(faults: Faults, path: str, message: pb.BilledSubscription) -> BilledSubscription:
    subscription = Subscription(Product(""))
    if message.HasField("subscription"):
        subscription = read_subscription(faults, f"{path}.subscription", message.subscription)
        if subscription.product is None:
            faults.add(f"{path}.subscription.product", "REQUIRED")
    else:
        faults.add(f"{path}.subscription", "REQUIRED")
    return BilledSubscription(
        subscription=subscription,
        site=text(faults, f"{path}.site_id", message.site_id) if message.HasField("site_id") else None,
        billing=BILLING.read(faults, f"{path}.billing_experience", message.billing_experience),
        add_ons=tuple(read_product(faults, f"{path}.add_ons[{i}]", each) for i, each in enumerate(message.add_ons)),
    )


def _read_usage(faults: Faults, path: str, message: pb.GuardUsage) -> GuardUsage:
    currency = message.currency_code if message.HasField("currency_code") else "USD"
    if not is_currency(currency):
        faults.add(f"{path}.currency_code", "UNKNOWN_CURRENCY", repr(currency[:10]))
        currency = "USD"

    def price(name: str) -> Decimal | None:
        return decimal(faults, f"{path}.{name}", getattr(message, name), MOST_PRICE) if message.HasField(name) else None  # type: ignore[arg-type]

    bands = read_bands(faults, f"{path}.standard_bands", message.standard_bands)
    unit = price("standard_unit_price")
    if unit is not None and bands:
        faults.add(f"{path}.standard_unit_price", "CONFLICTING_FIELDS", "bands are given as well")
    return GuardUsage(
        standard_users=count(faults, f"{path}.", message, "standard_user_count"),
        covered_premium_users=count(faults, f"{path}.", message, "covered_premium_user_count") or 0,
        other_premium_users=count(faults, f"{path}.", message, "other_premium_user_count") or 0,
        standard_bands=(PriceBand(unit),) if unit is not None else bands,
        premium_unit=price("premium_unit_price"),
        currency=currency,
        charging=GUARD_CHARGING.read(faults, f"{path}.charging", message.charging, Charging.ADVANCE),
    )


def _write(response: pb.AssessBillingAccountResponse, assessed: AssessedBillingAccount, currency: str) -> None:
    """Fill an assessment, all but its answer."""
    write = MoneyWriter(currency)
    for each in assessed.subscriptions:
        _write_subscription(response.subscriptions.add(), each)
    for invoice in assessed.invoices:
        _write_invoice(response.invoices.add(), invoice, write)
    response.allowed_groupings.extend(INVOICE_GROUPING.write_all(assessed.groupings))
    if assessed.guard_month is not None:
        write(response.guard_monthly_amount, assessed.guard_month)
    if assessed.guard_year is not None:
        write(response.guard_annual_amount, assessed.guard_year)
    response.capabilities.extend(assessed.capabilities)
    if assessed.migration is not None:
        _write_migration(response.migration, assessed.migration)
    for notice in assessed.notices:
        write_notice(response.notices.add(), notice)
    if assessed.guidance is not None:
        write_guidance(response.guidance, assessed.guidance)


def _write_subscription(message: pb.SubscriptionBilling, each: SubscriptionBilling) -> None:
    message.position = each.position
    message.outcome = OUTCOME.write(each.outcome)
    if each.billing is not None:
        message.billing_experience = BILLING.write(each.billing)
    if each.support is not None:
        message.engine_support = ENGINE_SUPPORT.write(each.support)
    if each.plan_supported is not None:
        message.plan_supported = each.plan_supported
    if each.candidate is not None:
        message.migration_candidate = each.candidate
    if each.active is not None:
        message.active = each.active
    if each.invoice is not None:
        message.invoice = each.invoice
    message.payment_methods.extend(each.methods)
    if each.guidance is not None:
        write_guidance(message.guidance, each.guidance)


def _write_invoice(message: pb.AccountInvoice, invoice: AccountInvoice, write: MoneyWriter) -> None:
    message.grouping = INVOICE_GROUPING.write(invoice.grouping)
    message.site_ids.extend(invoice.sites)
    message.billing_experience = BILLING.write(invoice.billing)
    for line in invoice.lines:
        _write_line(message.lines.add(), line, write)


def _write_line(message: pb.AccountInvoiceLine, line: InvoiceLine, write: MoneyWriter) -> None:
    message.subscription = line.subscription
    write_product(message.product, line.product)
    message.kind = line.kind
    if line.users is not None:
        message.user_count = line.users
    if line.charge_date is not None:
        write_date(message.charge_date, line.charge_date)
    if line.term is not None:
        write_term(message.term, line.term)
    if line.amount is not None:
        write(message.amount, line.amount)
    message.rule_id = line.rule_id


def _write_migration(message: pb.BillingMigration, migration: Migration) -> None:
    message.planned = migration.planned
    for name in ("downtime", "access_changed", "subscriptions_changed", "prices_changed", "processes_changed"):
        value = getattr(migration, name)
        if value is not None:
            setattr(message, name, value)
    message.safeguards.extend(migration.safeguards)
    if migration.guidance is not None:
        write_guidance(message.guidance, migration.guidance)
