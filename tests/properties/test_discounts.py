"""Programme discounts: printed lists, sizes that are not printed, special prices, and that nothing stacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Channel, Cycle, Deal, GivenDiscount, GivenPrice, Line, Order
from quotary_spec.model.party import Address, Party
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.quote import PricedLine
from quotary_spec.money import Rounding, half_up
from quotary_spec.outcome import Finding, Outcome
from quotary_spec.register.products import PRODUCT
from quotary_spec.rule import registered_rules, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.discounts import (
    APP,
    RULE_OF_PROGRAMME,
    ListedDiscount,
    academic_discount,
    discounted_price,
    has_special_prices,
    listed_discounts,
    programme_discount,
)
from quotary_spec.rules.quote.lines import price_lines
from quotary_spec.supplements.price_book import PriceBook
from strategies import amounts, editions, given_discounts, loose_products, products, rates, roundings, unit_prices

PROGRAMMES = ("community", "academic", "classroom", "open_source", "government")
programmes = st.sampled_from(PROGRAMMES)
cycles = st.sampled_from([None, *Cycle])
tiers = st.none() | st.sampled_from([1, 9_999, 10_000, 10_001, 50_000])
JIRA = Product("jira", Platform.CLOUD, "standard")
DEAL = Deal(Party(address=Address("US", "US-DE")))
HUNDRED = GivenPrice(Decimal(100))


def price(line: Line, deal: Deal, edition: str = "2026", prices: PriceBook | None = None) -> PricedLine:
    return price_lines(BOOK[edition], Order(deal, (line,)), prices or PriceBook.empty())[0]


def entries() -> Iterator[tuple[str, str, ListedDiscount]]:
    """Every entry of every printed list, once."""
    for edition, book in BOOK.items():
        for programme in PROGRAMMES:
            yield from ((edition, programme, entry) for entry in listed_discounts(book, programme))


ENTRIES = list(entries())


def fitting(entry: ListedDiscount) -> Iterator[tuple[Product, Cycle | None, int | None]]:
    """Each product, cycle and tier that an entry is for."""
    app = entry.product == APP
    id = "marketplace-app" if app else entry.product
    plans = entry.plans or (() if app else PRODUCT[id].plans) or (None,)
    above = None if entry.users_above is None else entry.users_above + 1
    for plan in plans:
        yield (
            Product(id, entry.platform, plan, app=app, host=entry.host or ("jira" if app else None)),
            entry.cycle,
            above,
        )


# ---- printed lists


def test_the_lists_are_those_of_the_documents() -> None:
    """Number of entries by edition and programme, counted in the documents."""
    counted: dict[tuple[str, str], int] = {}
    for edition, programme, _ in ENTRIES:
        counted[edition, programme] = counted.get((edition, programme), 0) + 1
    assert counted == {
        ("2024", "academic"): 8 + 2 + 1 + 3 + 1,
        ("2024", "classroom"): 8 + 2,
        ("2024", "community"): 8 + 2 + 5,
        ("2026", "academic"): 11 + 2 + 2 + 2 + 1 + 3 + 1,
        ("2026", "classroom"): 11 + 2,
        ("2026", "community"): 1,
    }


def test_no_two_entries_claim_the_same_product() -> None:
    """Exclusivity: a product, platform and host stand once in the lists of a programme."""
    claimed = [(edition, programme, each.product, each.platform, each.host) for edition, programme, each in ENTRIES]
    assert len(set(claimed)) == len(claimed)


@pytest.mark.parametrize(("edition", "programme", "entry"), ENTRIES, ids=lambda value: getattr(value, "key", value))
def test_every_entry_gives_its_rate(edition: str, programme: str, entry: ListedDiscount) -> None:
    assert entry.rate in {Decimal("0.50"), Decimal("0.75"), Decimal(1)}
    assert entry.product == APP or entry.product in PRODUCT
    for product, cycle, tier in fitting(entry):
        assert programme_discount(BOOK[edition], programme, product, cycle, tier) == entry.rate


@pytest.mark.parametrize(("edition", "programme", "entry"), ENTRIES, ids=lambda value: getattr(value, "key", value))
def test_an_entry_gives_nothing_beyond_its_limits(edition: str, programme: str, entry: ListedDiscount) -> None:
    for product, cycle, tier in fitting(entry):
        beyond = []
        if entry.plans:
            beyond.append((replace(product, plan="free"), cycle, tier))
        if entry.cycle is not None:
            beyond.append((product, Cycle.ANNUAL, tier))
        if tier is not None:
            beyond += [(product, cycle, tier - 1), (product, cycle, 1)]
        for outside in beyond:
            answer = programme_discount(BOOK[edition], programme, *outside)
            assert isinstance(answer, Finding)
            community = (edition, programme) == ("2026", "community")
            assert answer.reason == ("DISCOUNT_SIZE_NOT_KNOWN" if community else "NOT_LISTED")


@given(editions, programmes, st.one_of(products(), loose_products), cycles, tiers)
def test_every_programme_answers_in_every_edition(
    edition: str, programme: str, product: Product, cycle: Cycle | None, tier: int | None
) -> None:
    """Totality: a rate, or a finding that says why there is none."""
    answer = programme_discount(BOOK[edition], programme, product, cycle, tier)
    if isinstance(answer, Finding):
        assert answer.outcome is not Outcome.REFUSED
        assert (answer.outcome is Outcome.UNDETERMINED) == bool(answer.missing)
        assert answer.rule_id or answer.outcome is Outcome.NOT_COVERED
    else:
        assert answer in {Decimal("0.50"), Decimal("0.75"), Decimal(1)}
        assert edition in {"2024", "2026"}
        assert edition in registered_rules()[RULE_OF_PROGRAMME[programme]].info.editions


@given(editions, programmes, loose_products, cycles, tiers, st.sampled_from(Platform), st.sampled_from(list(PRODUCT)))
def test_more_facts_never_change_a_decided_answer(
    edition: str,
    programme: str,
    product: Product,
    cycle: Cycle | None,
    tier: int | None,
    platform: Platform,
    host: str,
) -> None:
    book = BOOK[edition]
    answer = programme_discount(book, programme, product, cycle, tier)
    if isinstance(answer, Finding) and answer.outcome is Outcome.UNDETERMINED:
        return
    told = replace(
        product,
        platform=product.platform or platform,
        plan=product.plan or "standard",
        host=product.host or host,
        built_by_vendor=True,
    )
    again = programme_discount(book, programme, told, cycle or Cycle.ANNUAL, tier or 20_000)
    if isinstance(answer, Finding):
        assert isinstance(again, Finding)
        assert again.reason == answer.reason
    else:
        assert again == answer


def test_the_rule_reads_a_list_by_itself() -> None:
    """The rule filters what it is given, whatever the composition has filtered before."""
    listed = [entry for edition, programme, entry in ENTRIES if (edition, programme) == ("2026", "academic")]
    assert academic_discount(Product("confluence", Platform.CLOUD, "premium"), None, None, listed) == Decimal("0.75")
    assert academic_discount(Product("confluence", Platform.GOVERNMENT_CLOUD, "enterprise"), None, None, listed) == (
        Decimal("0.75")
    )
    nothing = academic_discount(Product("confluence", Platform.SERVER), None, None, listed)
    assert isinstance(nothing, Finding)
    assert nothing.reason == "NOT_LISTED"
    open_platform = academic_discount(Product("confluence", None, "premium"), None, None, listed)
    assert isinstance(open_platform, Finding)
    assert open_platform.missing == ("product.platform",)


def test_the_list_that_was_read_is_in_the_trace() -> None:
    line = Line(Product("confluence", Platform.CLOUD, "premium"), price=HUNDRED)
    with tracing() as trace:
        price(line, replace(DEAL, programme="academic"))
    read = [step.row.key for step in trace.steps() if not hasattr(step, "info")]
    assert read == ["discount.list.academic.cloud-75"]
    assert trace.rule_ids() == ["DISCOUNT-ACADEMIC", "DISCOUNT-PRICE"]


# ---- sizes


SIZES = {
    ("2021", "academic"): "DISCOUNT_SIZE_NOT_KNOWN",
    ("2021", "community"): "PROGRAMME_GIVES_NOTHING",
    ("2021", "classroom"): "PROGRAMME_GIVES_NOTHING",
    ("2021", "open_source"): "PROGRAMME_GIVES_NOTHING",
    ("2021", "government"): "PROGRAMME_GIVES_NOTHING",
    ("2023", "academic"): "DISCOUNT_SIZE_NOT_KNOWN",
    ("2023", "community"): "DISCOUNT_SIZE_NOT_KNOWN",
    ("2023", "classroom"): "EDITION_SILENT",
    ("2023", "open_source"): "EDITION_SILENT",
    ("2023", "government"): "DISCOUNT_SIZE_NOT_KNOWN",
    ("2024", "government"): "PROGRAMME_GIVES_NOTHING",
    ("2026", "community"): "DISCOUNT_SIZE_NOT_KNOWN",
    ("2026", "government"): "PROGRAMME_GIVES_NOTHING",
}


@pytest.mark.parametrize("edition", BOOK)
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_what_each_edition_says_of_a_programme(edition: str, programme: str) -> None:
    """For Jira Cloud Standard, which every printed list holds."""
    answer = programme_discount(BOOK[edition], programme, JIRA, Cycle.MONTHLY, None)
    if (edition, programme) in SIZES:
        assert isinstance(answer, Finding)
        assert answer.reason == SIZES[edition, programme]
    else:
        assert isinstance(answer, Decimal)


@given(editions, programmes, rates)
def test_a_given_size_fills_what_is_not_printed(edition: str, programme: str, rate: Decimal) -> None:
    line = Line(JIRA, price=HUNDRED, discount=GivenDiscount(rate=rate))
    priced = price(line, replace(DEAL, programme=programme), edition)
    assert priced.net is not None
    assert priced.discount is not None
    reason = SIZES.get((edition, programme))
    if reason is None:
        assert priced.discount.programme == programme
        assert [other.programme for other in priced.other_discounts] == ["given"]
    else:
        assert priced.net == discounted_price(10_000, rate, half_up)
        assert priced.discount.programme == (programme if reason == "DISCOUNT_SIZE_NOT_KNOWN" else "given")
        assert priced.discount.rate == rate


@pytest.mark.parametrize("edition", ["2024", "2026"])
@pytest.mark.parametrize(
    ("product", "covered"),
    [
        (Product("confluence", Platform.CLOUD, "standard"), True),
        (Product("confluence", Platform.CLOUD, "premium"), False),
        (Product("confluence", Platform.DATA_CENTER, "standard"), False),
        (Product("confluence", Platform.GOVERNMENT_CLOUD, "standard"), False),
        (Product("marketplace-app", Platform.CLOUD, "standard", app=True), False),
        (Product("confluence", None, "standard"), None),
        (Product("confluence", Platform.CLOUD), None),
    ],
)
def test_open_source_is_free_on_the_standard_plan(edition: str, product: Product, covered: bool | None) -> None:
    answer = programme_discount(BOOK[edition], "open_source", product, None, None)
    if covered:
        assert answer == 1
    else:
        assert isinstance(answer, Finding)
        assert answer.reason == ("INPUT_MISSING" if covered is None else "NOT_LISTED")
        assert answer.rule_id == "DISCOUNT-OPEN-SOURCE"


# ---- arithmetic


@given(amounts, rates, roundings)
def test_a_discounted_price_is_within_half_a_cent(amount: int, rate: Decimal, rounding: Rounding) -> None:
    net = discounted_price(amount, rate, rounding)
    assert 0 <= net <= amount
    assert abs(net - amount * (1 - Fraction(rate))) <= Fraction(1, 2)


@given(amounts, rates, rates)
def test_a_higher_rate_never_costs_more(amount: int, first: Decimal, second: Decimal) -> None:
    low, high = sorted([first, second])
    assert discounted_price(amount, high, half_up) <= discounted_price(amount, low, half_up)


def test_the_ends_of_the_scale() -> None:
    assert discounted_price(12_999, Decimal("0.75"), half_up) == 3_250
    assert discounted_price(12_999, Decimal(1), half_up) == 0
    assert discounted_price(12_999, Decimal(0), half_up) == 12_999
    assert discounted_price(Fraction(1, 2), Decimal(0), half_up) == 1


# ---- nothing stacks


@given(editions, programmes, st.lists(programmes, max_size=3), unit_prices, st.none() | given_discounts)
def test_other_programmes_change_nothing(
    edition: str, programme: str, others: list[str], unit: Decimal, discount: GivenDiscount | None
) -> None:
    line = Line(JIRA, price=GivenPrice(unit), discount=discount)
    alone = price(line, replace(DEAL, programme=programme), edition)
    among = price(line, replace(DEAL, programme=programme, other_programmes=tuple(others)), edition)
    assert (among.net, among.discount) == (alone.net, alone.discount)
    reported = [other.programme for other in among.other_discounts]
    assert [each for each in reported if each != "given"][-len(others) or len(reported) :] == others or not others


@given(editions, unit_prices, given_discounts)
def test_a_programme_is_not_added_to_an_agreed_discount(edition: str, unit: Decimal, discount: GivenDiscount) -> None:
    academic = replace(DEAL, programme="academic")
    bare = Line(JIRA, price=GivenPrice(unit))
    both = price(replace(bare, discount=discount), academic, edition).net
    assert both in {price(bare, academic, edition).net, price(replace(bare, discount=discount), DEAL, edition).net}


def test_what_is_not_used_is_reported_with_its_amount() -> None:
    deal = replace(DEAL, channel=Channel.DIRECT, programme="academic", other_programmes=("classroom", "government"))
    line = Line(JIRA, price=HUNDRED, discount=GivenDiscount(amount=3_000))
    others = [(each.programme, each.rate, each.amount, each.reason) for each in price(line, deal).other_discounts]
    assert others == [
        ("classroom", Decimal("0.75"), 7_500, "DOES_NOT_STACK"),
        ("government", None, 0, "PROGRAMME_GIVES_NOTHING"),
        ("given", None, 3_000, "DOES_NOT_STACK"),
    ]
    through_partner = price(Line(JIRA, price=HUNDRED), replace(DEAL, channel=Channel.PARTNER, programme="academic"))
    assert [(each.programme, each.rate, each.amount) for each in through_partner.other_discounts] == [
        ("partner", None, 0)
    ]
    through_reseller = price(line, replace(DEAL, channel=Channel.RESELLER, programme="academic"))
    assert [each.programme for each in through_reseller.other_discounts] == ["given"]


def test_an_agreed_amount_takes_no_more_than_the_price() -> None:
    line = Line(JIRA, price=GivenPrice(Decimal("0.50")), discount=GivenDiscount(amount=51))
    priced = price(line, DEAL)
    assert priced.net == 0
    assert priced.discount is not None
    assert priced.discount.amount == 50


# ---- special prices


@pytest.mark.parametrize(
    ("edition", "channels"),
    [
        ("2021", set()),
        ("2023", {Channel.PARTNER}),
        ("2024", {Channel.PARTNER, Channel.CORPORATE_RESELLER}),
        ("2026", {Channel.PARTNER, Channel.CORPORATE_RESELLER}),
    ],
)
def test_who_has_special_prices(edition: str, channels: set[Channel]) -> None:
    assert {channel for channel in Channel if has_special_prices(BOOK[edition], channel)} == channels


def test_a_special_price_is_given_or_open() -> None:
    deal = replace(DEAL, channel=Channel.PARTNER)
    booked = Line(JIRA, cycle=Cycle.ANNUAL, user_tier=25)
    open_line = price(booked, deal, prices=PriceBook.demo())
    assert (open_line.list_amount, open_line.net) == (200_000, None)
    assert [finding.missing for finding in open_line.findings] == [("lines[0].discount",)]
    sized = price(replace(booked, discount=GivenDiscount(amount=100)), deal, prices=PriceBook.demo())
    assert sized.net == 199_900
    assert sized.discount is not None
    assert (sized.discount.programme, sized.discount.rule_id) == ("partner", "DISCOUNT-RESELLER")
    assert price(Line(JIRA, price=HUNDRED), deal).net == 10_000
    # Sold directly, nothing is looked for.
    assert price(booked, DEAL, prices=PriceBook.demo()).findings == ()


@given(st.sampled_from(["2024", "2026"]), st.none() | given_discounts)
def test_a_declared_programme_displaces_a_special_price(edition: str, discount: GivenDiscount | None) -> None:
    deal = replace(DEAL, channel=Channel.PARTNER, programme="academic")
    priced = price(Line(JIRA, price=HUNDRED, discount=discount), deal, edition)
    assert priced.net == 5_000
    (other,) = priced.other_discounts
    assert (other.programme, other.reason) == ("partner", "DOES_NOT_STACK")
