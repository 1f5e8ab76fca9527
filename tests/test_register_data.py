"""The register's data: documents, editions, products, rulings and general reasons, read as they stand on disk."""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quotary_conformance.vectors import load
from quotary_spec.passage import passages
from quotary_spec.register import catalogue, counterparts, headings, parameters, reasons
from quotary_spec.register.editions import DOCUMENT, EDITION
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.register.products import PRODUCT, find_product

REGISTER = Path(__file__).resolve().parents[1] / "spec" / "quotary_spec" / "register"

PASSAGE = re.compile(r"\b(\d{3}):(\d+)(?:-(\d+))?(?!\d)")
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
RULING_ID = re.compile(r"R-\d{2}(?:-[A-Z0-9]+)*")
REASON_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,62}")

PLATFORMS = {"cloud", "data_center", "server", "government_cloud"}
KINDS = {"app", "bundle", "marketplace_app"}
OUTCOMES = {"GRANTED", "REFUSED", "UNDETERMINED", "NOT_COVERED", "ERROR"}

# The points R-32 names, and the entry that lists the readings of each.
CONTESTED = {
    "R-12-SAAS",
    "R-13-ADDING-UP",
    "R-14-SAME-DAY",
    "R-15-MEXICO-RUSSIA-JCT",
    "R-16-COLORADO",
    "R-16-TRELLO",
    "R-16-APPS",
    "R-19-301",
    "R-20-SELF-ANCHOR",
    "R-20-WHOLE-MONTHS",
    "R-20-DATA-CENTER-FLOOR",
    "R-21-VALUE",
    "R-21-DATA-CENTER",
    "R-22-APPS",
    "R-23-VALIDITY-2024",
    "R-23-CHANGES-2026",
    "R-24-ORIGINAL-2026",
    "R-25-2021",
    "R-26-CHEQUE",
    "R-28-SEVEN-DAYS",
    "R-28-10000",
    "R-35-ADMIN",
    "R-38-PARTNERS",
    "R-40-SIZE",
}
GUARD = "R-29-GUARD-A"


def read(name: str) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((REGISTER / name).read_text(encoding="utf-8"))


DOCUMENTS = read("editions.toml")["document"]
EDITIONS = read("editions.toml")["edition"]
PRODUCTS = read("products.toml")["product"]
RULINGS = read("rulings.toml")["ruling"]
REASON_FILES = sorted((REGISTER / "reasons").glob("*.toml"))
REASONS = [reason for path in REASON_FILES for reason in read(f"reasons/{path.name}")["reason"]]

LINES = {document["id"]: document["lines"] for document in DOCUMENTS}
EDITION_DOCUMENTS = {edition["id"]: edition["documents"] for edition in EDITIONS}


def repeated(values: list[str]) -> set[str]:
    return {value for value in values if values.count(value) > 1}


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def strings(value: object) -> Iterator[str]:
    """Every string inside a table, at any depth."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)


def lines_of(shared: Path, document: str) -> list[str]:
    """The lines of a document, counted as its passages count them."""
    (path,) = (shared / "sources").glob(f"{document}_*.txt")
    return path.read_text(encoding="utf-8").split("\n")


def passage_text(shared: Path, cite: str) -> str:
    document, first, last = PASSAGE.fullmatch(cite).groups()  # type: ignore[union-attr]
    return " ".join(lines_of(shared, document)[int(first) - 1 : int(last or first)])


# ---- documents and editions


def test_document_and_edition_ids_are_unique() -> None:
    assert not repeated([document["id"] for document in DOCUMENTS])
    assert not repeated([edition["id"] for edition in EDITIONS])
    assert not repeated([document["file"] for document in DOCUMENTS])


def test_editions_are_in_order_and_the_newest_is_last() -> None:
    assert [edition["id"] for edition in EDITIONS] == sorted(edition["id"] for edition in EDITIONS)


def test_every_document_is_cited_and_every_edition_is_asked() -> None:
    """A document that is registered and not read, or an edition that no vector asks, was forgotten half way."""
    read_from = {passage.document for rows in PARAMETERS.values() for row in rows.values() for passage in row.passages}
    assert DOCUMENT.keys() - read_from == set()
    assert EDITION.keys() - {vector.edition for vector in load()} == set()


def test_an_edition_takes_one_snapshot_per_family() -> None:
    families = {document["id"]: document["family"] for document in DOCUMENTS}
    for edition in EDITIONS:
        taken = [families[document] for document in edition["documents"]]
        assert not repeated(taken), edition["id"]
    assert {document for edition in EDITIONS for document in edition["documents"]} == set(families)


def test_documents_are_the_published_files(shared: Path) -> None:
    published = {path.name for path in (shared / "sources").glob("*.txt")}
    assert {document["file"] for document in DOCUMENTS} == published
    for document in DOCUMENTS:
        content = (shared / "sources" / document["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == document["sha256"], document["id"]
        assert len(lines_of(shared, document["id"])) == document["lines"], document["id"]
        assert document["file"].startswith(document["id"] + "_")


@pytest.mark.parametrize("file", sorted(path.relative_to(REGISTER).as_posix() for path in REGISTER.rglob("*.toml")))
def test_passages_lie_inside_their_documents(file: str) -> None:
    for text in strings(read(file)):
        for document, first, last in PASSAGE.findall(text):
            assert document in LINES, f"{file}: {document}:{first}"
            assert 1 <= int(first) <= int(last or first) <= LINES[document], f"{file}: {document}:{first}-{last}"


# ---- products


def test_product_names_are_unique_and_are_slugs() -> None:
    names = [name for product in PRODUCTS for name in [product["id"], *product["aliases"]]]
    assert not repeated(names)
    assert [name for name in names if not SLUG.fullmatch(name)] == []
    assert not repeated([product["name"] for product in PRODUCTS])


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["id"])
def test_product_values_are_registered_ones(product: dict[str, Any]) -> None:
    assert set(product) == {"id", "name", "aliases", "platforms", "plans", "kind", "cite"}
    assert set(product["platforms"]) <= PLATFORMS
    assert not repeated(product["platforms"]) | repeated(product["plans"])
    assert all(SLUG.fullmatch(plan) for plan in product["plans"])
    assert product["kind"] in KINDS
    assert product["cite"]
    assert all(PASSAGE.fullmatch(cite) for cite in product["cite"])


LISTS = ("term.core-products", "currency.usd-only-products")


def listed(key: str) -> dict[str, set[str]]:
    """The products that a list of the register names, by edition."""
    rows = {edition: rows[key].value for edition, rows in PARAMETERS.items() if key in rows}
    return {edition: set(value) for edition, value in rows.items() if isinstance(value, tuple)}


def test_products_quoted_in_dollars_only_are_cloud_products() -> None:
    assert all("cloud" in PRODUCT[id].platforms for ids in listed("currency.usd-only-products").values() for id in ids)


def test_core_products_are_the_ten_and_the_eight_listed() -> None:
    core = listed("term.core-products")
    assert core.keys() >= {"2024", "2026"}
    assert len(core["2024"]) == 10
    assert len(core["2026"]) == 8
    assert core["2024"] - core["2026"] == {"fisheye", "crucible"}
    assert core["2024"] <= set(PRODUCT)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["id"])
def test_cited_lines_name_the_product(product: dict[str, Any], shared: Path) -> None:
    names = {product["id"], slug(product["name"]), *product["aliases"]}
    lists = [PARAMETERS[edition][key] for key in LISTS for edition, ids in listed(key).items() if product["id"] in ids]
    for cite in [*product["cite"], *(str(each) for row in lists for each in row.passages)]:
        text = f"-{slug(passage_text(shared, cite))}-"
        assert any(f"-{name}-" in text for name in names), f"{product['id']} is not named at {cite}"


def test_every_product_the_core_lists_name_is_registered_as_core(shared: Path) -> None:
    for edition, cite in [("2024", "002:850"), ("2026", "000:939")]:
        text = passage_text(shared, cite).partition("include ")[2].rstrip(". ")
        named = {slug(name) for name in re.split(r",\s*(?:&\s*)?", text)}
        registered = {id: {id, *PRODUCT[id].aliases} for id in listed("term.core-products")[edition]}
        assert len(named) == len(registered)
        assert all(any(name in names for names in registered.values()) for name in named), named


# ---- rulings


def test_ruling_ids_are_unique_and_well_formed() -> None:
    ids = [ruling["id"] for ruling in RULINGS]
    assert not repeated(ids)
    assert [name for name in ids if not RULING_ID.fullmatch(name)] == []


def test_every_ruling_of_the_series_is_there() -> None:
    assert {r["id"] for r in RULINGS if "parent" not in r} == {f"R-{number:02}" for number in range(1, 42)}


@pytest.mark.parametrize("ruling", RULINGS, ids=lambda ruling: ruling["id"])
def test_a_contested_ruling_and_no_other_has_readings(ruling: dict[str, Any]) -> None:
    assert set(ruling) <= {"id", "parent", "title", "text", "contested", "reading"}
    readings = ruling.get("reading", [])
    if ruling["contested"]:
        assert len(readings) >= 2
        assert not repeated([reading["id"] for reading in readings])
        assert not repeated([reading["text"] for reading in readings])
        assert all(SLUG.fullmatch(reading["id"]) for reading in readings)
    else:
        assert readings == []
    assert ruling["title"]
    assert ruling["text"]


def test_a_contested_ruling_belongs_to_the_ruling_its_id_begins_with() -> None:
    parents = {ruling["id"] for ruling in RULINGS if "parent" not in ruling}
    for ruling in RULINGS:
        assert ruling["contested"] == ("parent" in ruling), ruling["id"]
        if "parent" in ruling:
            assert ruling["parent"] in parents, ruling["id"]
            assert ruling["id"].startswith(ruling["parent"] + "-")


def test_the_contested_points_are_those_named() -> None:
    contested = {ruling["id"] for ruling in RULINGS if ruling["contested"]}
    assert {name for name in contested if not name.startswith(GUARD)} == CONTESTED
    assert {ruling["parent"] for ruling in RULINGS if ruling["id"].startswith(GUARD)} == {"R-29"}


def test_what_the_list_of_contested_points_names_has_readings(shared: Path) -> None:
    listing = (shared / "rulings.md").read_text(encoding="utf-8").partition("**R-32 Contested.**")[2]
    named = set(re.findall(r"R-\d{2}", listing))
    assert named
    assert named == {ruling["parent"] for ruling in RULINGS if ruling["contested"]}


def test_every_guard_assumption_with_an_alternative_is_contested(shared: Path) -> None:
    register = (shared / "rules" / "guard-model.md").read_text(encoding="utf-8").partition("Assumption register")[2]
    rows = re.findall(r"^\| (A-\d+)[^|]*\|[^|]*\| ([^|]+?) \|$", register, flags=re.MULTILINE)
    # A row of two assumptions is known here by its first: are one entry, A-17 and A-18 are two.
    with_alternative = {name.replace("-", "") for name, alternative in rows if alternative != "–"}
    assert len(rows) > 10
    registered = {ruling["id"].removeprefix("R-29-GUARD-") for ruling in RULINGS if ruling["id"].startswith(GUARD)}
    assert registered == with_alternative | {"A18"}


def test_the_series_is_the_published_one(shared: Path) -> None:
    text = (shared / "rulings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\*\*(R-\d{2}) ", text)) == {r["id"] for r in RULINGS if "parent" not in r}


# ---- reasons


def test_reason_codes_are_unique_over_all_areas() -> None:
    assert REASON_FILES
    assert not repeated([reason["code"] for reason in REASONS])


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason["code"])
def test_a_reason_has_an_outcome_a_text_and_a_remedy(reason: dict[str, Any]) -> None:
    assert set(reason) == {"code", "outcome", "text", "remedy"}
    assert REASON_CODE.fullmatch(reason["code"])
    assert reason["outcome"] in OUTCOMES
    assert reason["text"].endswith(".")
    assert reason["remedy"].endswith(".")


# ---- wording


@pytest.mark.parametrize("file", ["editions.toml", "products.toml", "rulings.toml", "reasons/general.toml"])
def test_no_sentence_of_a_document_is_copied(file: str, shared: Path) -> None:
    run = 8  # words in a row that nobody writes twice by chance

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[start : start + run]) for start in range(len(words) - run + 1)}

    published = set().union(*(runs(" ".join(lines_of(shared, document))) for document in LINES))
    ours = set().union(*(runs(text) for text in strings(read(file))))
    # Names of products in the order of a list are facts, not a sentence.
    names = {word for product in PRODUCTS for word in re.findall(r"\w+", product["name"].lower())}
    assert [copied for copied in ours & published if not set(copied) <= names] == []


# ---- what the readers of these files refuse


ENTRY = {"id": "000:X", "class": "rule", "rules": ["FEE-RATE"]}
FIGURE = {"integer": 3, "cite": "000:1"}
UNSOUND: dict[str, tuple[Any, dict[str, Any], str]] = {
    "an entry stands twice": (catalogue, {"entry": [ENTRY, ENTRY]}, "stands twice"),
    "an entry has an unknown class": (catalogue, {"entry": [ENTRY | {"class": "wish"}]}, "no known class"),
    "a computed entry names no rule": (catalogue, {"entry": [ENTRY | {"rules": []}]}, "names no rule"),
    "a stated entry says nothing": (catalogue, {"entry": [ENTRY | {"class": "lookup"}]}, "no statement"),
    "nothing says why": (catalogue, {"entry": [ENTRY | {"class": "not_modelled"}]}, "does not say why"),
    "a figure stands twice": (
        parameters,
        {"x": [FIGURE | {"cite": "001:1"}, FIGURE]},
        "area.toml: x stands twice in 2026",
    ),
    "a figure cites no document": (parameters, {"x": [FIGURE | {"cite": ""}]}, "area.toml: x cites no document"),
    "a figure is narrowed elsewhere": (parameters, {"x": [FIGURE | {"only": "2024"}]}, "citations do not give: 2024"),
    "a figure has no value": (parameters, {"x": [{"cite": "000:1"}]}, "no value of a known type"),
    "a figure has a value of another type": (parameters, {"x": [FIGURE | {"integer": "3"}]}, "known type"),
    "a reason stands twice": (
        reasons,
        {"reason": [{"code": "A", "outcome": "ERROR", "text": "a", "remedy": "b"}] * 2},
        "two reasons",
    ),
}


@pytest.mark.parametrize("case", UNSOUND, ids=str)
def test_an_unsound_folder_is_refused(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, data, said = UNSOUND[case]
    monkeypatch.setattr(reader, "read_folder", lambda folder: iter([("area", data)]))
    with pytest.raises(ValueError, match=said):
        reader._load()


def test_a_figure_is_read_for_each_of_its_editions(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {
        "n": [
            {"integer": 3, "cite": "002:1 000:1", "ruling": "R-01 R-02", "only": "2024"},
            {"flag": False, "cite": "000:2"},
        ],
        "d": [{"decimal": "0.50", "cite": "000:3"}],
        "t": [{"rows": [{"place": "a"}], "cite": "000:4"}],
    }
    monkeypatch.setattr(parameters, "read_folder", lambda folder: iter([("area", data)]))
    read = parameters._load()
    old = read["2024"]["n"]
    assert (old.value, old.rulings, [str(each) for each in old.passages]) == (3, ("R-01", "R-02"), ["002:1"])
    assert read["2026"]["n"].value is False
    assert str(read["2026"]["d"].value) == "0.50"
    assert read["2026"]["t"].value == ({"place": "a"},)
    assert set(read["2024"]) == {"n"}
    assert not read["2021"]


@pytest.mark.parametrize(
    "row", [{"at": "000:1", "title": "A"}, {"at": "000:1", "title": "A", "entries": "X", "none": "nothing"}]
)
def test_a_heading_has_entries_or_a_reason(row: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headings, "read", lambda name: {"heading": [row]})
    with pytest.raises(ValueError, match="entries, or a reason"):
        headings._load()


def test_counterparts_stand_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        counterparts,
        "read",
        lambda name: {
            "entries": {"002:A": "000:A same, 000:B differs", "001:C": "002:A differs"},
            "stands": {"000:D": "002:10-12 001:3"},
        },
    )
    found, stands, lost = counterparts._load()
    pairs = {id: [(each.id, each.same) for each in others] for id, others in found.items()}
    assert pairs == {
        "002:A": [("000:A", True), ("000:B", False), ("001:C", False)],
        "000:A": [("002:A", True)],
        "000:B": [("002:A", False)],
        "001:C": [("002:A", False)],
    }
    assert lost == ()
    assert stands == {"000:D": passages("002:10-12 001:3")}
    monkeypatch.setattr(counterparts, "read", lambda name: {"entries": {"002:A": "000:A resembles"}})
    with pytest.raises(ValueError, match="not resembles"):
        counterparts._load()


def test_a_product_is_found_by_its_id_and_its_other_names() -> None:
    for entry in PRODUCT.values():
        assert all(find_product(name) is entry for name in (entry.id, *entry.aliases))
    assert find_product("no-such-product") is None
