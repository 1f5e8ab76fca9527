"""Questions that several calls answer, each with the comparison of its calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

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
from quotary_spec.supplements.price_book import PriceBook

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


def same_paid_sale(edition: str, order: Plain) -> Differences:
    """What nobody sells is not paid with its order; a line that is paid tells product, cycle and action alone."""
    told = ("product", "billing_cycle", "action")
    bare = [{name: part for name, part in line.items() if name in told} for line in order["lines"]]
    bare = [{**line, "price": {"unit_price": "100.00"}} for line in bare]
    refused = priced(edition, {**order, "lines": bare}).answer.outcome == REFUSED
    asked = {"deal": order["deal"], "lines": payable(order), "purpose": "order"}
    asked["payment_instrument"] = {"method": "bank_transfer"}
    paid = ask("AssessPaymentOptions", edition, asked)
    if refused and paid.answer.outcome != REFUSED:
        yield "PriceQuote refuses the lines, AssessPaymentOptions does not refuse to be paid for them"


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
    "paid-sale": same_paid_sale,
    "tax": same_tax,
    "quote-age": same_quote_age,
    "revision": same_revision,
    "server-maintenance": same_server_maintenance,
    "app-after-trial": same_app_after_trial,
}

# ---- facts

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
months = st.sampled_from([1, 11, 12, 13, 24, 25])


def differences(question: str, edition: str, order: Plain) -> list[str]:
    """Where the calls of a question differ."""
    return list(QUESTIONS[question](edition, order))
