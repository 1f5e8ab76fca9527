"""Every citation of the rule book: registered, inside its document, and with the text it had when it was registered."""

import ast
import hashlib
import inspect
import re
import textwrap
import tomllib
from pathlib import Path

import pytest

from coverage_report import read_catalogue, shipped_vectors
from quotary_spec import rules
from quotary_spec.passage import Passage
from quotary_spec.register import passages
from quotary_spec.register.catalogue import CATALOGUE
from quotary_spec.register.counterparts import LOST
from quotary_spec.register.editions import DOCUMENT
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.register.rulings import RULING
from quotary_spec.rule import RuleFunction, registered_rules

rules.load()
RULES = list(registered_rules().values())
MOST_LINES = 25


@pytest.fixture(scope="module")
def sources(shared: Path) -> passages.Sources:
    return passages.Sources(shared / "sources")


def test_every_citation_is_registered_and_nothing_else() -> None:
    """Where this fails after a change of citations: make passages-accept."""
    assert list(passages.faults(passages.Sources())) == []


def test_every_text_is_what_it_was(sources: passages.Sources) -> None:
    assert list(passages.faults(sources)) == []


def test_another_text_another_line_and_a_new_citation_are_noticed(
    sources: passages.Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, unknown, uncited = Passage.parse("000:689"), Passage.parse("000:1"), Passage.parse("000:2")
    monkeypatch.setattr(passages, "cited_passages", lambda: {known, unknown})
    monkeypatch.setattr(passages, "registered_passages", lambda: {known: "0" * 64, uncited: sources.sha256(uncited)})
    assert list(passages.faults(sources)) == [
        "000:1 is cited and not registered",
        "000:2 is registered and not cited",
        "000:689 has another text than when it was registered",
    ]


def test_the_text_of_a_passage_is_its_lines(tmp_path: Path) -> None:
    (tmp_path / "009_notes.txt").write_text("one\ntwo\nthree", "utf-8")
    (tmp_path / "009_notes.md").write_text("not a document", "utf-8")
    read = passages.Sources(tmp_path)
    assert read.text(Passage("009", 1, 1)) == "one"
    assert read.text(Passage("009", 2, 3)) == "two\nthree"
    assert read.sha256(Passage("009", 1, 1)) == hashlib.sha256(b"one").hexdigest()
    for beyond in (Passage("009", 2, 4), Passage("008", 1, 1)):
        with pytest.raises(ValueError, match="the document has"):
            read.text(beyond)


def test_the_command_registers_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "009_notes.txt").write_text("one\ntwo\nthree", "utf-8")
    cited = {Passage("009", 2, 3), Passage("009", 1, 1)}
    monkeypatch.setattr(passages, "cited_passages", lambda: cited)
    monkeypatch.setattr(passages, "ROOT", tmp_path)
    monkeypatch.setattr(passages, "DOCUMENT", {"009": None})
    monkeypatch.setattr(passages, "read", lambda name: tomllib.loads((tmp_path / name).read_text("utf-8")))
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "passages.toml").write_text("[sha256]\n", "utf-8")
    here = ["--sources", str(tmp_path)]
    assert passages.main(here) == 0
    assert capsys.readouterr().out == "2 passages registered\n"
    assert list(passages.registered_passages()) == sorted(cited)
    assert passages.main(["--check", *here]) == 0
    assert capsys.readouterr().out == "passages: 2, faults: 0\n"
    cited.add(Passage("009", 2, 2))
    assert passages.main(["--check", *here]) == 1
    assert "009:2 is cited and not registered\npassages: 2, faults: 1\n" in capsys.readouterr().out
    assert passages.main(["--check"]) == 1
    assert "not compared, since the documents are not there (--sources): 009\n" in capsys.readouterr().out
    assert passages.main([]) == 1
    assert "009:2 is new, and document 009 is not there" in capsys.readouterr().out


def test_a_new_document_is_registered_without_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "009_notes.txt").write_text("one", "utf-8")
    (tmp_path / "generated").mkdir()
    (tmp_path / "generated" / "passages.toml").write_text('[sha256]\n"008:4" = "abc"\n', "utf-8")
    monkeypatch.setattr(passages, "cited_passages", lambda: {Passage("008", 4, 4), Passage("009", 1, 1)})
    monkeypatch.setattr(passages, "ROOT", tmp_path)
    monkeypatch.setattr(passages, "read", lambda name: tomllib.loads((tmp_path / name).read_text("utf-8")))
    assert passages.main(["--sources", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "2 passages registered\n"
    assert passages.registered_passages()[Passage("008", 4, 4)] == "abc"


def test_every_citation_lies_in_its_document() -> None:
    for passage in passages.cited_passages():
        assert passage.last <= DOCUMENT[passage.document].lines, passage


def test_what_is_cited_is_not_empty(sources: passages.Sources) -> None:
    """Only an entry that says so may cite text that is lost."""
    cited = {passage for rule in RULES for passage in rule.info.passages}
    cited |= {passage for rows in PARAMETERS.values() for row in rows.values() for passage in row.passages}
    cited |= {lost.there for lost in LOST}
    assert [str(passage) for passage in sorted(cited) if not sources.text(passage).strip()] == []


# ---- rulings


def ruling_ids() -> list[tuple[str, str]]:
    """Every ruling that is cited, with who cites it."""
    found = [(rule.info.id, id) for rule in RULES for id in rule.info.rulings]
    found += [(key, id) for rows in PARAMETERS.values() for key, row in rows.items() for id in row.rulings]
    found += [(vector.id, id) for vector in shipped_vectors() for id in vector.rulings]
    found += [(vector.id, reading.ruling) for vector in shipped_vectors() for reading in vector.readings]
    return found + [(entry.id, entry.superseded) for entry in CATALOGUE.values() if entry.superseded]


def as_reading(id: str) -> str | None:
    """The catalogue entry whose suggested reading is cited as a ruling."""
    match = re.fullmatch(r"R-(\d{3})-([A-Z0-9]+(?:-[A-Z0-9]+)*)", id)
    return f"{match[1]}:{match[2]}" if match and match[1] in DOCUMENT else None


def test_every_ruling_cited_exists() -> None:
    assert [(who, id) for who, id in ruling_ids() if id not in RULING and as_reading(id) is None] == []


def test_every_reading_cited_is_of_an_entry_that_exists(shared: Path) -> None:
    entries = read_catalogue(shared / "rules")
    cited = {(who, as_reading(id)) for who, id in ruling_ids() if id not in RULING}
    assert [(who, entry) for who, entry in sorted(cited, key=str) if entry not in entries] == []


def test_a_reading_names_the_ruling_it_is() -> None:
    """So that the trace of an answer, which shows no docstring, still says that the text was read."""
    assert [rule.info.id for rule in RULES if rule.info.reading and not rule.info.rulings] == []


# ---- rules


def test_rules_are_short_and_say_what_they_are() -> None:
    for rule in RULES:
        assert rule.info.statement.endswith((".", ":")), f"{rule.info.id}: the statement is a sentence"
        assert len(rule.info.statement) >= 20, rule.info.id
        assert code_lines(rule) <= MOST_LINES, rule.info.id


def code_lines(rule: RuleFunction[..., object]) -> int:
    """Lines of the function without its decorator, docstring and empty lines."""
    source = textwrap.dedent(inspect.getsource(rule.logic))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    docstring = function.body[0]
    skipped = set(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    lines = source.splitlines()
    return sum(
        bool(line.strip())
        for number, line in enumerate(lines, 1)
        if number >= function.lineno and number not in skipped
    )
