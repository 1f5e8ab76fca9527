"""Programme discounts: who gets what off the list price of which product. They never stack (R-09)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, cast

from quotary_spec.model.order import Channel, Cycle
from quotary_spec.model.product import Platform, Product
from quotary_spec.money import Rounding
from quotary_spec.outcome import Finding, not_covered, remark, undetermined
from quotary_spec.rule import RuleFunction, rule
from quotary_spec.rulebook import Book

APP = "app"
"""What a printed list calls an app of the Marketplace, whichever it is."""


@dataclass(frozen=True, slots=True)
class ListedDiscount:
    """One entry of a printed discount list.

    Attributes:
        rate: Fraction taken off the list price.
        platform: Platform of the product.
        product: Registered id, or "app" for an app of the Marketplace.
        plans: Plans that the entry names; empty when it names none and means all.
        host: For apps: product that must host the app; None for any other.
        cycle: Cycle that the entry asks for; None for both.
        users_above: Tier that the licence must be above; None for every tier.
        key: Parameter that holds the list.
    """

    rate: Decimal
    platform: Platform
    product: str
    plans: tuple[str, ...] = ()
    host: str | None = None
    cycle: Cycle | None = None
    users_above: int | None = None
    key: str = ""


_PREFIX = "discount.list."


def listed_discounts(
    book: Book, programme: str, product: str | None = None, platform: Platform | None = None
) -> list[ListedDiscount]:
    """The entries of a programme's printed lists for a product and platform; None stands for each of them."""
    return [
        ListedDiscount(
            rate=Decimal(row["rate"]),
            platform=Platform(row["platform"]),
            product=row["product"],
            plans=tuple(row.get("plans", ())),
            host=row.get("host"),
            cycle=Cycle(row["cycle"]) if "cycle" in row else None,
            users_above=row.get("users_above"),
            key=key,
        )
        for key in book.family(f"{_PREFIX}{programme}.")
        for row in cast("tuple[Mapping[str, Any], ...]", book.parameters[key].value)
        if product in (row["product"], None) and platform in (row["platform"], None)
    ]


@rule("DISCOUNT-ACADEMIC", "000:79-87 001:157 002:162-191", rulings="R-03 R-09")
def academic_discount(
    product: Product, cycle: Cycle | None, user_tier: int | None, listed: Sequence[ListedDiscount]
) -> Decimal | Finding:
    """Teaching institutions with an academic licence get 50, 75 or 100 % off the list price of the listed products.

    Reading: where two entries fit an app, the one that names its host wins; "more than 10,000" excludes 10,000.
    """
    return _printed_rate(product, cycle, user_tier, listed)


@rule("DISCOUNT-CLASSROOM", "000:114-131 002:215-232", rulings="R-03 R-09")
def classroom_discount(
    product: Product, cycle: Cycle | None, user_tier: int | None, listed: Sequence[ListedDiscount]
) -> Decimal | Finding:
    """Students and teachers with a classroom licence get 75 or 100 % off the list price of the listed cloud products.

    Reading: an entry without plans, as in edition 2024, means every plan.
    """
    return _printed_rate(product, cycle, user_tier, listed)


@rule("DISCOUNT-COMMUNITY", "001:157 002:51-77", rulings="R-02 R-03 R-09 R-10")
def community_discount(
    product: Product, cycle: Cycle | None, user_tier: int | None, listed: Sequence[ListedDiscount]
) -> Decimal | Finding:
    """Nonprofits with a community licence get 75 or 100 % off the list price of the listed products.

    Reading: edition 2026 prints Guard Standard alone; the rest stands on a page of its own and is an input.
    """
    return _printed_rate(product, cycle, user_tier, listed)


@rule("DISCOUNT-OPEN-SOURCE", "000:104-108 000:1289 002:207-211", rulings="R-03 R-09 R-40 R-40-SIZE")
def open_source_licence_covers(product: Product, plan_covered: str) -> bool | Finding:
    """Open source projects get the vendor's cloud products free of charge, on the Standard plan only.

    Reading: every cloud product of the vendor that has such a plan; apps are not among them. What edition 2026 calls
    special terms here, it calls free licences in the section on the community.
    """
    if product.app:
        return False
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    if product.platform is not Platform.CLOUD:
        return False
    if product.plan is None:
        return undetermined("INPUT_MISSING", "product.plan")
    return product.plan == plan_covered


@rule("DISCOUNT-SIZE-OPEN", "000:45-47 003:82 004:115", not_in="2024", rulings="R-10 R-31")
def discount_size_is_open(programme: str, open_programmes: Collection[str]) -> bool:
    """Some programmes are granted a discount whose size the documents do not print: it has to be given."""
    return programme in open_programmes


@rule("DISCOUNT-NOTHING", "000:98 002:199-201 004:111", rulings="R-31")
def programme_gives_nothing(programme: str, without_special_price: Collection[str]) -> bool:
    """Public bodies pay the list price; in edition 2021 everyone does, teaching institutions excepted.

    Reading: under the question about public bodies edition 2026 writes resellers; it is read as its answer.
    """
    return programme in without_special_price


@rule("DISCOUNT-RESELLER", "000:134 002:238 003:14 003:78 004:12 004:107", rulings="R-38")
def channel_has_special_prices(channel: Channel, special_channels: Collection[str]) -> bool:
    """Independent resellers get no special price; official partners do, since edition 2024 corporate resellers too.

    Reading: edition 2021 knows no exception; the size of a special price is an input.
    """
    return channel in special_channels


@rule(
    "DISCOUNT-PRICE",
    "000:79-87 000:116 000:129 001:157 002:55 002:66 002:71 002:162 002:174 002:179 002:217 002:229 003:82 004:115",
    rulings="R-08 R-09",
    general=True,
)
def discounted_price(amount: int | Fraction, rate: Decimal, rounding: Rounding) -> int:
    """A discounted price is the price less the discount's fraction of it, rounded once; 100 % off is free.

    The amount is in minor units, a fraction of them only where a unit price is finer than those.
    """
    numerator, denominator = (1 - rate).as_integer_ratio()
    return rounding(amount.numerator * numerator, amount.denominator * denominator)


def _printed_rate(
    product: Product, cycle: Cycle | None, user_tier: int | None, listed: Sequence[ListedDiscount]
) -> Decimal | Finding:
    """The rate of the entry that fits, not listed, or the fact that is missing to know."""
    name = APP if product.app else product.id
    entries = [each for each in listed if each.product == name and product.platform in (each.platform, None)]
    if not entries:
        return _not_listed(product)
    if product.platform is None:
        return undetermined("INPUT_MISSING", "product.platform")
    hosts = [each.host for each in entries if each.host is not None]
    if hosts and product.host is None:
        return undetermined("INPUT_MISSING", "product.host_product_id")
    host = product.host if product.host in hosts else None
    entry = next((each for each in entries if each.host == host), None)
    if entry is None:
        return _not_listed(product)
    if entry.plans and product.plan is None:
        return undetermined("INPUT_MISSING", "product.plan")
    if entry.cycle is not None and cycle is None:
        return undetermined("INPUT_MISSING", "billing_cycle")
    if entry.users_above is not None and user_tier is None:
        return undetermined("INPUT_MISSING", "user_tier")
    fits = (
        (not entry.plans or product.plan in entry.plans)
        and entry.cycle in (cycle, None)
        and (entry.users_above is None or (user_tier is not None and user_tier > entry.users_above))
    )
    return entry.rate if fits else _not_listed(product)


def _not_listed(product: Product) -> Finding:
    facts = {"product": product.id, "plan": product.plan, "platform": product.platform}
    return remark("NOT_LISTED", **{name: str(value) for name, value in facts.items() if value is not None})


_ListRule = RuleFunction[[Product, Cycle | None, int | None, Sequence[ListedDiscount]], Decimal | Finding]
_LIST_RULES: Mapping[str, _ListRule] = MappingProxyType(
    {"academic": academic_discount, "classroom": classroom_discount, "community": community_discount}
)

RULE_OF_PROGRAMME: Mapping[str, str] = MappingProxyType(
    {programme: function.info.id for programme, function in _LIST_RULES.items()}
    | {"open_source": open_source_licence_covers.info.id}
)
"""For each programme with printed sizes, the id of the rule that gives them."""


def programme_discount(
    book: Book, programme: str, product: Product, cycle: Cycle | None, user_tier: int | None
) -> Decimal | Finding:
    """The fraction that a programme takes off a product's price in the edition.

    A finding instead says that it takes nothing off (GRANTED), that its size or a fact is missing (UNDETERMINED, fields
    relative to the line), or that the edition does not know the programme (NOT_COVERED).
    """
    if book.family(f"{_PREFIX}{programme}."):
        listed = listed_discounts(book, programme, APP if product.app else product.id, product.platform)
        for key in {each.key: None for each in listed}:
            book.row(key)
        answer = _LIST_RULES[programme](product, cycle, user_tier, listed)
        if isinstance(answer, Decimal) or answer.reason != "NOT_LISTED":
            return answer
        open_size = _open_size(book, programme)
        return answer if open_size is None else open_size
    if programme == "open_source" and book.prints("discount.open-source.plan"):
        return _open_source(book, programme, product)
    if programme_gives_nothing_in(book, programme):
        return remark("PROGRAMME_GIVES_NOTHING", programme=programme).by(programme_gives_nothing.info.id)
    return _size_or_silence(book, programme)


def programme_gives_nothing_in(book: Book, programme: str) -> bool:
    """True when the edition says that the programme brings no special price."""
    return book.prints("discount.nothing") and programme_gives_nothing(programme, book.texts("discount.nothing"))


def has_special_prices(book: Book, channel: Channel) -> bool:
    """True when the vendor has special prices for the channel, whose size is an input."""
    return channel_has_special_prices(channel, book.texts("discount.special-price.channels"))


def _open_source(book: Book, programme: str, product: Product) -> Decimal | Finding:
    covered = open_source_licence_covers(product, book.text("discount.open-source.plan"))
    if isinstance(covered, Finding):
        return covered
    if not covered:
        return _not_listed(product).by(open_source_licence_covers.info.id)
    if book.prints("discount.open-source.rate"):
        return book.decimal("discount.open-source.rate")
    return _size_or_silence(book, programme)


def _size_or_silence(book: Book, programme: str) -> Finding:
    open_size = _open_size(book, programme)
    return not_covered(edition=book.edition, programme=programme) if open_size is None else open_size


def _open_size(book: Book, programme: str) -> Finding | None:
    if book.prints("discount.open-size") and discount_size_is_open(programme, book.texts("discount.open-size")):
        return undetermined("DISCOUNT_SIZE_NOT_KNOWN", "discount", programme=programme).by(
            discount_size_is_open.info.id
        )
    return None
