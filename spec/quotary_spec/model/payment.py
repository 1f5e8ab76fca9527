"""Ways to pay an order, and what is asked about them. Amounts are minor units of US dollars unless said otherwise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Cycle, Deal
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, Outcome, weakest


class PaymentPurpose(StrEnum):
    """What a payment pays."""

    QUOTE = "quote"
    INVOICE = "invoice"
    ORDER = "order"
    AUTOMATIC_RENEWAL = "automatic_renewal"


class LineKind(StrEnum):
    """What a line is, as far as ways to pay depend on it."""

    MONTHLY = "monthly"
    ANNUAL = "annual"
    GUARD_MONTHLY = "guard_monthly"
    GUARD_ANNUAL = "guard_annual"
    DATA_CENTER = "data_center"
    SERVER = "server"

    @property
    def monthly(self) -> bool:
        """True for a cloud subscription that is billed by the month."""
        return self in (LineKind.MONTHLY, LineKind.GUARD_MONTHLY)

    @property
    def guard(self) -> bool:
        """True for Guard."""
        return self in (LineKind.GUARD_MONTHLY, LineKind.GUARD_ANNUAL)

    @property
    def hosted(self) -> bool:
        """True for what the vendor hosts."""
        return self not in (LineKind.DATA_CENTER, LineKind.SERVER)


@dataclass(frozen=True, slots=True)
class PayableLine:
    """A line of an order: what is bought, how it is billed, its net before conversion, fee and taxes, what it does."""

    product: Product
    cycle: Cycle | None = None
    net: int | None = None
    action: Action = Action.NEW

    @property
    def platform(self) -> Platform | None:
        """Where the product runs."""
        return self.product.platform


@dataclass(frozen=True, slots=True)
class PaymentInstrument:
    """A means of payment: its method, the brand of a card, the country of the bank, the currency it pays in."""

    method: str
    card_brand: str | None = None
    bank_country: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class CreditStanding:
    """How a customer stands with the vendor's credit.

    Attributes:
        check_passed: Whether the one credit check was passed.
        tax_identifier_supplied: Whether a tax identifier came with the application.
        limit: Largest amount that may be outstanding.
        outstanding: Amount outstanding, without the order that is asked about.
        approved: Whether net terms were approved for an earlier order.
    """

    check_passed: bool | None = None
    tax_identifier_supplied: bool | None = None
    limit: int | None = None
    outstanding: int | None = None
    approved: bool | None = None


@dataclass(frozen=True, slots=True)
class PaymentProgress:
    """Days on which one payment went through its stations.

    Attributes:
        sent_on: Day on which the transfer, collection or cheque was sent.
        received_on: Day on which a cheque was received.
        charged_on: Day of a card transaction.
        funds_available: Whether money reserved by the card's issuer is free again.
        changed_on: Day on which the stored means of payment was changed.
        next_billing_on: Next billing date after that change.
    """

    sent_on: date | None = None
    received_on: date | None = None
    charged_on: date | None = None
    funds_available: bool | None = None
    changed_on: date | None = None
    next_billing_on: date | None = None


@dataclass(frozen=True, slots=True)
class PaymentCase:
    """An order to pay, and everything that is asked about paying it."""

    deal: Deal
    lines: tuple[PayableLine, ...]
    instrument: PaymentInstrument | None = None
    purpose: PaymentPurpose | None = None
    order_placed: bool | None = None
    invoice_date: date | None = None
    invoice_issued: bool | None = None
    credit: CreditStanding = CreditStanding()
    progress: PaymentProgress = PaymentProgress()
    holidays: frozenset[date] = frozenset()
    assessed_on: date | None = None

    @property
    def issued(self) -> bool | None:
        """Whether the invoice was issued; one with a date was."""
        return True if self.invoice_issued is None and self.invoice_date is not None else self.invoice_issued

    @property
    def met_conditions(self) -> bool:
        """Whether what is paid met the conditions of sale before: an order that is placed, or was invoiced, did."""
        return self.purpose is PaymentPurpose.INVOICE or self.order_placed is True or self.issued is True

    def pays_in(self, instrument: PaymentInstrument) -> str:
        """The currency that is paid in: the instrument's, by default the deal's."""
        return instrument.currency or self.deal.currency.code


@dataclass(frozen=True, slots=True)
class PostingTime:
    """How long a payment takes: business days at least and at most, or calendar days at most. Zero: not printed."""

    minimum_business_days: int = 0
    maximum_business_days: int = 0
    maximum_calendar_days: int = 0


@dataclass(frozen=True, slots=True)
class PostingDays:
    """First and last day on which a payment can be expected to be posted."""

    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class AmountRange:
    """Amounts that qualify: from (or, not inclusive, above) the minimum to the maximum, which is included."""

    minimum: int
    inclusive: bool = True
    maximum: int | None = None

    def __contains__(self, amount: int) -> bool:
        if self.maximum is not None and amount > self.maximum:
            return False
        return amount > self.minimum or (self.inclusive and amount == self.minimum)


@dataclass(frozen=True, slots=True)
class NetTerms:
    """Payment by invoice after delivery.

    Attributes:
        days: Calendar days from the invoice's day.
        due_on: Day on which the invoice falls due.
        amounts: Amounts that qualify; None where every amount does.
        amount: Net amount of the lines that count; None while one of them is not known.
        checks: Whether a credit check and an application with a tax identifier come first.
        remaining_credit: Limit less what is outstanding and this order; negative when it is exceeded.
    """

    days: int
    due_on: date | None = None
    amounts: AmountRange | None = None
    amount: int | None = None
    checks: bool = False
    remaining_credit: int | None = None


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """One way to pay the order, with what stands in its way."""

    method: str
    accepted_brands: Collection[str] = ()
    refused_brands: Collection[str] = ()
    time: PostingTime = PostingTime()
    days: PostingDays | None = None
    net_terms: NetTerms | None = None
    guidance: Guidance | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Granted when the order may be paid so."""
        return weakest(self.findings)


@dataclass(frozen=True, slots=True)
class Sending:
    """Whether money may be sent, and what must come first: "place_order", "receive_invoice", or nothing."""

    payable: bool
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class AuthorisationHold:
    """Money that a card's issuer reserves.

    Attributes:
        earliest_release: First day on which it can be free again.
        latest_release: Last day.
        plausible: Whether an amount that seems charged twice can be such a reservation.
        issuer_contact_due: Whether it is time to turn to the issuer.
    """

    earliest_release: date
    latest_release: date
    plausible: bool | None = None
    issuer_contact_due: bool | None = None


@dataclass(frozen=True, slots=True)
class PaymentAssessment:
    """What the rules say of paying an order.

    Attributes:
        options: The ways that were asked about, in the registered order.
        sending: Whether money may be sent for what is to be paid; None while it is not decided or not asked.
        hold: A reservation by the card's issuer; None without a transaction.
        first_charge_on: First day on which a changed means of payment is charged.
        account_number_usable: True where the account number on quote and invoice serves as IBAN, for a transfer from
            Europe; otherwise None.
        account_currency: Currency of that account; empty where the number does not serve so.
        guidance: Where payment details stand.
        findings: What stands in the way of the way that was asked about, or of all; and remarks.
    """

    options: tuple[PaymentOption, ...]
    sending: Sending | None
    hold: AuthorisationHold | None
    first_charge_on: date | None
    account_number_usable: bool | None
    account_currency: str
    guidance: Guidance | None
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Granted when the way that was asked about is accepted, or, without one, at least one is."""
        return weakest(self.findings)
