"""One law: calls that answer the same question agree (R-41). Which do is read from ``docs/agreement.md``.

Facts are drawn close to the dates and numbers at which rules turn, and put to each call that they reach. Then every
fault that once made calls contradict each other is put back, and has to be found by the same comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quotary.messages import from_plain
from quotary.v1 import (
    common_pb2,
    entitlement_service_pb2,
    licence_tier_service_pb2,
    quote_service_pb2,
    subscription_service_pb2,
    tax_service_pb2,
)
from quotary_conformance import contract
from quotary_server.calls.assess_maintenance import assess_maintenance
from quotary_server.calls.assess_payment_options import assess_payment_options
from quotary_server.calls.assess_renewal import assess_renewal
from quotary_server.calls.assess_sale import assess_sale
from quotary_server.calls.assess_trial import assess_trial
from quotary_server.calls.calculate_tax import calculate_tax
from quotary_server.calls.check_app_tier import check_app_tier
from quotary_server.calls.check_permission import check_permission
from quotary_server.calls.check_request import check_request
from quotary_server.calls.check_term import check_term
from quotary_server.calls.compare_editions import compare_editions
from quotary_server.calls.price_quote import batch_price_quotes, price_quote
from quotary_server.calls.price_upgrade import price_upgrade
from quotary_server.calls.resolve_tier import resolve_tier
from quotary_server.ruleset import Ruleset
from quotary_spec.calendar import Term
from quotary_spec.model.order import Deal, Line
from quotary_spec.register.editions import EDITIONS
from quotary_spec.rulebook import Book
from quotary_spec.rules.sales import conditions
from quotary_spec.rules.trials import APP_AFTER_TRIAL
from quotary_spec.supplements.price_book import PriceBook

PAGE = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"
RULESET = Ruleset.assemble(PriceBook.demo())
REFUSED, GRANTED = common_pb2.OUTCOME_REFUSED, common_pb2.OUTCOME_GRANTED
NOT_COVERED = common_pb2.OUTCOME_NOT_COVERED

Plain = dict[str, Any]
"""A part of a request as it is written in a file."""

Differences = Iterator[str]

_CALLS: Mapping[str, tuple[Callable[..., Any], Any]] = {
    "PriceQuote": (price_quote, quote_service_pb2.PriceQuoteRequest),
    "CompareEditions": (compare_editions, quote_service_pb2.CompareEditionsRequest),
    "CheckRequest": (check_request, quote_service_pb2.CheckRequestRequest),
    "AssessSale": (assess_sale, subscription_service_pb2.AssessSaleRequest),
    "AssessRenewal": (assess_renewal, subscription_service_pb2.AssessRenewalRequest),
    "AssessTrial": (assess_trial, subscription_service_pb2.AssessTrialRequest),
    "AssessMaintenance": (assess_maintenance, subscription_service_pb2.AssessMaintenanceRequest),
    "CheckTerm": (check_term, licence_tier_service_pb2.CheckTermRequest),
    "PriceUpgrade": (price_upgrade, licence_tier_service_pb2.PriceUpgradeRequest),
    "ResolveTier": (resolve_tier, licence_tier_service_pb2.ResolveTierRequest),
    "CheckAppTier": (check_app_tier, licence_tier_service_pb2.CheckAppTierRequest),
    "AssessPaymentOptions": (assess_payment_options, entitlement_service_pb2.AssessPaymentOptionsRequest),
    "CheckPermission": (check_permission, entitlement_service_pb2.CheckPermissionRequest),
    "CalculateTax": (calculate_tax, tax_service_pb2.CalculateTaxRequest),
}


def ask(name: str, edition: str, body: Plain) -> Any:
    """The answer of a pure call."""
    call, request = _CALLS[name]
    return call(RULESET, from_plain({"edition": edition, **body}, request()))


def codes(answer: common_pb2.Answer) -> set[str]:
    """The reasons for which it is refused."""
    return {each.code for each in answer.reasons if each.outcome == REFUSED}


def refusals_of(answer: common_pb2.Answer, subject: str) -> set[str]:
    """The reasons for which a part of it is refused."""
    return {each.code for each in answer.reasons if each.outcome == REFUSED and each.subject == subject}


def two_sides(what: str, one: object, other: object) -> Differences:
    if one != other:
        yield f"{what}: {one} and {other}"


# ---- the questions, each with the comparison of its calls

ONLY_OF_A_SALE = {"TRIAL_NEEDED_FIRST", "GUARD_PREMIUM_LIMITED", "GUARD_STANDARD_MISSING", "COMMERCIAL_LICENCE_MISSING"}
"""What a sale is refused for by facts that no order has."""


def priced(edition: str, order: Plain) -> quote_service_pb2.PriceQuoteResponse:
    return ask("PriceQuote", edition, {"order": order})  # type: ignore[no-any-return]


def refused_lines(edition: str, order: Plain) -> set[int]:
    return {i for i, line in enumerate(priced(edition, order).lines) if line.outcome == REFUSED}


def same_sale(edition: str, order: Plain) -> Differences:
    """A line that one call refuses, no other grants."""
    lines, deal = order["lines"], order["deal"]
    refused = refused_lines(edition, order)
    sale = ask("AssessSale", edition, order)
    of_sale = {
        i
        for i, line in enumerate(sale.lines)
        if line.outcome == REFUSED
        and {r.code for r in sale.answer.reasons if r.subject == f"lines[{i}]" and r.outcome == REFUSED}
        - ONLY_OF_A_SALE
    }
    yield from two_sides("PriceQuote and AssessSale refuse the lines", refused, of_sale)
    term = ask("CheckTerm", edition, order)
    of_term = {i for i, line in enumerate(term.terms) if line.outcome == REFUSED}
    yield from two_sides("PriceQuote and CheckTerm refuse the lines", refused, of_term)
    first, others = lines[0], lines[1:]
    if changes(first):
        upgrade = ask("PriceUpgrade", edition, {"deal": deal, "line": first, "other_lines": others})
        yield from two_sides("PriceQuote and PriceUpgrade refuse", 0 in refused, upgrade.answer.outcome == REFUSED)
    if renews(first) and not others:
        renewal = ask("AssessRenewal", edition, renewal_of(order))
        yield from two_sides("PriceQuote and AssessRenewal refuse", 0 in refused, renewal.answer.outcome == REFUSED)
    request = ask("CheckRequest", edition, request_for(order))
    if refused and request.answer.outcome != REFUSED:
        yield f"PriceQuote refuses {refused}, CheckRequest does not"


def changes(line: Plain) -> bool:
    """True for what PriceUpgrade prices as a quote does: a change of what is held."""
    return line["action"] in ("upgrade", "downgrade") and "prior" in line


def renews(line: Plain) -> bool:
    held = "prior" in line and line["product"]["platform"] != "server"
    return (line["action"] == "renewal" and held) or (line["action"] == "downgrade" and held and self_managed(line))


def self_managed(line: Plain) -> bool:
    return bool(line["product"]["platform"] == "data_center")


def renewal_of(order: Plain) -> Plain:
    line = order["lines"][0]
    held = {"product": line["product"], "term": line["prior"]["term"], "user_tier": line["prior"]["quantity"]}
    if "billing_cycle" in line:
        held["billing_cycle"] = line["billing_cycle"]
    return {"subscription": held, "line": line, "deal": order["deal"]}


_KINDS = {"new": "quote", "renewal": "renewal", "upgrade": "upgrade", "downgrade": "downgrade", "expansion": "order"}


def request_for(order: Plain) -> Plain:
    """The request that leads to the order; lines that do different things are ordered."""
    actions = {line["action"] for line in order["lines"]}
    kind = _KINDS[actions.pop()] if len(actions) == 1 else "order"
    return {"kind": kind, "deal": order["deal"], "lines": order["lines"]}


def same_price(edition: str, order: Plain) -> Differences:
    """The whole answer, alone, in a stream and beside another edition."""
    plain = priced(edition, order)
    request = from_plain({"edition": edition, "order": order}, quote_service_pb2.PriceQuoteRequest())
    (streamed,) = batch_price_quotes(RULESET, iter([quote_service_pb2.BatchPriceQuotesRequest(request=request)]))
    yield from two_sides("PriceQuote and BatchPriceQuotes", plain, streamed.response)
    compared = ask_both(edition, order)
    yield from two_sides("PriceQuote and CompareEditions", (plain.lines, plain.total), (compared.lines, compared.total))


def ask_both(edition: str, order: Plain) -> quote_service_pb2.PriceQuoteResponse:
    asked = from_plain({"order": order}, quote_service_pb2.CompareEditionsRequest())
    asked.editions.extend([edition])
    (quote,) = compare_editions(RULESET, asked).quotes
    return quote


def same_limit(edition: str, order: Plain) -> Differences:
    """More users than a licence or plan holds."""
    line, product = order["lines"][0], order["lines"][0]["product"]
    if product.get("marketplace_app") or "user_tier" not in line:
        return
    counted = "agents" if (edition, product["id"]) == ("2024", "jira-service-management") else "users"
    count = {counted: line["user_tier"], "users": line["user_tier"]}
    tier = ask("ResolveTier", edition, {"product": product, "billing_cycle": "annual", "user_count": count})
    over = "USER_LIMIT_EXCEEDED"
    of_price = {each.code for each in priced(edition, order).answer.reasons if each.subject == "order.lines[0]"}
    yield from two_sides("PriceQuote and ResolveTier: above the limit", over in of_price, over in codes(tier.answer))


def same_app_tier(edition: str, order: Plain) -> Differences:
    """An app beside its host."""
    line = order["lines"][0]
    if not line["product"].get("marketplace_app") or not {"user_tier", "host_user_tier"} <= line.keys():
        return
    asked = {"app": line["product"], "app_user_tier": line["user_tier"], "host_user_tier": line["host_user_tier"]}
    sold = ask("CheckAppTier", edition, asked).sale_outcome == REFUSED
    reasons = {each.code for each in priced(edition, order).answer.reasons if each.subject == "order.lines[0]"}
    refused = not reasons.isdisjoint({"APP_TIER_TOO_LOW", "APP_TIER_NOT_EQUAL"})
    yield from two_sides("PriceQuote and CheckAppTier refuse the app's tier", refused, sold)


def same_change_price(edition: str, order: Plain) -> Differences:
    """Net amount and term of a change."""
    line = order["lines"][0]
    if not changes(line):
        return
    quoted = priced(edition, order).lines[0]
    asked = {"deal": order["deal"], "line": line, "other_lines": order["lines"][1:]}
    upgrade = ask("PriceUpgrade", edition, asked)
    silent = quoted.outcome == NOT_COVERED, upgrade.answer.outcome == NOT_COVERED
    yield from two_sides("PriceQuote and PriceUpgrade: the edition is silent", *silent)
    if quoted.outcome == GRANTED == upgrade.answer.outcome:
        one, other = (quoted.net_amount, quoted.term), (upgrade.charge, upgrade.new_term)
        yield from two_sides("PriceQuote and PriceUpgrade", one, other)


def same_renewal_term(edition: str, order: Plain) -> Differences:
    """Term of a renewal or downgrade."""
    if len(order["lines"]) > 1 or not renews(order["lines"][0]):
        return
    quoted, renewal = priced(edition, order).lines[0], ask("AssessRenewal", edition, renewal_of(order))
    if quoted.outcome == GRANTED and renewal.answer.outcome == GRANTED:
        yield from two_sides("PriceQuote and AssessRenewal: term", quoted.term, renewal.term)


CURRENCIES = {"USD": {}, "AUD": {"exchange_rate": "1.5", "margin": "0"}, "JPY": {"exchange_rate": "150", "margin": "0"}}


def same_currency(edition: str, order: Plain) -> Differences:
    """The currencies that an order can be quoted and paid in."""
    if any(line["action"] != "new" for line in order["lines"]):
        return
    deal = {**order["deal"], "channel": "direct"}
    order = {"lines": [{name: part for name, part in line.items() if name != "prior"} for line in order["lines"]]}
    quote = ask("CheckRequest", edition, {"kind": "quote", "deal": deal, "lines": order["lines"]})
    for code, rate in CURRENCIES.items():
        asked = {**deal, "currency": {"currency_code": code, **rate}}
        reasons = priced(edition, {**order, "deal": asked}).answer.reasons
        against = {each.code for each in reasons if each.code.startswith("CURRENCY_")}
        if quote.answer.outcome == GRANTED and against and code in quote.currency_codes:
            yield f"CheckRequest names {code}, which PriceQuote refuses: {against}"
        body = {"deal": asked, "lines": payable(order)}
        body["payment_instrument"] = {"method": "bank_transfer"}
        if against and ask("AssessPaymentOptions", edition, body).answer.outcome == GRANTED:
            yield f"AssessPaymentOptions grants a payment in {code}, which PriceQuote refuses: {against}"


def payable(order: Plain) -> list[Plain]:
    """The lines as they are paid."""
    kept = ("product", "billing_cycle", "action")
    return [{**{name: line[name] for name in kept if name in line}, "net_amount": "100 USD"} for line in order["lines"]]


def same_tax(edition: str, order: Plain) -> Differences:
    """Every tax on the same net amounts."""
    quote = priced(edition, order)
    if not quote.HasField("total"):
        return
    lines = [
        {"product": line["product"], "net_amount": shown(quote.lines[i].net_amount)}
        for i, line in enumerate(order["lines"])
    ]
    tax = ask("CalculateTax", edition, {"deal": order["deal"], "lines": lines})
    yield from two_sides("PriceQuote and CalculateTax", (quote.tax_total, quote.total), (tax.tax_total, tax.total))


def shown(money: Any) -> str:
    return f"{money.units + money.nanos / 10**9:.2f} {money.currency_code}"


def same_quote_age(edition: str, order: Plain) -> Differences:
    """Whether a quote of that day can still be used."""
    if "quote_date" not in order["deal"]:
        return
    old = "QUOTE_EXPIRED"
    request = ask("CheckRequest", edition, {**request_for(order), "kind": "order"})
    payment = {"deal": order["deal"], "lines": payable(order), "purpose": "quote"}
    options = ask("AssessPaymentOptions", edition, payment)
    sides = old in codes(request.answer), old in codes(options.answer)
    yield from two_sides("CheckRequest and AssessPaymentOptions: the quote is too old", *sides)
    yield from two_sides("CheckRequest and PriceQuote: too old", sides[0], old in codes(priced(edition, order).answer))


def same_revision(edition: str, order: Plain) -> Differences:
    """Who changes a quote that cannot be edited."""
    product, billing = order["lines"][0]["product"], order["deal"].get("billing_experience")
    if billing is None:
        return
    asked = {"kind": "revision", "quote_open": True, "deal": order["deal"], "lines": order["lines"][:1]}
    request = ask("CheckRequest", edition, asked)
    permission = ask(
        "CheckPermission",
        edition,
        {
            "actor": {"roles": ["billing_admin"]},
            "action": "change_quote",
            "product": product,
            "billing_experience": billing,
        },
    )
    by_vendor = "VENDOR_ACTS" in codes(permission.answer)
    if by_vendor and request.answer.outcome == REFUSED:
        yield "CheckPermission: the vendor changes the quote; CheckRequest refuses"


def same_server_maintenance(edition: str, order: Plain) -> Differences:
    """Whether maintenance of Server is over."""
    if edition != "2024":
        return
    day, end = order["deal"]["order_date"], date.fromisoformat(order["deal"]["order_date"]) + timedelta(days=30)
    server = {"product": {"id": "jira", "platform": "server"}, "maintenance_end_date": end.isoformat()}
    cloud = {"id": "jira", "platform": "cloud", "plan": "standard"}
    trial = {"product": cloud, "kind": "migration", "start_date": day, "migration_source": server}
    tried = ask("AssessTrial", edition, {"trial": {**trial, "self_managed_customer": True}})
    kept = ask("AssessMaintenance", edition, {"subscription": server, "assessment_date": day})
    over = "SERVER_MAINTENANCE_RUNS" not in codes(tried.answer)
    yield from two_sides("AssessTrial and AssessMaintenance: maintenance is over", over, not kept.active)


def same_app_after_trial(edition: str, order: Plain) -> Differences:
    """One answer in every edition whose document has the same sentence (000:25, 002:23)."""
    app = {"id": "marketplace-app", "platform": order["lines"][0]["product"]["platform"]}
    trial = {"product": app, "host_billing_cycle": "annual", "quote_purchased": True}
    older, newer = (ask("AssessTrial", each, {"trial": trial}).continuation for each in ("2024", "2026"))
    yield from two_sides("AssessTrial of 2024 and of 2026", older, newer)


QUESTIONS: Mapping[str, Callable[[str, Plain], Differences]] = {
    "sale": same_sale,
    "same-price": same_price,
    "users": same_limit,
    "app-tier": same_app_tier,
    "change-price": same_change_price,
    "renewal-term": same_renewal_term,
    "currency": same_currency,
    "tax": same_tax,
    "quote-age": same_quote_age,
    "revision": same_revision,
    "server-maintenance": same_server_maintenance,
    "app-after-trial": same_app_after_trial,
}
KEPT = {"kept-sale"}
"""Questions that need a store; they are put in ``tests/lifecycle/test_agreement_kept.py``."""


# ---- the page


def rows(heading: str) -> list[list[str]]:
    section = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return cells[2:]


def test_every_call_has_its_place_and_every_question_its_comparison() -> None:
    asked, alone = rows("Questions"), rows("Calls that share no question")
    assert {row[0] for row in asked} == set(QUESTIONS) | KEPT
    assert all(row[2] for row in asked)
    assert all(row[1] for row in alone)
    sharing = set(chain.from_iterable(row[1].split() for row in asked))
    apart = list(chain.from_iterable(row[0].split() for row in alone))
    assert len(apart) == len(set(apart))
    assert sharing.isdisjoint(apart)
    assert {*sharing, *apart} == {name.partition(".")[2] for name in contract.calls()}


# ---- facts

_TURNS = [
    date(2021, 2, 2),
    date(2024, 2, 15),
    date(2024, 10, 3),
    date(2026, 3, 30),
    date(2028, 3, 30),
    date(2028, 5, 1),
    date(2029, 3, 28),
]
order_days = st.builds(
    lambda day, n: (day + timedelta(days=n)).isoformat(), st.sampled_from(_TURNS), st.integers(-2, 2)
)
PRODUCTS: list[Plain] = [
    {"id": "jira", "platform": "cloud", "plan": "standard"},
    {"id": "jira", "platform": "cloud", "plan": "free"},
    {"id": "jira-service-management", "platform": "cloud", "plan": "premium"},
    {"id": "bitbucket", "platform": "cloud"},
    {"id": "confluence", "platform": "government_cloud", "plan": "enterprise"},
    {"id": "jira", "platform": "data_center"},
    {"id": "bitbucket", "platform": "data_center"},
    {"id": "stack", "platform": "data_center"},
    {"id": "jira", "platform": "server"},
    {"id": "marketplace-app", "platform": "cloud", "marketplace_app": True, "host_product_id": "jira"},
    {"id": "marketplace-app", "platform": "data_center", "marketplace_app": True, "host_product_id": "jira"},
]
tiers = st.sampled_from([3, 4, 10, 11, 250, 500, 10_000, 10_001, 30_000, 30_001, 50_000, 50_001])
months = st.sampled_from([1, 11, 12, 13, 24, 25])


@st.composite
def plain_lines(draw: st.DrawFn, order_day: str) -> Plain:
    product = draw(st.sampled_from(PRODUCTS))
    line: Plain = {"product": product, "action": draw(st.sampled_from(list(_KINDS)))}
    if product["platform"].endswith("cloud"):
        line["billing_cycle"] = draw(st.sampled_from(["monthly", "annual"]))
    line |= {"user_tier": draw(tiers), "price": {"unit_price": "1200.00", "months": 12}}
    if draw(st.booleans()):
        line["host_user_tier"] = draw(tiers)
    ways: list[Plain] = [{}, {"months": draw(months)}, {"start_date": order_day, "months": draw(months)}]
    if way := draw(st.sampled_from(ways)):
        line["term"] = way
    if draw(st.booleans()) or line["action"] in ("downgrade", "upgrade", "renewal"):
        left = draw(st.sampled_from([0, 1, 89, 90, 91, 200]))
        end = date.fromisoformat(order_day) + timedelta(days=left)
        term = {"start_date": (end - timedelta(days=365)).isoformat(), "end_date": end.isoformat()}
        line["prior"] = {"quantity": draw(tiers), "term": term, "net_paid": "900.00 USD", "tier_price": "900.00 USD"}
    return line


@st.composite
def plain_orders(draw: st.DrawFn) -> Plain:
    """Orders as a file has them, close to where the conditions of sale turn."""
    day = draw(order_days)
    deal: Plain = {
        "order_date": day,
        "order_time": f"{day}T{draw(st.sampled_from(['07:58:59', '08:00:00', '23:00:00']))}Z",
        "payment_date": day,
        "channel": draw(st.sampled_from(["direct", "direct", "reseller"])),
        "billing_experience": draw(st.sampled_from(["original", "improved"])),
        "holds_data_center_subscription": draw(st.booleans()),
        "billing_party": {
            "kind": draw(st.sampled_from(["business", "state_government", "academic"])),
            "address": {"region_code": draw(st.sampled_from(["US", "DE", "AU", "JP"]))},
        },
    }
    if draw(st.booleans()):
        ago = draw(st.sampled_from([0, 29, 30, 31]))
        deal["quote_date"] = (date.fromisoformat(day) - timedelta(days=ago)).isoformat()
    lines = draw(st.lists(plain_lines(day), min_size=1, max_size=2))
    return {"deal": deal, "lines": lines}


def differences(question: str, edition: str, order: Plain) -> list[str]:
    """Where the calls of a question differ."""
    return list(QUESTIONS[question](edition, order))


@settings(max_examples=150)
@given(st.sampled_from(EDITIONS), plain_orders())
def test_what_one_call_refuses_no_other_grants(edition: str, order: Plain) -> None:
    assert differences("sale", edition, order) == []


@pytest.mark.parametrize("question", [name for name in QUESTIONS if name != "sale"])
@settings(max_examples=40)
@given(st.sampled_from(EDITIONS), plain_orders())
def test_the_calls_agree(question: str, edition: str, order: Plain) -> None:
    assert differences(question, edition, order) == []


# ---- faults that were, put back


def without(name: str) -> Callable[..., Any]:
    """A call that asks every condition of an order but one."""

    def ask_others(book: Book, deal: Deal, lines: Sequence[Line], left_out: Collection[str] = ()) -> Any:
        return conditions.against_order(book, deal, lines, {name, *left_out})

    return ask_others


def sale_without(name: str) -> Callable[..., Any]:
    """An assessment of a sale that asks every condition but one."""
    return lambda book, case: conditions.against_sale(book, case, set(conditions.CONDITIONS) - {name})


def order_of(day: str, *lines: Plain, country: str = "US", **deal: Any) -> Plain:
    party = {"address": {"region_code": country}}
    held = {"order_date": day, "channel": "direct", "holds_data_center_subscription": True, "billing_party": party}
    return {"deal": {**held, **deal}, "lines": list(lines)}


def line_of(product: Plain, action: str = "new", **more: Any) -> Plain:
    cloud: Plain = {"billing_cycle": "annual"} if product["platform"] == "cloud" else {}
    return {"product": product, "action": action, "price": {"unit_price": "1200.00", "months": 12}, **cloud, **more}


def held_until(end: str, users: int = 1000) -> Plain:
    start = date.fromisoformat(end) - timedelta(days=365)
    return {"quantity": users, "term": {"start_date": start.isoformat(), "end_date": end}, "net_paid": "900.00 USD"}


CLOUD, DATA_CENTER, BITBUCKET = PRODUCTS[0], PRODUCTS[5], PRODUCTS[6]
APP = PRODUCTS[9]
LOWER = line_of(DATA_CENTER, "downgrade", user_tier=500, prior=held_until("2028-09-01"))

FAULTS: Mapping[str, tuple[str, str, Plain, str, Any]] = {
    "A1 the tier of an app's host": (
        "app-tier",
        "2026",
        order_of("2026-03-01", line_of(APP, user_tier=250, host_user_tier=500)),
        "quotary_spec.rules.quote.lines.against_order",
        without("app-tier"),
    ),
    "A1 between lines of one order": (
        "sale",
        "2024",
        order_of("2024-03-01", line_of(CLOUD, user_tier=500), line_of(APP, user_tier=250)),
        "quotary_spec.rules.quote.lines.against_order",
        without("app-tier"),
    ),
    "A2 the limit of users": (
        "users",
        "2026",
        order_of("2026-03-01", line_of(BITBUCKET, "renewal", user_tier=30_001)),
        "quotary_spec.rules.quote.lines.against_order",
        without("users"),
    ),
    "A3 the start of a lower tier": (
        "renewal-term",
        "2026",
        order_of("2028-02-01", LOWER),
        "quotary_spec.rules.price.list_price.Pricing.term_of",
        lambda pricing, line, months: Term.of_months(pricing.deal.order_date, 12),
    ),
    "A4 the window of a downgrade": (
        "sale",
        "2024",
        order_of("2024-06-01", {**LOWER, "prior": held_until("2025-01-01")}),
        "quotary_spec.rules.renewals.against_order",
        without("downgrade"),
    ),
    "A5 the currencies of a quote": (
        "currency",
        "2026",
        order_of("2026-03-01", line_of(CLOUD, user_tier=100), country="DE", billing_experience="improved"),
        "quotary_spec.rules.requests.quotes.currencies_of",
        lambda book, deal, products: (book.texts("currency.offered"), ()),
    ),
    "A6 the currency of a payment": (
        "currency",
        "2026",
        order_of("2026-03-01", line_of(CLOUD, user_tier=100), country="AU", billing_experience="original"),
        "quotary_spec.rules.payment.assessment.check_currencies",
        lambda book, deal, products: [],
    ),
    "A7 a request for what is sold no more": (
        "sale",
        "2026",
        order_of("2026-04-02", line_of(DATA_CENTER, user_tier=100), holds_data_center_subscription=False),
        "quotary_spec.rules.requests.assessment.asked_beside",
        lambda book, deal, lines: iter(()),
    ),
    "A8 the length of a term": (
        "sale",
        "2026",
        order_of("2026-03-01", line_of(CLOUD, term={"start_date": "2026-03-01", "months": 25})),
        "quotary_spec.rules.sales.assessment.against_sale",
        sale_without("term"),
    ),
    "A9 who revises a quote": (
        "revision",
        "2026",
        order_of("2026-03-01", line_of(DATA_CENTER), billing_experience="original"),
        "quotary_spec.rules.requests.orders.vendor_revises",
        lambda editable: False,
    ),
    "A10 the age of a quote": (
        "quote-age",
        "2024",
        order_of("2024-03-02", line_of(CLOUD, user_tier=100), quote_date="2024-01-31", billing_experience="original"),
        "quotary_spec.rules.requests.orders.against_age",
        lambda *facts: None,
    ),
    "A11 an app after its trial": (
        "app-after-trial",
        "2026",
        order_of("2026-03-01", line_of(PRODUCTS[10])),
        "quotary_spec.rules.trials.APP_AFTER_TRIAL.rules",
        {**APP_AFTER_TRIAL.rules, "2024": APP_AFTER_TRIAL.rules["2024"][:-1]},
    ),
    "A12 the end of Server's maintenance": (
        "server-maintenance",
        "2024",
        order_of("2024-02-15", line_of(CLOUD)),
        "quotary_spec.rules.maintenance.server_support_end",
        lambda book: None,
    ),
    "A13 a renewal after the end of life": (
        "sale",
        "2026",
        order_of("2029-04-01", {**line_of(DATA_CENTER, "renewal"), "price": {"unit_price": "1200.00"}}),
        "quotary_spec.rules.sales.assessment.against_sale",
        sale_without("data-center"),
    ),
}
"""Each fault: question, edition and facts that show it, what is replaced, and by what."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_put_back_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    question, edition, order, place, replacement = FAULTS[fault]
    assert differences(question, edition, order) == []
    monkeypatch.setattr(place, replacement)
    assert differences(question, edition, order) != []
