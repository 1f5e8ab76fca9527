"""Orders and ways to pay that tests of payment share."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from quotary_spec.model.order import Billing, CurrencyTerms, Cycle, Deal
from quotary_spec.model.party import Address, Party
from quotary_spec.model.payment import (
    CreditStanding,
    PayableLine,
    PaymentAssessment,
    PaymentCase,
    PaymentInstrument,
    PaymentOption,
)
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Outcome
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.payment.assessment import assess_payment_options
from strategies import amounts, loose_products

CLOUD = Product("jira", Platform.CLOUD, "standard")
GUARD = Product("guard", Platform.CLOUD, "standard")
DC = Product("jira", Platform.DATA_CENTER)
SERVER = Product("jira", Platform.SERVER)
LINES = {
    "monthly": PayableLine(CLOUD, Cycle.MONTHLY, 500_00),
    "annual": PayableLine(CLOUD, Cycle.ANNUAL, 500_00),
    "data_center": PayableLine(DC, None, 500_00),
    "server": PayableLine(SERVER, None, 500_00),
    "guard_monthly": PayableLine(GUARD, Cycle.MONTHLY, 500_00),
    "guard_annual": PayableLine(GUARD, Cycle.ANNUAL, 500_00),
}


def deal(billing: Billing | None = Billing.IMPROVED, currency: str = "USD") -> Deal:
    home = Address({"AUD": "AU", "JPY": "JP"}.get(currency))
    return Deal(Party(address=home), billing=billing, currency=CurrencyTerms(currency))


def ask(
    edition: str, *lines: PayableLine, method: str | None = None, on: Deal | None = None, **facts: object
) -> PaymentAssessment:
    instrument = facts.pop("instrument", None) or (PaymentInstrument(method) if method else None)
    return assess_payment_options(
        BOOK[edition],
        PaymentCase(on or deal(), lines, instrument, **facts),  # type: ignore[arg-type]
    )


def option(edition: str, *lines: PayableLine, method: str, on: Deal | None = None, **facts: object) -> PaymentOption:
    (found,) = ask(edition, *lines, method=method, on=on, **facts).options
    return found


def accepted(answer: PaymentAssessment) -> list[str]:
    return [each.method for each in answer.options if each.outcome is Outcome.GRANTED]


def reason(found: PaymentOption | PaymentAssessment) -> tuple[Outcome, str]:
    (finding,) = (each for each in found.findings if each.reason != "SPLIT_WOULD_DO")
    return finding.outcome, finding.reason


# ---- posting times

MONDAY = date(2025, 9, 8)

# ---- net terms

GOOD_CREDIT = CreditStanding(check_passed=True, tax_identifier_supplied=True)


def net(edition: str, method: str, billing: Billing, minor: int, product: Product = CLOUD) -> PaymentOption:
    line = PayableLine(product, Cycle.ANNUAL, minor)
    return option(edition, line, method=method, on=deal(billing), credit=GOOD_CREDIT)


# ---- the whole

lines = st.builds(PayableLine, loose_products, st.sampled_from([None, *Cycle]), st.none() | amounts)
