"""What changed between editions: what is told is true, and what is known to differ is told."""

from itertools import combinations

import pytest

from quotary_spec import comparison
from quotary_spec.comparison import ChangeKind, EditionChange, changes
from quotary_spec.passage import Passage
from quotary_spec.register.catalogue import CATALOGUE, STATED, CatalogueEntry
from quotary_spec.register.counterparts import COUNTERPARTS, STANDS, Counterpart, LostText
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION, EDITIONS
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.rule import registered_rules

PAIRS = list(combinations(EDITIONS, 2))

each_pair = pytest.mark.parametrize(("base", "later"), PAIRS)


def found(base: str, later: str) -> dict[str, EditionChange]:
    return {change.id: change for change in changes(base, later)}


@each_pair
def test_what_is_told_cites_the_edition_that_says_it(base: str, later: str) -> None:
    for change in changes(base, later):
        assert (change.base_value is None) is (change.kind is ChangeKind.ADDED)
        assert (change.value is None) is (change.kind is ChangeKind.REMOVED)
        assert change.kind is ChangeKind.LOGIC or change.base_value != change.value
        assert all(each.document in DOCUMENTS_OF_EDITION[base] for each in change.base_passages)
        assert all(each.document in DOCUMENTS_OF_EDITION[later] for each in change.passages)
        assert change.base_passages or change.kind is ChangeKind.ADDED
        assert change.passages or change.kind is ChangeKind.REMOVED


@each_pair
def test_every_figure_that_differs_is_told(base: str, later: str) -> None:
    old, new = PARAMETERS[base], PARAMETERS[later]
    differing = {
        key for key in old.keys() | new.keys() if key not in old or key not in new or old[key].value != new[key].value
    }
    assert differing == {change.id for change in changes(base, later)} & (old.keys() | new.keys())


@each_pair
def test_every_rule_of_one_edition_alone_is_told(base: str, later: str) -> None:
    """By itself, or as one side of a change of logic."""
    told = changes(base, later)
    words = " ".join(f"{change.base_value} {change.value}" for change in told if change.id in registered_rules())
    for rule in registered_rules().values():
        if (base in rule.info.editions) != (later in rule.info.editions):
            assert rule.info.statement in words, rule.info.id


@each_pair
def test_changes_stand_once_by_area_and_id(base: str, later: str) -> None:
    keys = [(change.area, change.id, change.kind) for change in changes(base, later)]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_does_not_differ_from_itself(edition: str) -> None:
    assert changes(edition, edition) == ()


def test_known_differences_of_the_purchasing_documents() -> None:
    told = found("2024", "2026")
    assert told["fee.countries"].kind is ChangeKind.VALUE
    assert told["FEE-OLD-QUOTE"].kind is ChangeKind.REMOVED
    assert told["tax.us.registered.US-CO"].kind is ChangeKind.ADDED
    core = told["term.core-products"]
    assert isinstance(core.base_value, tuple)
    assert isinstance(core.value, tuple)
    assert set(core.base_value) - set(core.value) == {"fisheye", "crucible"}
    assert "fee.rate.TR" not in told
    assert "FEE-RATE" not in told


STANDS_ALREADY = """
BILLING-ACCOUNT-ENGINE-PURPOSE BILLING-ACCOUNT-MIGRATION-PREPARE ROLE-SITE-ADMIN-SELF-BILLING-CONTACT
QUOTE-INVOICE-VIEW-ORIGINAL ORDER-STACK-REASON LEGAL-AGREEMENT-SECTIONS PRIVACY-POLICY-LAWS TRAINING-VIA-PARTNERS
SOURCE-CODE-BECOME-CONTACT SOURCE-CODE-MODIFY-PERMITTED TRIAL-CLOUD-FULL-FUNCTION TRIAL-MIGRATION-TERMS
TIER-APP-FAQ-POINTER PAYMENT-REMITTANCE-ADVICE TRIAL-APP-DATA-CENTER-CONVERT
"""
"""What 000 says and 002 said before it, though the catalogue found it in 000 alone."""


def test_nothing_is_added_that_stood_in_the_earlier_documents() -> None:
    told = {change.id.rpartition(":")[2] for change in changes("2024", "2026")}
    assert told & set(STANDS_ALREADY.split()) == set()
    assert all(CATALOGUE[id].kind in STATED for id in STANDS), "a rule says by its passages where it stands"
    for id, places in STANDS.items():
        assert all(place.document != CATALOGUE[id].document for place in places), id


def test_differences_between_sentences_of_rules_are_told() -> None:
    told = found("2024", "2026")
    length = told["quote.number-length"]
    assert (length.kind, length.base_value, length.value) == (ChangeKind.VALUE, 9, 7)
    canada = told["000:TAX-CA-ADDRESS"]
    assert (canada.kind, canada.text_lost) == (ChangeKind.ADDED, True), "002:452-453 is lost"
    guard = told["000:BILLING-ACCOUNT-GUARD-GROUP"]
    assert guard.kind is ChangeKind.LOGIC
    assert "same card" in str(guard.base_value)
    assert "same way" in str(guard.value)
    card = told["000:ROLE-CARD-UPDATE-IMPROVED"]
    assert (card.kind, card.text_lost) == (ChangeKind.LOGIC, True), "000:1055 lost what 002 has"
    assert "002:PAYMENT-CARD-CHANGE-IMPROVED" not in told


def test_a_figure_whose_earlier_text_was_lost_is_no_change() -> None:
    """R-02: 2024 lost the list of VAT countries, so that 2026 has Norway proves no difference."""
    told = found("2024", "2026")["tax.exemption.VAT.NO"]
    assert told.kind is ChangeKind.ADDED
    assert told.text_lost
    assert [str(each) for each in told.base_passages] == ["002:422-424"]


# ---- statements, on a catalogue of our own


def entry(id: str, statement: str, cite: str) -> CatalogueEntry:
    return CatalogueEntry(id, "area", "statement", (), (), (Passage.parse(cite),), statement, "", "")


ENTRIES = {
    "002:A": entry("002:A", "said before", "002:10"),
    "000:A": entry("000:A", "said otherwise", "000:20"),
    "002:B": entry("002:B", "dropped", "002:11"),
    "000:C": entry("000:C", "new", "000:21"),
    "002:D": entry("002:D", "kept", "002:12"),
    "000:D": entry("000:D", "kept, in other words", "000:22"),
    "000:E": entry("000:E", "lost before", "000:23"),
    "002:F": entry("002:F", "said before too", "002:14"),
    "002:G": entry("002:G", "said alike", "002:15"),
    "000:G": entry("000:G", "said alike", "000:24"),
}
PAIRED = {
    "002:A": (Counterpart("000:A", same=False),),
    "002:F": (Counterpart("000:A", same=False),),
    "000:A": (Counterpart("002:A", same=False), Counterpart("002:F", same=False)),
    "002:D": (Counterpart("000:D", same=True),),
    "000:D": (Counterpart("002:D", same=True),),
    "002:G": (Counterpart("000:G", same=False),),
    "000:G": (Counterpart("002:G", same=False),),
}


def test_statements_are_compared_with_their_counterparts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "CATALOGUE", ENTRIES)
    monkeypatch.setattr(comparison, "COUNTERPARTS", PAIRED)
    monkeypatch.setattr(comparison, "LOST", (LostText(Passage.parse("002:13"), Passage.parse("000:23")),))
    told = {change.id: change for change in changes("2024", "2026") if change.area == "area"}
    assert {id: change.kind.name for id, change in told.items()} == {
        "000:A": "LOGIC",
        "002:B": "REMOVED",
        "000:C": "ADDED",
        "000:E": "ADDED",
    }
    restated = told["000:A"]
    assert (restated.base_value, restated.value) == ("said before said before too", "said otherwise")
    assert [str(each) for each in restated.base_passages] == ["002:10", "002:14"]
    assert [id for id, change in told.items() if change.text_lost] == ["000:E"]
    assert [str(each) for each in told["000:E"].base_passages] == ["002:13"]


def test_a_statement_of_a_document_that_stays_is_compared_with_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """003 speaks in 2023 and 2024; 002, new in 2024, says otherwise."""
    stays, new = entry("003:A", "said in 2023", "003:10"), entry("002:A", "said in 2024", "002:10")
    monkeypatch.setattr(comparison, "CATALOGUE", {stays.id: stays, new.id: new})
    monkeypatch.setattr(comparison, "COUNTERPARTS", {new.id: (Counterpart(stays.id, same=False),)})
    (told,) = [change for change in changes("2023", "2024") if change.area == "area"]
    assert (told.kind, told.id, told.base_value, told.value) == (
        ChangeKind.LOGIC,
        "002:A",
        "said in 2023",
        "said in 2024",
    )


def test_every_entry_of_the_map_can_be_told() -> None:
    """Whatever stands in one document alone of two editions is told, or has a counterpart that says the same."""
    told = set(found("2024", "2026"))
    for one in CATALOGUE.values():
        if one.document in ("000", "002") and one.kind in ("lookup", "permission", "statement"):
            others = COUNTERPARTS.get(one.id, ())
            here = [other for other in others if other.id in CATALOGUE and other.id[:3] in ("000", "002")]
            assert one.id in told or here or one.id in STANDS, one.id
