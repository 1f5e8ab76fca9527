"""The catalogue map and the headings: consistent in themselves, and in our own words."""

import re
from pathlib import Path

import pytest

from coverage_report import (
    Account,
    Catalogued,
    account_for_catalogue,
    account_for_map,
    is_ruling,
    main,
    shipped_vectors,
)
from quotary_spec import rules
from quotary_spec.passage import passages
from quotary_spec.register.catalogue import CATALOGUE, CatalogueEntry
from quotary_spec.register.counterparts import COUNTERPARTS, LOST
from quotary_spec.register.editions import DOCUMENT
from quotary_spec.register.headings import HEADINGS
from quotary_spec.register.products import PRODUCT
from quotary_spec.rule import registered_rules

ENTRIES = list(CATALOGUE.values())


def test_entries_name_rules_and_rulings_that_are_there() -> None:
    rules.load()
    for entry in ENTRIES:
        assert re.fullmatch(r"\d{3}:[A-Z0-9]+(-[A-Z0-9]+)*", entry.id), entry.id
        assert entry.document in DOCUMENT, entry.id
        assert [id for id in entry.rules if id not in registered_rules()] == [], entry.id
        assert not entry.superseded or is_ruling(entry.superseded), entry.id


def test_entries_cite_lines_of_their_document() -> None:
    rules.load()
    for entry in ENTRIES:
        for passage in entry.cites:
            assert passage.document == entry.document, entry.id
            assert passage.last <= DOCUMENT[passage.document].lines, entry.id
        if not entry.cites:
            assert entry.kind == "rule", f"{entry.id}: only a rule has its passages from elsewhere"
            cited = [each for id in entry.rules for each in registered_rules()[id].info.passages]
            assert entry.document in {passage.document for passage in cited}, entry.id


def test_headings_lie_in_their_documents_once_each() -> None:
    at = [heading.at for heading in HEADINGS]
    assert len(set(at)) == len(at)
    assert at == sorted(at)
    assert all(heading.at.last <= DOCUMENT[heading.at.document].lines for heading in HEADINGS)


def test_counterparts_stand_in_different_documents() -> None:
    for id, others in COUNTERPARTS.items():
        assert all(other.id.partition(":")[0] != id.partition(":")[0] for other in others)
    for lost in LOST:
        assert lost.here.document != lost.there.document


def test_no_sentence_of_a_document_is_copied(shared: Path) -> None:
    rules.load()
    run = 10  # a rule keeps the documents' terms, so that short runs are the same by nature

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[start : start + run]) for start in range(len(words) - run + 1)}

    published = set().union(*(runs(path.read_text("utf-8")) for path in (shared / "sources").glob("*.txt")))
    names = {word for product in PRODUCT.values() for word in re.findall(r"\w+", product.name.lower())}
    ours = {f"{entry.id} {entry.statement} {entry.note}" for entry in ENTRIES}
    ours |= {heading.title for heading in HEADINGS}
    ours |= {rule.info.statement for rule in registered_rules().values()}
    copied = {text: [" ".join(each) for each in runs(text) & published if not set(each) <= names] for text in ours}
    assert {text: found for text, found in copied.items() if found} == {}


# ---- the account itself


def entry(id: str, **more: object) -> CatalogueEntry:
    plain: dict[str, object] = {"area": "fees", "kind": "rule", "rules": ("FEE-RATE",), "vectors": ("v",)}
    text: dict[str, object] = {"cites": passages("000:689"), "statement": "", "note": "", "superseded": ""}
    return CatalogueEntry(id=id, **(plain | text | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ""),
        ({"rules": ("NO-SUCH",)}, "unknown rules"),
        ({"vectors": ("w",)}, "unknown vectors"),
        ({"vectors": ()}, "worked examples without a vector"),
        ({"vectors": (), "superseded": "R-12"}, ""),
        ({"vectors": (), "superseded": "R-99"}, "superseded by an unknown ruling"),
        ({"id": "000:OTHER"}, "entries that the catalogue does not have"),
    ],
)
def test_each_fault_is_counted(change: dict[str, object], fault: str) -> None:
    one = entry(**({"id": "000:ONE"} | change))  # type: ignore[arg-type]
    account = Account()
    account_for_map(account, {one.id: one}, {"v"})
    account_for_catalogue(account, {"000:ONE": Catalogued("000:ONE", "computable", 1)}, {one.id: one})
    elsewhere = "entries named elsewhere that the catalogue does not have"
    found = {name for name, ids in account.faults.items() if ids} - {elsewhere}
    assert found == ({fault, "entries without a place in the map"} if "id" in change else {fault} - {""})


def test_an_entry_that_is_not_in_the_map_is_counted() -> None:
    account = Account()
    account_for_catalogue(account, {"000:ONE": Catalogued("000:ONE", "computable", 0)}, {})
    assert account.faults["entries without a place in the map"] == ["000:ONE"]


def test_the_map_names_no_rule_or_vector_that_is_not_there() -> None:
    account = Account()
    account_for_map(account, CATALOGUE, {vector.id for vector in shipped_vectors()})
    assert {name: ids for name, ids in account.faults.items() if ids} == {}


def test_the_command_ends_with_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--check"])
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    count = re.fullmatch(r"unaccounted: (\d+)", last)
    assert count
    assert status == (int(count[1]) > 0)
