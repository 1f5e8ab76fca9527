"""Renewals: for what time and at what price, when they take effect, who is told, and what renews by itself.

What ends with Data Center's end of life has a module of its own, and so has the length of terms.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal

from quotary_spec.calendar import Term
from quotary_spec.model.fulfilment import Trigger
from quotary_spec.model.order import Channel, Cycle
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, refused, undetermined
from quotary_spec.rule import rule

Basis = Literal["line", "current_renewal_price"]


# ---- by itself


@rule("RENEWAL-CLOUD-MONTHLY-AUTO", "000:370-371 002:394", rulings="R-000-RENEWAL-CLOUD-ANNUAL-OPT-IN")
def renews_by_default(cycle: Cycle) -> bool:
    """Monthly cloud subscriptions renew by themselves unless somebody changes it, annual ones only when chosen."""
    return cycle is Cycle.MONTHLY


@rule("RENEWAL-CLOUD-ANNUAL-OPT-IN", "000:375-376 002:398")
def may_choose_automatic_renewal(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """In the original billing experience the billing contact chooses automatic renewal of an annual subscription."""
    return any(role in roles_that_may for role in roles)


@rule("RENEWAL-CLOUD-ANNUAL-AVAILABLE", "000:374-376 002:396")
def automatic_renewal_is_offered(renewal_quote_exists: bool) -> bool:
    """It is offered with the payment of a renewal quote, never without one."""
    return renewal_quote_exists


@rule("RENEWAL-CLOUD-ANNUAL-ON", "000:376 002:398", rulings="R-002-RENEWAL-AUTO-CLOUD-ANNUAL-LEGACY")
def automatic_renewal_is_on(*, renewal_quote_exists: bool, quote_paid: bool, chosen: bool) -> bool:
    """It is on once the renewal quote was paid and the option chosen with it.

    Reading: paying alone does not switch it on.
    """
    return automatic_renewal_is_offered(renewal_quote_exists) and quote_paid and chosen


@rule(
    "RENEWAL-DC-AUTORENEW",
    "000:378-383 002:404",
    rulings="R-000-RENEWAL-DC-AUTORENEW R-002-RENEWAL-AUTO-DC",
)
def may_renew_data_center_by_itself(roles: Collection[str], roles_that_may: Collection[str]) -> bool:
    """The billing contact switches on automatic renewal of a Data Center licence, and nobody else."""
    return any(role in roles_that_may for role in roles)


@rule("RENEWAL-DC-AUTORENEW-DATE", "000:384 002:406", rulings="R-19 R-000-RENEWAL-DC-AUTORENEW-DATE")
def automatic_renewal_day(expiry: date, end_of_life: date | None) -> date | Finding:
    """An automatic renewal of Data Center is carried out on the day the licence expires.

    Reading: not on the end of life or later, when no time is left to renew for.
    """
    if end_of_life is not None and expiry >= end_of_life:
        return refused("EOL_REACHED", end=end_of_life.isoformat())
    return expiry


# ---- quotes and mails


@rule(
    "RENEWAL-QUOTE-60-DAYS",
    "000:374 001:341 002:396",
    rulings="R-000-RENEWAL-CLOUD-ANNUAL-QUOTE-60 R-001-RENEWAL-GUARD-QUOTE-NOTICE-001 R-002-RENEWAL-QUOTE-60-DAYS",
)
def renewal_quote_day(end: date, days_before: int) -> date:
    """The renewal quote of an annual subscription is sent 60 days before its end.

    Reading: calendar days; in the original billing experience, and for Guard in both.
    """
    return end - timedelta(days=days_before)


@rule("RENEWAL-GUARD-QUOTE-SELF-SERVE", "001:341")
def may_fetch_renewal_quote(roles: Collection[str], recipients: Collection[str]) -> bool:
    """Those who get the renewal quote of Guard, primary billing and technical contacts, can fetch it themselves too."""
    return any(role in recipients for role in roles)


@rule("RENEWAL-GUARD-INCREASE-NOTICE", "001:48", rulings="R-001-GUARD-BILLING-INCREASE-NOTICE")
def increase_is_announced(expected: int, previous: int) -> bool:
    """A mail announces the next charge of a paid Guard subscription when it is higher than the last invoice.

    Reading: an equal amount is not announced, nor a first one.
    """
    return expected > previous


@rule("RENEWAL-GUARD-INCREASE-DAY", "001:48")
def increase_notice_day(billing_date: date, days_before: int) -> date:
    """The mail is sent 3 days before the billing date."""
    return billing_date - timedelta(days=days_before)


@rule(
    "RENEWAL-DC-REP-90",
    "000:952 002:854",
    rulings="R-04 R-000-RENEWAL-DC-REP-90 R-002-RENEWAL-DC-ADVOCATE",
)
def contact_window(expiry: date, days: int) -> Term:
    """A representative may call within 90 days of the end of a Data Center subscription to talk about its renewal.

    Reading: within the days before the end, the first of them and the end itself included, as a talk on renewal wants;
    the sentence of 2026 literally says after the end, which the answer mentions.
    """
    return Term(expiry - timedelta(days=days), expiry + timedelta(days=1))


@rule("RENEWAL-DC-NOTIFY", "000:965 002:867")
def renewal_recipients(
    event: Literal["renewal_quote", "purchase_confirmation"], named: Collection[str]
) -> tuple[str, ...]:
    """Quote and confirmation of a Data Center renewal go to the billing and technical contacts that are named in it."""
    return tuple(named)


# ---- price


@rule("RENEWAL-LEGACY-MODEL-PRICE", "000:967 002:869")
def renewal_price_basis(licensing_model_available: bool) -> Basis:
    """A product under a licensing model that is no longer sold is renewed at the current renewal price."""
    return "line" if licensing_model_available else "current_renewal_price"


@rule("RENEWAL-GRANDFATHERING", "000:967 002:869", rulings="R-000-RENEWAL-GRANDFATHERING")
def transition_price_is_open(platform: Platform, *, licence_changed: bool, vendor_offers: bool | None) -> bool:
    """For Data Center licences that it changed the vendor may offer a transition for a limited time, as it likes.

    Reading: none is offered while the vendor has not decided.
    """
    return platform is Platform.DATA_CENTER and licence_changed and vendor_offers is True


# ---- who, and from when


@rule("RENEWAL-DATA-CENTER-RESELLER", "003:37", rulings="R-38")
def reseller_may_renew(roles: Collection[str], named: Collection[str]) -> bool:
    """Resellers renew and upgrade the Data Center licences of their customers through the order form."""
    return any(role in named for role in roles)


@rule("RENEWAL-RESELLERS-RENEW", "003:37 004:35-40", only="2021 2023", rulings="R-38")
def is_renewed_for_customers(channel: Channel | None) -> bool:
    """Resellers renew self-managed licences for their customers; of a customer's own renewals nothing is said."""
    return channel is not Channel.DIRECT


@rule("RENEWAL-CLOUD-AUTHORITY", "004:82", rulings="R-38")
def may_renew_customers_site(*, is_original_purchaser: bool, is_listed_contact: bool) -> bool:
    """A customer's cloud site is renewed or upgraded by its original purchaser or by one of its contacts."""
    return is_original_purchaser or is_listed_contact


@rule("RENEWAL-CLOUD-CHANNEL", "004:84-90", rulings="R-38 R-004-RENEWAL-CLOUD-AUTHORITY-004")
def renewal_channel(is_original_purchaser: bool) -> Literal["account_portal", "vendor"]:
    """The original purchaser renews in the account portal; for everybody else the vendor makes the quote.

    Reading: a contact of the site is entitled to the renewal, yet goes through the vendor.
    """
    return "account_portal" if is_original_purchaser else "vendor"


@rule("RENEWAL-CLOUD-EFFECTIVE", "000:353-355 002:375-377 003:112 004:78", rulings="R-02")
def takes_effect_on(trigger: Trigger, order_date: date | None, payment_date: date | None) -> date | Finding:
    """A renewal or change of an annual cloud subscription takes effect on the day of its payment or its order.

    Reading: which of the two is said by edition and billing experience. The day of payment holds literally, even before
    the present end: that a renewal runs on from there is another edition's sentence.
    """
    placed = trigger is Trigger.ORDER_PLACED
    decisive = order_date if placed else payment_date
    if decisive is None:
        return undetermined("INPUT_MISSING", "deal.order_date" if placed else "deal.payment_date")
    return decisive
