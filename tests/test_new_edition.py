"""What docs/adding-an-edition.md says, done in a copy: one changed figure is four files, and nothing else changes."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quotary_spec.passage import Passage
from quotary_spec.register import new_edition, passages
from quotary_spec.rule import registered_rules

ROOT = Path(__file__).resolve().parents[1]
REGISTER = Path("spec/quotary_spec/register")
AMENDMENT = "Amendment\n\nFrom now on the administration fee in Turkey is 8 %.\n"
ROWS = (
    """[["fee.rate.TR"]]
decimal = "0.075"
cite = "002:633 000:689"
""",
    """only = "2024 2026"

[["fee.rate.TR"]]
decimal = "0.08"
cite = "005:3"
""",
)
VECTOR = """# The rate of Turkey's administration fee as the amending document has it.
vectors:
  - id: fee-turkey-2027
    title: The amended rate
    call: QuoteService.PriceQuote
    edition: "2027"
    level: REQUIRED
    cites: ["005:3"]
    request:
      order:
        deal:
          order_date: 2027-03-01
          channel: CHANNEL_DIRECT
          billing_party: {address: {region_code: TR}}
        lines:
          - product: {id: jira, platform: PLATFORM_DATA_CENTER}
            price: {unit_price: "180"}
    working: 8 % of 180.00 = 14.40
    expect: {fee: {rate: "0.08", base: 180.00 USD, amount: 14.40 USD}}
"""
FILES = {
    REGISTER / "editions.toml",
    REGISTER / "parameters" / "fees.toml",
    REGISTER / "generated" / "passages.toml",
    Path("conformance/vectors/fees/amended.yaml"),
}


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the copy; the server and the clients are those of the project."""
    paths = (folder / "spec", folder / "conformance", ROOT / "server", ROOT / "clients" / "python", ROOT / "tests")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "COLUMNS": "200"}
    command = (sys.executable, *arguments)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rule book and its vectors with the edition 2027, in which an amending document raises Turkey's fee."""
    folder = tmp_path_factory.mktemp("edition")
    for part in ("spec", "conformance"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "clients").symlink_to(ROOT / "clients")
    sources = folder / "sources"
    sources.mkdir()
    (sources / "005_turkey.txt").write_text(AMENDMENT, "utf-8")
    asked = ("--id", "2027", "--document", "005", "--sources", str(sources))
    begun = python(folder, "-m", "quotary_spec.register.new_edition", *asked)
    assert begun.returncode == 0, begun.stderr
    fees = folder / REGISTER / "parameters" / "fees.toml"
    text = fees.read_text("utf-8")
    assert text.count(ROWS[0]) == 1
    fees.write_text(text.replace(ROWS[0], "".join(ROWS)), "utf-8")
    registered = python(folder, "-m", "quotary_spec.register.passages", "--sources", str(sources))
    assert registered.returncode == 0, registered.stdout + registered.stderr
    (folder / "conformance" / "vectors" / "fees" / "amended.yaml").write_text(VECTOR, "utf-8")
    return folder


def changed(folder: Path) -> Iterator[Path]:
    for part in ("spec", "conformance"):
        for path in (folder / part).rglob("*"):
            mine = path.relative_to(folder)
            if (
                path.is_file()
                and path.suffix != ".pyc"
                and not ((ROOT / mine).is_file() and filecmp.cmp(path, ROOT / mine, shallow=False))
            ):
                yield mine


def test_one_changed_figure_is_four_files(copy: Path) -> None:
    assert set(changed(copy)) == FILES


def test_the_price_is_moved_by_that_row_alone(copy: Path) -> None:
    order = str(ROOT / "examples" / "turkey.yaml")
    told = python(copy, "-c", "from quotary.cli import main; main()", "price", order, "--compare", "2026", "2027")
    assert told.returncode == 0, told.stderr
    assert "334.53" in told.stdout
    assert "335.59" in told.stdout
    assert "fee.rate.TR" in told.stdout


PUT = """
from dataclasses import replace
import grpc
from quotary_conformance.running import Manner, Verdict, run
from quotary_conformance.vectors import load
from quotary_server.app import start
from quotary_server.settings import Settings
from quotary_spec.rulebook import BOOK
from sampling import every

# What is asked of the book itself tells the new edition, as it must.
vectors = [each for each in load() if each.area != "rulebook"]
running = start(Settings(port=0, grace_seconds=0, log_level="error", store_url="sqlite:///put.db"))
with grpc.insecure_channel(running.address) as channel:
    def differ(some):
        return [each for each in run(some, channel, manner=Manner(allowed=None)) if each.verdict is not Verdict.AGREED]
    own = [each for each in vectors if each.edition == "2027"]
    print("own", len(own), len(differ(own)))
    later = [replace(each, edition="2027") for each in vectors if each.edition == "2026"]
    moved = differ(every(3, [each for each in later if each.area != "fees"]))
    moved += differ(each for each in later if each.area == "fees")
    book = BOOK["2027"]
    book.parameters = {**book.parameters, "fee.rate.TR": BOOK["2026"].parameters["fee.rate.TR"]}
    named = [each for each in moved if any("edition: expected 2026, got 2027" in fault for fault in each.faults())]
    left = [str(fault) for each in differ([each.vector for each in moved]) for fault in each.faults()]
    print("moved", len(moved) > len(named) > 0)
    print("left", [fault for fault in left if not fault.endswith("edition: expected 2026, got 2027")])
running.stop()
"""


def test_every_other_answer_is_that_of_the_edition_before(copy: Path) -> None:
    """Of the vectors of 2026 put to 2027, those that differ agree as soon as the row is put back."""
    told = python(copy, "-c", PUT)
    assert told.returncode == 0, told.stderr
    lines = [line for line in told.stdout.splitlines() if line.startswith(("own", "moved", "left"))]
    assert lines == ["own 1 0", "moved True", "left []"]


CITED = "test_passages.py::test_every_citation_is_registered_and_nothing_else"
SAYS = {
    REGISTER / "editions.toml": (CITED, "parameters/fees.toml: fee.rate.TR is narrowed to nothing, or not at all"),
    REGISTER / "parameters" / "fees.toml": (CITED, "005:3 is registered and not cited"),
    REGISTER / "generated" / "passages.toml": (CITED, "005:3 is cited and not registered"),
    Path("conformance/vectors/fees/amended.yaml"): (
        "test_register_data.py::test_every_document_is_cited_and_every_edition_is_asked",
        "2027",
    ),
}
"""What is told when a file is forgotten, and by which test."""


@pytest.mark.parametrize("forgotten", sorted(FILES), ids=lambda path: path.name)
def test_the_tests_say_what_was_forgotten(forgotten: Path, copy: Path) -> None:
    path, (check, said) = copy / forgotten, SAYS[forgotten]
    written = path.read_bytes()
    try:
        if (ROOT / forgotten).exists():
            shutil.copy(ROOT / forgotten, path)
        else:
            path.unlink()
        asked = str(ROOT / "tests" / check)
        told = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}", asked)
    finally:
        path.write_bytes(written)
    assert told.returncode != 0
    assert said in told.stdout + told.stderr


# ---- a new snapshot


def test_text_that_stands_unchanged_is_found_in_the_new_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "008_old.txt").write_text("one\ntwo\nthree\nfour\nfive", "utf-8")
    (tmp_path / "009_new.txt").write_text("new\none\ntwo\nfour\nnew\nfour\nfive!", "utf-8")
    sources = passages.Sources(tmp_path)
    cited = [Passage.parse(f"008:{lines}") for lines in ("1-2", "1", "3", "4", "5")]
    registered = {each: sources.sha256(each) for each in cited}
    monkeypatch.setattr(new_edition, "registered_passages", lambda: registered)
    places = new_edition.places_in_new("008", "009", sources)
    # Line 4 stands twice in the new document, and only a reader knows which is meant.
    assert {str(old): [str(each) for each in new] for old, new in places.items()} == {
        "008:1-2": ["009:2-3"],
        "008:1": ["009:2"],
        "008:3": [],
        "008:4": ["009:4", "009:6"],
        "008:5": [],
    }


def test_a_real_document_is_found_again_where_its_lines_have_moved(shared: Path, tmp_path: Path) -> None:
    """The last half of 000 stands before the first, below a new preface; one line is changed and ten are gone."""
    (old,) = (shared / "sources").glob("000_*.txt")
    lines = dict(enumerate(old.read_text("utf-8").split("\n"), 1))
    lines[689] += " (8 %)"
    half, gone = len(lines) // 2, range(601, 611)
    order = [n for n in (*range(half + 1, len(lines) + 1), *range(1, half + 1)) if n not in gone]
    (tmp_path / "005_new.txt").write_text("\n".join(["New."] * 7 + [lines[n] for n in order]), "utf-8")
    now = {n: place for place, n in enumerate(order, 8)}
    found = new_edition.places_in_new("000", "005", passages.Sources(tmp_path))
    lost = {passage for passage, here in found.items() if not here}
    touched = {
        passage
        for passage in found
        if {689, *gone} & set(range(passage.first, passage.last + 1)) or passage.first <= half < passage.last
    }
    assert lost == touched != set()
    for passage in found.keys() - lost:
        moved = Passage("005", now[passage.first], now[passage.first] + passage.last - passage.first)
        assert moved in found[passage], passage
    once = [here for here in found.values() if len(here) == 1]
    assert len(once) > 0.95 * len(found)
    left = list(new_edition.work_left(new_edition.cited_by("000"), found))
    assert any(line.startswith("000:689 (") and "changed or gone; cited by FEE-BEARING-TURKEY" in line for line in left)


PLACES = {Passage.parse("000:10"): [Passage.parse("005:12")], Passage.parse("000:11-12"): []}


def test_the_new_places_are_cited_beside_the_old_ones() -> None:
    row = '[["a.b"]]\ninteger = 3\ncite = "002:1 000:10 000:11-12"\n'
    assert new_edition.in_figures(row, PLACES) == row.replace("000:10", "000:10 005:12")
    assert new_edition.in_figures(row.replace("000:10 ", ""), PLACES) == row.replace("000:10 ", "")
    cell = '[["a.b"]]\ncite = "000:10"\n\n[["a.b".rows]]\nplace = { "002" = "here", "000" = "there" }\n'
    assert new_edition.in_figures(cell, PLACES) == cell.replace("000:10", "000:10 005:12").replace(
        '"000" = "there"', '"000" = "there", "005" = "there"'
    )
    assert new_edition.in_figures(cell.replace("000:10", "000:10 000:11-12"), PLACES).count('"there"') == 1
    rules = '@rule("A", "000:10 001:3")\ndef a(): ...\n\n\n@rule(\n    "B",\n    "000:101",\n)\ndef b(): "000:10"\n'
    assert new_edition.in_rules(rules, PLACES) == rules.replace('"000:10 ', '"000:10 005:12 ')


def test_long_citations_are_broken() -> None:
    cites = " ".join(f"000:{n}" for n in range(100, 130))
    literal = new_edition._literal(cites)
    assert max(map(len, literal.splitlines())) < 100
    assert "".join(line.strip().strip('"') for line in literal.splitlines()) == cites


def test_who_cites_a_document_is_known() -> None:
    found = new_edition.cited_by("001")
    assert all(passage.document == "001" for passage in found)
    named = {name for names in found.values() for name in names}
    citing = [each.info for each in registered_rules().values()]
    assert named > {info.id for info in citing if any(each.document == "001" for each in info.passages)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--id", "2026", "--document", "005"], "is registered already"),
        (["--id", "2027", "--document", "004"], "is registered already"),
        (["--id", "2027", "--document", "005", "--instead-of", "004"], "has no document 004"),
    ],
)
def test_what_cannot_be_begun(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        new_edition.main([*arguments, "--sources", str(tmp_path)])
    assert said in capsys.readouterr().err


def test_the_document_has_to_be_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new_edition.main(["--id", "2027", "--document", "005", "--sources", str(tmp_path)]) == 1
    assert "nothing was written" in capsys.readouterr().out
