"""Source code and export classification: what must hold for every licence, contact and row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_spec.model.product import Platform, Product
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.outcome import Outcome, weakest
from quotary_spec.register.products import PRODUCT
from quotary_spec.register.vocabulary import VOCABULARY
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.export import classify_export
from quotary_spec.rules.source_code import SourceExtent, check_source_access, release_has_source

releases = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
subscriptions = st.builds(
    Subscription,
    product=st.builds(
        Product,
        id=st.sampled_from(sorted(PRODUCT)),
        platform=st.none() | st.sampled_from(Platform),
        release=st.none() | releases,
    ),
    licence_type=st.none() | st.sampled_from(sorted(VOCABULARY["licence_type"])),
)
actors = st.none() | st.builds(
    Actor, roles=st.frozensets(st.sampled_from(["technical_contact", "billing_contact", "site_admin", "reseller"]))
)


CONTACTS = {"technical_contact", "billing_contact"}
contacts = actors.filter(lambda actor: actor is None or bool(actor.effective_roles & CONTACTS))
others = st.builds(Actor, roles=st.frozensets(st.sampled_from(["site_admin", "reseller"])))


def data_center(subscription: Subscription) -> Subscription:
    """The same subscription as a commercial licence of Confluence Data Center, which comes with its source code."""
    return replace(subscription, product=Product("confluence", Platform.DATA_CENTER), licence_type="commercial")


@given(st.sampled_from(["2024", "2026"]), subscriptions, contacts)
def test_contacts_of_a_data_center_licence_reach_its_source(
    edition: str, subscription: Subscription, actor: Actor | None
) -> None:
    access = check_source_access(BOOK[edition], data_center(subscription), actor, export_restricted=False)
    assert weakest(access.findings) is Outcome.GRANTED
    assert (access.extent, access.reachable) == (SourceExtent.FULL, True)


@given(st.sampled_from(["2024", "2026"]), subscriptions, others)
def test_nobody_else_reaches_it(edition: str, subscription: Subscription, actor: Actor) -> None:
    access = check_source_access(BOOK[edition], data_center(subscription), actor, export_restricted=False)
    assert weakest(access.findings) is Outcome.REFUSED


@given(st.sampled_from(["2024", "2026"]), subscriptions, contacts, st.sampled_from(Platform))
def test_no_other_platform_and_no_restricted_country_reaches_source(
    edition: str, subscription: Subscription, actor: Actor | None, platform: Platform
) -> None:
    licence = data_center(subscription)
    assert licence.product is not None
    elsewhere = replace(licence, product=replace(licence.product, platform=platform))
    granted = weakest(check_source_access(BOOK[edition], elsewhere, actor, export_restricted=False).findings)
    assert (granted is Outcome.GRANTED) is (platform is Platform.DATA_CENTER)
    restricted = check_source_access(BOOK[edition], licence, actor, export_restricted=True)
    assert weakest(restricted.findings) is Outcome.REFUSED


@given(st.sampled_from(["2024", "2026"]), subscriptions, actors, st.none() | st.booleans())
def test_what_is_reachable_has_an_extent(
    edition: str, subscription: Subscription, actor: Actor | None, export_restricted: bool | None
) -> None:
    access = check_source_access(BOOK[edition], subscription, actor, export_restricted)
    assert not access.reachable or access.extent in (SourceExtent.FULL, SourceExtent.JSP)


@given(st.sampled_from(["2021", "2023"]), subscriptions)
def test_silent_editions_are_not_covered(edition: str, subscription: Subscription) -> None:
    access = check_source_access(BOOK[edition], subscription)
    assert weakest(access.findings) is Outcome.NOT_COVERED
    assert access.extent is None


@given(releases, releases)
def test_releases_are_compared_number_by_number(release: str, least: str) -> None:
    def numbers(text: str) -> list[int]:
        return [*map(int, text.split("."))] + [0] * (4 - text.count("."))

    assert release_has_source(release, least) is (numbers(release) >= numbers(least))


@pytest.mark.parametrize(
    ("release", "least", "recent"),
    [("5", "5.0", True), ("5.0.0", "5.0.1", False), ("5.0.1", "5", True), ("0", "0.0", True), ("0.1", "0.2", False)],
)
def test_zeros_at_the_end_of_a_release_say_nothing(release: str, least: str, recent: bool) -> None:
    assert release_has_source(release, least) is recent


def test_a_release_in_words_is_no_release() -> None:
    assert not isinstance(release_has_source("cloud", "4.2"), bool)


@pytest.mark.parametrize(("edition", "rows"), [("2026", 28), ("2024", 21)])
def test_the_whole_table_answers(edition: str, rows: int) -> None:
    found, _ = classify_export(BOOK[edition])
    assert len(found) == rows
    assert len({(each.product, each.platform, each.artefact) for each in found}) == rows


def test_counts_of_the_printed_table() -> None:
    book = BOOK["2026"]
    counts = {
        name: len(classify_export(book, exception=name)[0]) for name in ("mass_market", "enc_b1", "enc_b2", "none")
    }
    assert counts == {"mass_market": 16, "enc_b1": 4, "enc_b2": 7, "none": 1}
    assert len(classify_export(book, self_classified=True)[0]) == 6


def test_numbers_lost_are_not_borrowed() -> None:
    found, findings = classify_export(BOOK["2024"], number="5D992.c")
    assert not found
    assert [finding.reason for finding in findings] == ["EXPORT_NUMBERS_LOST"]
