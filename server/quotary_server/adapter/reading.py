"""Requests into nouns of the rule book. Readers never stop at a fault: they note it and go on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from quotary.v1 import common_pb2, quote_service_pb2
from quotary_server.adapter.enums import (
    ACTION,
    BILLING,
    CHANNEL,
    CYCLE,
    PARTY_KIND,
    PLATFORM,
    REGISTER_VERDICT,
    ROUNDING_POLICY,
)
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.scalars import (
    ONE,
    civil_date,
    countries,
    decimal,
    instant,
    money,
    positive_rate,
    quantity,
    region,
    subdivisions,
    text,
    word,
)
from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import (
    Action,
    CurrencyTerms,
    Deal,
    GivenDiscount,
    GivenPrice,
    Line,
    Order,
    Prior,
)
from quotary_spec.model.party import Address, Evidence, Party, TaxIdentifier
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import RoundingPolicy, is_currency
from quotary_spec.register.editions import DEFAULT_EDITION
from quotary_spec.register.products import PLANS, find_product
from quotary_spec.rulebook import BOOK, DEFAULT_BOOK, Book
from quotary_spec.supplements.territories import canonical_code

_MOST_UNIT_PRICE = Decimal(10**12)


def read_edition(faults: Faults, request: object, path: str = "edition") -> Book:
    """The rule book of the edition that a request names, or of the newest."""
    if not request.HasField("edition"):  # type: ignore[attr-defined]
        return DEFAULT_BOOK
    name: str = request.edition  # type: ignore[attr-defined]
    book = BOOK.get(name)
    if book is None:
        faults.add(path, "UNKNOWN_EDITION", f"{name[:20]!r} is none of {', '.join(BOOK)}")
        return BOOK[DEFAULT_EDITION]
    return book


def read_product(faults: Faults, path: str, message: common_pb2.Product) -> Product:
    """A product by its registered id or alias; one that runs on a single platform need not name it."""
    id, plan = message.id, message.plan or None
    entry = find_product(id)
    if entry is not None:
        id = entry.id
    elif id:
        faults.add(f"{path}.id", "UNKNOWN_PRODUCT", repr(id[:60]))
    else:
        faults.add(f"{path}.id", "REQUIRED")
    host = message.host_product_id or None
    if host is not None:
        hosting = find_product(host)
        if hosting is None:
            faults.add(f"{path}.host_product_id", "UNKNOWN_PRODUCT", repr(host[:60]))
        else:
            host = hosting.id
    if message.display_name:
        text(faults, f"{path}.display_name", message.display_name)
    if plan is not None and plan not in PLANS:
        faults.add(f"{path}.plan", "UNKNOWN_VALUE", f"{plan[:40]!r} is none of {', '.join(PLANS)}")
    platform = PLATFORM.read(faults, f"{path}.platform", message.platform)
    if platform is None and entry is not None and len(entry.platforms) == 1:
        platform = Platform(entry.platforms[0])
    return Product(
        id,
        platform,
        plan,
        message.marketplace_app or (entry is not None and entry.kind == "marketplace_app"),
        host,
        message.built_by_vendor if message.HasField("built_by_vendor") else None,
        text(faults, f"{path}.release", message.release) if message.release else None,
    )


def read_address(faults: Faults, path: str, message: common_pb2.PostalAddress) -> Address:
    """An address with the one code of its place, country and subdivision known."""
    country, subdivision = _split(canonical_code(message.region_code))
    if country is not None and country not in countries():
        faults.add(f"{path}.region_code", "UNKNOWN_COUNTRY", repr(message.region_code[:20]))
        country = None
    if message.administrative_area and subdivision is None:
        area = message.administrative_area
        code = area if "-" in area or country is None else f"{country}-{area}"
        place, within = _split(canonical_code(code))
        if code not in subdivisions() or country not in (None, code[:2], place):
            faults.add(f"{path}.administrative_area", "UNKNOWN_SUBDIVISION", repr(area[:20]))
        else:
            country, subdivision = (country, within) if within is not None else (place, None)
    return Address(
        country,
        subdivision,
        text(faults, f"{path}.locality", message.locality) if message.locality else None,
        text(faults, f"{path}.postal_code", message.postal_code) if message.postal_code else None,
    )


def _split(code: str) -> tuple[str | None, str | None]:
    """Country and subdivision of a code of either."""
    country, _, within = code.partition("-")
    return country or None, code if within else None


def read_tax_identifier(faults: Faults, path: str, message: common_pb2.TaxIdentifier) -> TaxIdentifier:
    """A tax number as the party wrote it."""
    if not message.kind:
        faults.add(f"{path}.kind", "REQUIRED")
    else:
        word(faults, f"{path}.kind", message.kind, "tax_identifier_kind")
    if not message.value:
        faults.add(f"{path}.value", "REQUIRED")
    return TaxIdentifier(
        kind=message.kind,
        value=text(faults, f"{path}.value", message.value),
        region=region(faults, f"{path}.region_code", message.region_code) if message.region_code else None,
        verdict=REGISTER_VERDICT.read(faults, f"{path}.register_verdict", message.register_verdict),
        supplied_on=civil_date(faults, f"{path}.supplied_date", message.supplied_date)
        if message.HasField("supplied_date")
        else None,
    )


def read_evidence(faults: Faults, path: str, message: common_pb2.Evidence) -> Evidence:
    """A document that can free from a tax."""
    if not message.kind:
        faults.add(f"{path}.kind", "REQUIRED")
    else:
        word(faults, f"{path}.kind", message.kind, "evidence_kind")

    def day(name: str) -> date | None:
        return civil_date(faults, f"{path}.{name}", getattr(message, name)) if message.HasField(name) else None  # type: ignore[arg-type]

    return Evidence(
        kind=message.kind,
        region=region(faults, f"{path}.region_code", message.region_code) if message.region_code else None,
        locality=text(faults, f"{path}.locality", message.locality) if message.locality else None,
        valid_from=day("valid_from_date"),
        valid_through=day("valid_through_date"),
        supplied_on=day("supplied_date"),
        accepted=message.accepted if message.HasField("accepted") else None,
    )


def read_party(faults: Faults, path: str, message: common_pb2.Party) -> Party:
    """A person or body in a deal."""
    for name in ("display_name", "email"):
        if message.HasField(name):
            text(faults, f"{path}.{name}", getattr(message, name))
    return Party(
        PARTY_KIND.read(faults, f"{path}.kind", message.kind),
        read_address(faults, f"{path}.address", message.address) if message.HasField("address") else None,
        tuple(
            read_tax_identifier(faults, f"{path}.tax_identifiers[{i}]", each)
            for i, each in enumerate(message.tax_identifiers)
        ),
        tuple(read_evidence(faults, f"{path}.evidence[{i}]", each) for i, each in enumerate(message.evidence)),
    )


def read_currency(faults: Faults, path: str, message: common_pb2.CurrencyTerms) -> CurrencyTerms:
    """The deal's currency, exchange rate and margin."""
    code = message.currency_code if message.HasField("currency_code") else "USD"
    if not is_currency(code):
        faults.add(f"{path}.currency_code", "UNKNOWN_CURRENCY", repr(code[:10]))
        code = "USD"
    rate = margin = None
    if message.HasField("exchange_rate"):
        rate = positive_rate(faults, f"{path}.exchange_rate", message.exchange_rate)
    if message.HasField("margin"):
        margin = decimal(faults, f"{path}.margin", message.margin, Decimal(1))
    return CurrencyTerms(code, rate, margin)


_US_DOLLARS = CurrencyTerms()


def read_deal(faults: Faults, path: str, message: common_pb2.Deal) -> Deal:
    """The circumstances of an order."""

    def day(name: str) -> date | None:
        return civil_date(faults, f"{path}.{name}", getattr(message, name)) if message.HasField(name) else None  # type: ignore[arg-type]

    def party(name: str) -> Party | None:
        return read_party(faults, f"{path}.{name}", getattr(message, name)) if message.HasField(name) else None  # type: ignore[arg-type]

    billing_party = party("billing_party")
    if billing_party is None:
        faults.add(f"{path}.billing_party", "REQUIRED")
    if message.purchase_order_number:
        text(faults, f"{path}.purchase_order_number", message.purchase_order_number)
    return Deal(
        billing_party=billing_party or Party(),
        order_date=day("order_date"),
        order_time=instant(faults, f"{path}.order_time", message.order_time)
        if message.HasField("order_time")
        else None,
        payment_date=day("payment_date"),
        quote_date=day("quote_date"),
        billing=BILLING.read(faults, f"{path}.billing_experience", message.billing_experience),
        channel=CHANNEL.read(faults, f"{path}.channel", message.channel),
        sold_to=party("sold_to_party"),
        ship_to=party("ship_to_party"),
        technical_contact=party("technical_contact"),
        programme=word(faults, f"{path}.programme", message.programme, "programme") if message.programme else None,
        other_programmes=tuple(
            word(faults, f"{path}.other_programmes[{i}]", each, "programme")
            for i, each in enumerate(message.other_programmes)
        ),
        currency=read_currency(faults, f"{path}.currency", message.currency)
        if message.HasField("currency")
        else _US_DOLLARS,
        rounding=ROUNDING_POLICY.read(
            faults, f"{path}.rounding_policy", message.rounding_policy, RoundingPolicy.DOCUMENT_HALF_UP
        ),
        holds_data_center=message.holds_data_center_subscription
        if message.HasField("holds_data_center_subscription")
        else None,
    )


class GivenTerm(NamedTuple):
    """A term as far as it is given.

    Attributes:
        term: The whole of it: two of start, end and length give the third.
        start: First day, where the term is not known as a whole.
        end: End, likewise.
        months: Length in whole months.
    """

    term: Term | None = None
    start: date | None = None
    end: date | None = None
    months: int | None = None


_NO_TERM = GivenTerm()


def read_term(faults: Faults, path: str, message: common_pb2.Term) -> GivenTerm:
    """A term, of which start, end and length may stand alone or together."""
    start = civil_date(faults, f"{path}.start_date", message.start_date) if message.HasField("start_date") else None
    end = civil_date(faults, f"{path}.end_date", message.end_date) if message.HasField("end_date") else None
    months: int | None = None
    if message.HasField("months"):
        months = message.months
        if not 1 <= months <= 1200:
            faults.add(f"{path}.months", "OUT_OF_RANGE", f"{months} is not from 1 to 1200")
            return _NO_TERM
    if months is not None and start is not None and end is None:
        end = add_months(start, months)
    elif months is not None and end is not None and start is None:
        # Of the days from which so many months end then, the one with the same number in its month.
        start = add_months(end, -months)
    if start is None or end is None:
        return GivenTerm(None, start, end, months)
    if end <= start:
        faults.add(f"{path}.end_date", "CONFLICTING_FIELDS", f"{end} is not after {start}")
        return _NO_TERM
    if months is not None and add_months(start, months) != end:
        faults.add(f"{path}.months", "CONFLICTING_FIELDS", f"{months} months from {start} do not end on {end}")
    return GivenTerm(Term(start, end), months=months)


def read_given_price(faults: Faults, path: str, message: common_pb2.GivenPrice, currency: str) -> GivenPrice:
    """A price in the request, in the deal's currency or in US dollars."""
    unit = Decimal(0)
    if message.HasField("unit_price"):
        unit = decimal(faults, f"{path}.unit_price", message.unit_price, _MOST_UNIT_PRICE)
    else:
        faults.add(f"{path}.unit_price", "REQUIRED")
    given = message.currency_code or None
    if given is not None and given not in (currency, "USD"):
        reason = "CURRENCY_MISMATCH" if is_currency(given) else "UNKNOWN_CURRENCY"
        faults.add(f"{path}.currency_code", reason, f"{given[:10]!r} is neither {currency} nor USD")
    months: int | None = None
    if message.HasField("months"):
        months = message.months
        if not 1 <= months <= 1200:
            faults.add(f"{path}.months", "OUT_OF_RANGE", f"{months} is not from 1 to 1200")
    return GivenPrice(unit, given, months)


def read_discount(faults: Faults, path: str, message: common_pb2.GivenDiscount, currency: str) -> GivenDiscount | None:
    """A discount whose size is agreed."""
    if message.note:
        text(faults, f"{path}.note", message.note)
    size = message.WhichOneof("size")
    if size == "rate":
        return GivenDiscount(decimal(faults, f"{path}.rate", message.rate, ONE))
    if size == "amount":
        return GivenDiscount(amount=money(faults, f"{path}.amount", message.amount, currency))
    faults.add(path, "REQUIRED", "give a rate or an amount")
    return None


def read_prior(faults: Faults, path: str, message: common_pb2.PriorPurchase, currency: str) -> Prior:
    """What was bought before."""
    term = read_term(faults, f"{path}.term", message.term) if message.HasField("term") else _NO_TERM
    return Prior(
        product=read_product(faults, f"{path}.product", message.product) if message.HasField("product") else None,
        quantity=quantity(faults, f"{path}.quantity", message.quantity) if message.HasField("quantity") else None,
        term=term.term,
        net_paid=money(faults, f"{path}.net_paid", message.net_paid, currency)
        if message.HasField("net_paid")
        else None,
        tier_price=money(faults, f"{path}.tier_price", message.tier_price, currency)
        if message.HasField("tier_price")
        else None,
        term_start=term.start,
        term_end=term.end,
        credit=money(faults, f"{path}.credit", message.credit, currency) if message.HasField("credit") else 0,
    )


def read_line(faults: Faults, path: str, message: common_pb2.Line, currency: str) -> Line:
    """One thing in an order."""
    if message.HasField("product"):
        product = read_product(faults, f"{path}.product", message.product)
    else:
        faults.add(f"{path}.product", "REQUIRED")
        product = Product("")
    has = message.HasField
    term, start, end, months = read_term(faults, f"{path}.term", message.term) if has("term") else _NO_TERM
    return Line(
        product,
        ACTION.read(faults, f"{path}.action", message.action, Action.NEW),
        CYCLE.read(faults, f"{path}.billing_cycle", message.billing_cycle),
        quantity(faults, f"{path}.quantity", message.quantity) if has("quantity") else 1,
        quantity(faults, f"{path}.user_tier", message.user_tier) if has("user_tier") else None,
        term,
        months,
        read_given_price(faults, f"{path}.price", message.price, currency) if has("price") else None,
        read_discount(faults, f"{path}.discount", message.discount, currency) if has("discount") else None,
        read_prior(faults, f"{path}.prior", message.prior, currency) if has("prior") else None,
        read_address(faults, f"{path}.sold_to_address", message.sold_to_address) if has("sold_to_address") else None,
        quantity(faults, f"{path}.host_user_tier", message.host_user_tier) if has("host_user_tier") else None,
        message.step_up_approved if has("step_up_approved") else None,
        message.dual_licence if has("dual_licence") else None,
        quantity(faults, f"{path}.held_user_tier", message.held_user_tier) if has("held_user_tier") else None,
        start,
        end,
    )


def read_order(faults: Faults, path: str, message: quote_service_pb2.OrderRequest) -> Order:
    """A whole order."""
    if message.HasField("deal"):
        deal = read_deal(faults, f"{path}.deal", message.deal)
    else:
        faults.add(f"{path}.deal", "REQUIRED")
        deal = Deal(Party())
    count_lines(faults, f"{path}.lines", len(message.lines))
    currency = deal.currency.code
    lines = tuple(read_line(faults, f"{path}.lines[{i}]", each, currency) for i, each in enumerate(message.lines))
    discount = (
        read_discount(faults, f"{path}.discount", message.discount, currency) if message.HasField("discount") else None
    )
    return Order(deal, lines, discount)


def count_lines(faults: Faults, path: str, count: int) -> None:
    """At least one line."""
    if count == 0:
        faults.add(path, "REQUIRED", "at least one line")


def read_view(faults: Faults, value: int) -> int:
    """How much of the answer is wanted; unspecified is the basic view."""
    if not 0 <= value <= common_pb2.VIEW_FULL:
        faults.add("view", "UNKNOWN_VALUE", str(value))
    return value or common_pb2.VIEW_BASIC
