"""Methods of payment: which are accepted for what, with which cards, banks and currencies."""

from __future__ import annotations

from collections.abc import Collection

from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, not_covered, refused, remark, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule

METHODS = Keys("payment.methods.*.*")
"""Ways to pay for a kind of line in one billing experience."""


AUD = "AUD"
INSTANT = ("credit_card", "paypal")
"""Methods that are charged together with the order."""


def _listed(method: str, accepted: Collection[str]) -> bool | Finding:
    if method in accepted:
        return True
    if method == "ach_debit" and "ach" in accepted:
        # The list names the clearing house, and does not say who starts the payment.
        return not_covered(method=method)
    return refused("METHOD_NOT_ACCEPTED", method=method, accepted=", ".join(accepted))


@rule(
    "PAYMENT-METHODS",
    "000:291-300 002:330-340 003:88 003:96-104 004:78 004:135-143",
    rulings="R-004-PAYMENT-METHODS-SCOPE-004 R-003-PAYMENT-OPEN-QUOTE-METHODS-003",
)
def method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Annual cloud subscriptions and self-managed licences are paid by the methods that the edition lists.

    Reading: the list is complete. The list of 2021 names Server licences and annual cloud; Data Center, which its net
    terms name, is paid in the same ways.
    """
    return _listed(method, accepted)


@rule(
    "PAYMENT-MONTHLY-METHODS",
    "000:276-285 002:348 003:108 004:147",
    rulings="R-26 R-26-CHEQUE",
)
def monthly_method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Monthly cloud subscriptions are paid by the methods listed for them, and by no other.

    Reading: the last entry of the list of 2026 is the cheque.
    """
    return _listed(method, accepted)


@rule("PAYMENT-GUARD-MONTHLY", "000:839 001:237", rulings="R-02 R-26")
def guard_monthly_method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Monthly Guard subscriptions are paid by card or PayPal; the new billing engine of 2026 takes cards only."""
    return _listed(method, accepted)


@rule(
    "PAYMENT-GUARD-ANNUAL",
    "000:839 001:333",
    rulings="R-02 R-25",
)
def guard_annual_method_is_accepted(method: str, accepted: Collection[str]) -> bool | Finding:
    """Annual Guard subscriptions are paid by the methods listed for them.

    Reading: the list without PayPal names no billing system. It is that of both, until 2026 prints one with PayPal for
    the new.
    """
    return _listed(method, accepted)


@rule("PAYMENT-PO-NOT-PAYMENT", "000:225 002:296")
def purchase_order_pays(method: str) -> bool | Finding:
    """A purchase order is not accepted as payment, though its number may stand on quote and invoice."""
    return refused("PURCHASE_ORDER_IS_NO_PAYMENT") if method == "purchase_order" else True


@rule(
    "PAYMENT-CARD-BRANDS",
    "000:296-298 001:237-239 002:332 003:98 004:137",
    rulings="R-000-PAYMENT-CARD-BRANDS R-002-PAYMENT-CARD R-003-PAYMENT-CARD-BRANDS-003",
)
def card_is_accepted(card_brand: str, accepted: Collection[str]) -> bool | Finding:
    """Cards of Mastercard, Visa and American Express are accepted.

    Reading: no other brand is, whether it is refused by name or not named at all.
    """
    if card_brand in accepted:
        return True
    return refused("CARD_BRAND_NOT_ACCEPTED", brand=card_brand, accepted=", ".join(accepted))


@rule("PAYMENT-AUD", "000:298-300 002:332-338 003:98-102 004:137-141", rulings="R-34")
def method_takes_currency(
    method: str, currency: str, not_in_aud: Collection[str], in_aud: Collection[str]
) -> bool | Finding:
    """Orders in Australian dollars are not paid by card or cheque, but by bank transfer.

    Reading: what the text neither refuses nor names for this currency, such as PayPal, stays open.
    """
    if currency != AUD or method in in_aud:
        return True
    if method in not_in_aud:
        return refused("METHOD_NOT_IN_CURRENCY", method=method, currency=currency)
    return undetermined("METHOD_IN_CURRENCY_NOT_STATED", method=method, currency=currency)


@rule("PAYMENT-ACH-US-BANKS", "001:333", rulings="R-25")
def bank_takes_part_in_ach(bank_country: str | None, countries: Collection[str]) -> bool | Finding:
    """Annual Guard subscriptions are paid by ACH from banks in the United States only.

    Reading: of other products no passage says it.
    """
    if bank_country is None:
        return remark("BANK_HAS_TO_BE_IN_THE_US")
    return True if bank_country in countries else refused("ACH_FROM_US_BANKS_ONLY", country=bank_country)


@rule(
    "PAYMENT-PAYPAL-USES",
    "000:300 002:334",
    rulings="R-000-PAYMENT-PAYPAL-USES R-002-PAYMENT-PAYPAL",
)
def paypal_renews(platform: Platform, platforms: Collection[str]) -> bool | Finding:
    """PayPal may be used for automatic renewals and for what comes of quotes.

    Reading: 2024 speaks of the renewal of cloud products and so of no other.
    """
    return True if platform.value in platforms else refused("PAYPAL_DOES_NOT_RENEW", platform=platform.value)


@rule("PAYMENT-EUROPE-IBAN", "000:344", rulings="R-000-PAYMENT-EUROPE-IBAN")
def account_number_serves_as_iban(method: str, country: str, countries: Collection[str]) -> bool | None:
    """For a bank transfer from Europe the account number on quote and invoice serves as IBAN.

    Reading: Europe is the continent; of customers elsewhere and of other methods nothing is said.
    """
    return True if method == "bank_transfer" and country in countries else None
