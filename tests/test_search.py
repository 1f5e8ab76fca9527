"""Rules are found by the words of people: headings, synonyms of five languages, places; the best first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary_server.adapter.describing import Item, search
from quotary_spec.passage import passages
from quotary_spec.register.headings import HEADINGS, Heading
from quotary_spec.register.reasons import REASON
from quotary_spec.register.synonyms import SYNONYMS
from quotary_spec.rule import registered_rules
from quotary_spec.search import Entry, Index, words
from sampling import every


def answers(item: Item, heading: Heading) -> bool:
    return heading in item.headings


def test_the_words_of_every_heading_find_a_rule_that_answers_it_among_the_first_five() -> None:
    asked = [heading for heading in HEADINGS if heading.entries]
    assert len(asked) > 500
    lost = [str(each.at) for each in every(4, asked) if not any(answers(item, each) for item in search(each.title)[:5])]
    assert lost == []


FOUND = {
    "sole source": "000:LEGAL-SOLE-SOURCE",
    "single source supplier": "000:LEGAL-SOLE-SOURCE",
    "named users": "TIER-NAMED-USERS",
    "email preferences": "000:ROLE-EMAIL-PREFERENCES",
    "extend trial": "TRIAL-EXTENSION-CLOUD",
    "Testversion verlängern": "TRIAL-EXTENSION-CLOUD",
    "prolonger l'essai": "TRIAL-EXTENSION-CLOUD",
    "proefperiode verlengen": "TRIAL-EXTENSION-CLOUD",
    "延长试用": "TRIAL-EXTENSION-CLOUD",
    "pay quote": "PAYMENT-QUOTE-PAYABLE",
    "sales tax states": "TAX-US-SALES",
    "coterm": "TERM-RENEWAL-COTERM",
    "same end date": "TERM-RENEWAL-COTERM",
    "MwSt": "TAX-VAT-NUMBER",
    "USt-IdNr": "TAX-VAT-NUMBER",
    "BTW": "TAX-VAT-NUMBER",
    "TVA": "TAX-VAT-NUMBER",
    "增值税": "TAX-VAT-NUMBER",
    "Türkei Verwaltungsgebühr": "FEE-BEARING-TURKEY",
    "money back": "REFUND-AMOUNT",
    "Rabatt Hochschule academic": "DISCOUNT-ACADEMIC",
    "broncode": "SOURCE-CODE-CLOUD-NONE",
}


@pytest.mark.parametrize("query", FOUND)
def test_what_people_type_finds_the_rule(query: str) -> None:
    assert FOUND[query] in [item.id for item in search(query)][:10]


def test_all_words_for_one_thing_find_the_same_rule() -> None:
    index = Index([Entry(thing, synonyms[0]) for thing, synonyms in SYNONYMS.items()])
    for thing, synonyms in SYNONYMS.items():
        for synonym in synonyms:
            assert f"={thing}" in words(synonym), synonym
            assert thing in [entry.id for entry in index.find(synonym)], synonym


def test_case_accents_endings_and_width_do_not_matter() -> None:
    assert words("VÉRIFIED Quotes") == words("verified quote")
    assert words("ＶＡＴ") == words("vat")
    assert words("currencies") == words("currency")
    assert words("access") != words("acces")


def test_a_place_keeps_what_stands_there_alone() -> None:
    here, there = passages("000:10-12 000:20")
    index = Index([Entry("HERE", "A fee.", passages=(here,)), Entry("THERE", "A fee.", passages=(there,))])
    assert [entry.id for entry in index.find("000:12")] == ["HERE"]
    assert [entry.id for entry in index.find("000:13")] == []
    assert [entry.id for entry in index.find("fee 000:20")] == ["THERE"]
    assert [entry.id for entry in index.find("fee")] == ["HERE", "THERE"]
    assert [entry.id for entry in index.find("000:12-20 fee")] == ["HERE", "THERE"]
    assert [entry.id for entry in index.find("000:20-12")] == ["HERE", "THERE"]


def test_a_rare_word_outweighs_a_common_one() -> None:
    index = Index([Entry("COMMON", "The order, the order and the order."), Entry("RARE", "The order of a platypus.")])
    assert [entry.id for entry in index.find("platypus order")] == ["RARE", "COMMON"]
    assert [entry.id for entry in index.find("platyp")] == ["RARE"]


def test_a_heading_that_is_asked_for_in_its_words_outweighs_a_statement() -> None:
    said = Entry("SAID", "May a platypus order?")
    index = Index([said, Entry("TITLE", "Something else.", ("May a platypus order?",))])
    assert index.find("may a platypus order")[0].id == "TITLE"
    assert {entry.id for entry in index.find("platypus")} == {"SAID", "TITLE"}


def test_reasons_are_searched() -> None:
    index = Index([Entry("WITH", "A fee.", reasons=("A platypus is missing.",)), Entry("WITHOUT", "A fee.")])
    assert [entry.id for entry in index.find("platypus")] == ["WITH"]


def test_the_text_of_a_reason_finds_the_rules_that_give_it() -> None:
    given_by: dict[str, list[str]] = {}
    for id, function in registered_rules().items():
        for code in function.logic.__code__.co_consts:
            if code in REASON and code != "INPUT_MISSING":
                given_by.setdefault(REASON[code].text, []).append(id)
    assert len(given_by) > 50
    for text, ids in given_by.items():
        assert set(ids) & {item.id for item in search(text)[:5]}, text


@given(st.text(max_size=60))
def test_any_text_is_answered_best_first(text: str) -> None:
    found = search(text)
    assert len({item.id for item in found}) == len(found)
    assert search(text) == found
