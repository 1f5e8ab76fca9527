"""The book of an edition: figures by key, and a digest that a figure or a line of logic changes and words do not."""

from __future__ import annotations

import hashlib
import linecache
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from quotary_spec import rulebook, rules
from quotary_spec.register import files
from quotary_spec.register.editions import DEFAULT_EDITION, EDITIONS
from quotary_spec.rule import DataStep, registered_rules, tracing
from quotary_spec.rulebook import BOOK, DEFAULT_BOOK

REGISTER = Path(str(files.ROOT))


def test_there_is_a_book_for_each_edition() -> None:
    assert tuple(BOOK) == EDITIONS
    assert DEFAULT_BOOK is BOOK[DEFAULT_EDITION] is BOOK["2026"]
    assert BOOK["2024"].documents == {"001", "002", "003"}


def test_figures_are_read_by_key_and_noted() -> None:
    book = BOOK["2026"]
    with tracing() as trace:
        assert book.decimal("fee.rate.TR") == Decimal("0.075")
        assert book.day("eol.data-center.new-customers") == date(2026, 3, 30)
        assert book.integer("guard.reactivation.days") == 14
        assert book.text("guard.cancel.word.nl") == "AFMELDEN"
    assert [step.row.key for step in trace.steps() if isinstance(step, DataStep)] == [
        "fee.rate.TR",
        "eol.data-center.new-customers",
        "guard.reactivation.days",
        "guard.cancel.word.nl",
    ]


def test_what_an_edition_does_not_print() -> None:
    book = BOOK["2021"]
    assert not book.prints("fee.rate.TR")
    assert book.guidance("fee.rate.TR") is None
    assert book.if_printed(book.decimal, "fee.rate.TR") is None
    assert book.texts("fee.countries", silent=()) == ()
    assert book.rows("tax.local-currencies", silent=()) == ()
    readers: list[Callable[[str], object]] = [book.decimal, book.texts, book.rows, book.row]
    for read in readers:
        with pytest.raises(KeyError):
            read("fee.rate.TR")


def test_the_register_is_every_toml_file_once_in_order() -> None:
    listed = [path for path, _ in files.every_file()]
    on_disk = {path.relative_to(REGISTER).as_posix() for path in REGISTER.rglob("*.toml")}
    assert set(listed) == on_disk
    assert len(listed) == len(on_disk)
    assert all((REGISTER / path).read_bytes() == content for path, content in files.every_file())


@pytest.fixture
def digest_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[tuple[str, bytes]]], str]:
    def of(register: list[tuple[str, bytes]]) -> str:
        monkeypatch.setattr(rulebook, "every_file", lambda: iter(register))
        return rulebook.digest.__wrapped__()

    return of


def test_a_file_of_the_register_changes_the_digest(digest_of: Callable[[list[tuple[str, bytes]]], str]) -> None:
    register = [("a.toml", b"x = 1"), ("b.toml", b"y = 2")]
    digests = {
        digest_of(register),
        digest_of([("a.toml", b"x = 2"), ("b.toml", b"y = 2")]),
        digest_of([("c.toml", b"x = 1"), ("b.toml", b"y = 2")]),
        digest_of(register[:1]),
        digest_of([]),
    }
    assert len(digests) == 5
    assert digest_of(register) == digest_of(register)
    assert all(len(each) == 64 for each in digests)


def test_the_digest_is_made_of_the_register_and_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rulebook.digest.__wrapped__()
    assert rulebook.digest() == whole
    monkeypatch.setattr(rulebook, "registered_rules", dict)
    only_register = hashlib.sha256()
    for path, content in files.every_file():
        only_register.update(path.encode() + b"\0" + content + b"\0")
    assert rulebook.digest.__wrapped__() == only_register.hexdigest() != whole


def written(amount: int, least: int = 1) -> int:
    """One way to write it."""
    return amount if amount > least else least


def test_words_and_layout_do_not_change_a_rules_syntax_and_logic_does() -> None:
    first = rulebook._syntax(written)
    variants: dict[str, Callable[..., object]] = {}
    source = (
        ("same", "def written(amount: float, least: int = 1) -> object:\n    'Otherwise.'\n    # why\n"),
        ("default", "def written(amount: int, least: int = 2) -> int:\n"),
        ("name", "def written(total: int, least: int = 1) -> int:\n"),
    )
    for name, head in source:
        variants[name] = define(f"{head}    return amount if amount > least else least\n")
    variants["bound"] = define(
        "def written(amount: int, least: int = 1) -> int:\n    return amount if amount >= least else least\n"
    )
    variants["decorated"] = define(
        "@staticmethod\ndef written(amount, least=1):\n    return (amount if\n      amount > least else least)\n"
    )
    same = {name for name, function in variants.items() if rulebook._syntax(function) == first}
    assert same == {"same", "decorated"}


def define(source: str) -> Callable[..., object]:
    """A function whose source can be read."""
    file = f"<{hashlib.sha256(source.encode()).hexdigest()}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace: dict[str, Callable[..., object]] = {}
    exec(compile(source, file, "exec"), namespace)
    return namespace["written"]


def test_a_folder_is_read_by_name_and_only_its_toml_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROOT", tmp_path)
    (tmp_path / "reasons").mkdir()
    for name in ("b.toml", "a.toml"):
        (tmp_path / "reasons" / name).write_text(f"name = '{name}'")
    (tmp_path / "reasons" / "c.txt").write_text("other")
    (tmp_path / "top.toml").write_text("top = true")
    assert list(files.read_folder("reasons")) == [("a", {"name": "a.toml"}), ("b", {"name": "b.toml"})]
    assert list(files.read_folder("parameters")) == []
    assert [path for path, _ in files.every_file()] == ["top.toml", "reasons/a.toml", "reasons/b.toml"]


def test_loading_registers_every_rule() -> None:
    """In a process that has imported nothing else."""
    count = "from quotary_spec import rule, rules; rules.load(); print(len(rule.registered_rules()))"
    counted = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True)
    rules.load()
    assert int(counted.stdout) == len(registered_rules()) > 0
