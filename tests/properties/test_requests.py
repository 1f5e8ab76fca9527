"""Requests: totality, what is missing and nothing else, and who makes which where."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.order import Action, Billing, Channel, Cycle, Deal, Line
from quotary_spec.model.party import Address, Evidence, Party, TaxIdentifier
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.request import CheckedRequest, Contact, RequestCase, RequestKind
from quotary_spec.model.sale import Resale
from quotary_spec.model.subscription import Actor, GuardStanding, Subscription
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.register.editions import EDITIONS
from quotary_spec.register.reasons import REASON
from quotary_spec.rule import RuleStep, tracing
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.requests.assessment import check_request
from quotary_spec.rules.requests.items import ITEMS, missing_items
from quotary_spec.rules.requests.quotes import next_step
from strategies import deals, instants, lines, loose_products

CLOUD, DATA_CENTER = Product("jira", Platform.CLOUD), Product("jira", Platform.DATA_CENTER)
GUARD = Product("guard", Platform.CLOUD, "standard")
FULL = Contact("A B", "A", "B", "a@x.example", has_address=True)
RESELLER = Deal(Party(address=Address("DE")), channel=Channel.RESELLER)
DIRECT = Deal(Party(address=Address("DE")), channel=Channel.DIRECT)

flags = st.none() | st.booleans()
contacts = st.sampled_from(
    [Contact(), FULL, Contact("A B"), replace(FULL, listed=False, roles=frozenset({"reseller"}))]
)
cases = st.builds(
    RequestCase,
    kind=st.sampled_from(RequestKind),
    actor=st.sampled_from(
        [None, Actor(), Actor(frozenset({"billing_admin"})), Actor(frozenset({"original_purchaser"}))]
    ),
    deal=deals() | st.builds(Deal, st.just(Party()), channel=st.sampled_from([None, *Channel])),
    billing=contacts,
    customer=contacts,
    technical=contacts,
    lines=st.lists(lines() | st.builds(Line, loose_products, st.sampled_from(Action)), max_size=3).map(tuple),
    subscription=st.sampled_from([Subscription(), *(Subscription(each) for each in (CLOUD, DATA_CENTER, GUARD))]),
    contact=contacts,
    guard=st.builds(GuardStanding, state=st.sampled_from([None, "trial", "paid_monthly", "none"])),
    site_uri=st.none() | st.just("x.example"),
    site_exists=flags,
    site_live=flags,
    entitlement_number=st.none() | st.just("SEN-1"),
    quote_number=st.none() | st.just("AT-1234567"),
    quote_open=flags,
    tax=st.sampled_from([None, "JCT", "VAT"]),
    tax_identifier=st.none() | st.just(TaxIdentifier("vat", "DE136695976")),
    evidence=st.sampled_from([(), (Evidence("exemption_certificate"),)]),
    tax_withheld=flags,
    address_complete=flags,
    vendor_assisted=flags,
    payment_method=st.sampled_from([None, "credit_card", "purchase_order"]),
    order_terms=flags,
    proof_requested=flags,
    surface=st.sampled_from([None, "account_portal", "order_form"]),
    day=st.none() | st.just(date(2026, 3, 1)),
)


def ask(edition: str, kind: RequestKind, **facts: object) -> CheckedRequest:
    return check_request(BOOK[edition], RequestCase(kind, **facts))  # type: ignore[arg-type]


def outcome(checked: CheckedRequest) -> Outcome:
    return weakest(checked.findings)


def missing(checked: CheckedRequest) -> tuple[str, ...]:
    return tuple(path for finding in checked.findings for path in finding.missing)


@given(st.sampled_from(EDITIONS), cases)
def test_any_request_is_answered(edition: str, case: RequestCase) -> None:
    checked = check_request(BOOK[edition], case)
    for finding in checked.findings:
        assert finding.reason in REASON
        assert finding.outcome is not Outcome.UNDETERMINED or finding.missing
    incomplete = any(finding.reason == "REQUEST_INCOMPLETE" for finding in checked.findings)
    if checked.items:
        assert incomplete == (not checked.complete)
    else:
        assert checked.complete == (not missing(checked))


@given(st.sampled_from(EDITIONS), cases)
def test_an_actor_never_widens_what_is_allowed(edition: str, case: RequestCase) -> None:
    unasked = check_request(BOOK[edition], replace(case, actor=None))
    nobody = check_request(BOOK[edition], replace(case, actor=Actor()))
    if case.kind is not RequestKind.RENEWAL and case.kind is not RequestKind.UPGRADE:
        assert outcome(nobody) >= outcome(unasked)
    if nobody.allowed_roles:
        assert "ROLE_NOT_ALLOWED" in {finding.reason for finding in nobody.findings}


@given(st.lists(st.sampled_from(sorted(ITEMS)), unique=True), st.frozensets(st.sampled_from(sorted(ITEMS))))
def test_what_is_missing_is_what_was_wanted_and_not_given(wanted: list[str], given_items: frozenset[str]) -> None:
    lacks = missing_items(wanted, given_items)
    assert set(lacks) == set(wanted) - given_items
    assert list(lacks) == [each for each in wanted if each in lacks]
    assert missing_items(["site_uri|quote_number"], given_items | {"quote_number"}) == ()


def test_an_empty_request_has_no_item() -> None:
    case = RequestCase(RequestKind.QUOTE)
    assert not any(item.given(case) for item in ITEMS.values())


STEPS = BOOK["2021"].texts("request.form.steps")


@given(st.sets(st.sampled_from(STEPS)))
def test_the_next_step_is_the_first_that_was_not_done(done: set[str]) -> None:
    step = next_step(done, STEPS)
    assert (step == "") == (len(done) == len(STEPS))
    assert step not in done
    assert set(STEPS[: STEPS.index(step)]) <= done if step else True


@pytest.mark.parametrize("edition", ["2023", "2024", "2026"])
def test_each_thing_that_a_reseller_leaves_out_is_named_alone(edition: str) -> None:
    whole = {
        "deal": RESELLER,
        "billing": FULL,
        "customer": FULL,
        "lines": (Line(CLOUD, cycle=Cycle.ANNUAL, user_tier=10),),
        "site_exists": False,
    }
    assert ask(edition, RequestKind.QUOTE, **whole).complete
    party = {"billing": "deal.billing_party", "customer": "deal.sold_to_party"}
    for name, path in party.items():
        for gap, field in (
            ({"name": None}, "display_name"),
            ({"email": None}, "email"),
            ({"has_address": False}, "address"),
        ):
            checked = ask(edition, RequestKind.QUOTE, **(whole | {name: replace(FULL, **gap)}))
            assert missing(checked) == (f"{path}.{field}",)
            assert outcome(checked) is Outcome.UNDETERMINED
    untiered = (Line(CLOUD, cycle=Cycle.ANNUAL, user_tier=10), Line(CLOUD, cycle=Cycle.ANNUAL))
    assert missing(ask(edition, RequestKind.QUOTE, **(whole | {"lines": untiered}))) == ("lines[1].user_tier",)


def test_a_contact_may_be_named_in_parts_but_not_the_other_way_round() -> None:
    parts = Contact(given_name="A", family_name="B", email="a@x.example")
    facts = {"deal": RESELLER, "billing": FULL, "lines": (Line(CLOUD, user_tier=10),), "site_uri": "x.example"}
    assert ask("2023", RequestKind.QUOTE, contact=parts, **facts).complete
    named = ask("2021", RequestKind.QUOTE, contact=Contact("A B", email="a@x.example"), site_live=True, **facts)
    assert missing(named) == ("contact.given_name", "contact.family_name")


def test_a_renewal_of_data_center_follows_the_newer_sentence_for_resellers_too() -> None:
    held = Subscription(DATA_CENTER)
    facts = {"deal": RESELLER, "subscription": held, "entitlement_number": "SEN-1", "contact": FULL}
    for edition in ("2024", "2026"):
        assert ask(edition, RequestKind.RENEWAL, **facts).complete
        assert missing(ask(edition, RequestKind.UPGRADE, **facts)) == ("licence_edition",)
    assert missing(ask("2023", RequestKind.RENEWAL, **facts)) == ("licence_edition",)


def test_guard_quotes_follow_the_state_of_the_subscription() -> None:
    facts = {"deal": replace(DIRECT, billing=Billing.IMPROVED), "lines": (Line(GUARD),)}
    assert ask("2026", RequestKind.QUOTE, guard=GuardStanding("trial"), **facts).self_service is False
    assert ask("2026", RequestKind.QUOTE, guard=GuardStanding("paid_monthly"), **facts).self_service is True
    old = {"deal": replace(DIRECT, billing=Billing.ORIGINAL), "lines": (Line(GUARD),)}
    checked = ask("2026", RequestKind.QUOTE, guard=GuardStanding("trial"), **old)
    assert checked.domain_verification is True
    assert missing(checked) == ("guard.verified_domain_count",)
    assert outcome(ask("2021", RequestKind.QUOTE, guard=GuardStanding("trial"), **facts)) is Outcome.NOT_COVERED


def test_a_number_is_put_on_open_quotes_alone() -> None:
    deal = replace(DIRECT, billing=Billing.ORIGINAL)
    facts = {"deal": deal, "order_number": "PO-1", "quote_number": "AT-1"}
    assert ask("2026", RequestKind.PURCHASE_ORDER_NUMBER, **facts).findings[0].missing == ("quote_open",)
    assert outcome(ask("2026", RequestKind.PURCHASE_ORDER_NUMBER, quote_open=True, **facts)) is Outcome.GRANTED
    assert outcome(ask("2026", RequestKind.PURCHASE_ORDER_NUMBER, quote_open=False, **facts)) is Outcome.REFUSED
    assert outcome(ask("2023", RequestKind.PURCHASE_ORDER_NUMBER, quote_open=True, **facts)) is Outcome.NOT_COVERED


@given(instants)
def test_an_address_is_known_a_day_later(moment: datetime) -> None:
    checked = ask("2026", RequestKind.BILLING_ADDRESS, address_updated=moment, address_complete=True)
    assert checked.effective == moment + timedelta(hours=24)


def test_a_downgrade_is_not_spoken_of() -> None:
    assert outcome(ask("2026", RequestKind.DOWNGRADE, subscription=Subscription(CLOUD))) is Outcome.NOT_COVERED


def test_a_two_tier_resale_gets_no_quote() -> None:
    two = Resale(True, None, (Party(), Party()))
    checked = ask("2026", RequestKind.QUOTE, deal=RESELLER, lines=(Line(DATA_CENTER),), resale=two)
    assert "TWO_TIER_RESALE" in {finding.reason for finding in checked.findings}


def test_proof_is_wanted_once_it_is_asked_for() -> None:
    facts = {"deal": DIRECT, "lines": (Line(DATA_CENTER),)}
    assert ask("2021", RequestKind.ORDER, **facts).complete
    assert missing(ask("2021", RequestKind.ORDER, proof_requested=True, **facts)) == ("proof_supplied",)
    assert ask("2021", RequestKind.ORDER, proof_requested=True, proof_supplied=True, **facts).complete


@pytest.mark.parametrize(
    ("edition", "kind", "facts", "documents"),
    [
        ("2024", RequestKind.TRIAL_EXTENSION, {"lines": (Line(DATA_CENTER),)}, ("server ID",)),
        ("2026", RequestKind.TRIAL_EXTENSION, {"lines": (Line(DATA_CENTER),)}, ("server ID",)),
        ("2026", RequestKind.WITHHOLDING, {}, ("statement of the tax office on the amount withheld",)),
        (
            "2026",
            RequestKind.QUOTE,
            {"lines": (Line(GUARD),), "guard": GuardStanding("trial")},
            ("number of users wanted",),
        ),
    ],
)
def test_what_to_have_at_hand(edition: str, kind: RequestKind, facts: dict[str, object], documents: object) -> None:
    guidance = ask(edition, kind, **facts).guidance
    assert guidance is not None
    assert guidance.documents == documents


def test_what_is_held_or_else_the_first_line_decides() -> None:
    mixed = (Line(CLOUD, cycle=Cycle.MONTHLY), Line(DATA_CENTER, cycle=Cycle.ANNUAL))
    deal = replace(DIRECT, billing=Billing.IMPROVED)
    assert ask("2024", RequestKind.QUOTE, deal=deal, lines=mixed).allowed_roles == ("billing_admin",)
    renewed = ask("2024", RequestKind.RENEWAL, deal=deal, lines=mixed)
    assert renewed.guidance is not None
    assert renewed.guidance.channel == "site_administration"
    held = Subscription(DATA_CENTER)
    assert missing(ask("2026", RequestKind.RENEWAL, deal=deal, lines=mixed, subscription=held))


def test_a_reseller_is_itself_the_one_between() -> None:
    with tracing() as trace:
        ask("2026", RequestKind.QUOTE, deal=RESELLER, lines=(Line(DATA_CENTER),))
    between = [step for step in trace.steps() if isinstance(step, RuleStep) and step.info.id == "ORDER-NO-DISTRIBUTOR"]
    assert [step.inputs()["intermediaries"] for step in between] == [1]
