"""How the rule book is laid out: one name for an area in every tree, and no edition named where rules are composed."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from parsed import nodes
from quotary_spec.register.editions import EDITIONS

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "spec" / "quotary_spec"
RULES = SPEC / "rules"

MOST_LINES = 450

# Reasons of the server and of every area.
REASONS_OF_NO_AREA = {"general", "rulebook", "server", "store"}


def areas() -> set[str]:
    """An area is a module or a package; its composition may stand in a module beside it, and what that needs."""
    names = {path.stem for path in RULES.iterdir() if path.name[0] not in "_."}
    return {name for name in names if not any(name.startswith(f"{area}_") for area in names)}


def test_no_file_of_rules_is_too_long_to_read() -> None:
    long = {path.name for path in RULES.rglob("*.py") if len(path.read_text("utf-8").splitlines()) > MOST_LINES}
    assert long == set(), "put the composition of an area into a file of its own: x_assessment.py"


def files(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir() if path.suffix == ".toml"}


def test_an_area_has_one_name_in_every_tree() -> None:
    assert files(SPEC / "register" / "parameters") <= areas()
    assert files(SPEC / "register" / "catalogue") <= areas()
    assert files(SPEC / "register" / "reasons") - REASONS_OF_NO_AREA <= areas()
    # What is asked of the book itself (its rules, editions, differences) belongs to no area.
    folders = {path.name for path in (ROOT / "conformance" / "vectors").iterdir() if path.is_dir()}
    assert folders - {"rulebook"} <= areas()


def test_properties_are_called_after_what_they_hold_of() -> None:
    """``test_<area>.py`` or ``test_<area>_<topic>.py``; an area, a noun, a module of the book, or the whole of it."""
    names = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "properties").glob("test_*.py")}
    nouns = {path.stem for path in (SPEC / "model").iterdir()}
    known = areas() | nouns | {path.stem for path in SPEC.iterdir()} | {"whole_book", "agreement"}
    assert {name for name in names if not any(name == each or name.startswith(f"{each}_") for each in known)} == set()


def editions_named(text: str) -> Iterator[str]:
    """Each id of an edition in a module, with its line, but for what narrows a rule."""
    tree = ast.parse(text)
    narrowing = {
        id(keyword.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "rule"
        for keyword in node.keywords
        if keyword.arg in ("only", "not_in")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in EDITIONS and id(node) not in narrowing:
            yield f"{node.lineno}: {node.value}"


@pytest.mark.parametrize("package", ["spec/quotary_spec", "server/quotary_server", "clients/python/quotary"])
def test_no_edition_is_named_in_the_code(package: str) -> None:
    """A rule narrows itself; what else differs between editions is a row of the register or a table of versions."""
    named = {
        f"{path.relative_to(ROOT)}:{found}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for found in editions_named(path.read_text("utf-8"))
    }
    assert named == set()


def test_a_named_edition_is_found() -> None:
    assert list(editions_named('if book.edition == "2021":\n    pass\ncases = {"2026": 1}')) == ["1: 2021", "3: 2026"]
    assert list(editions_named('@rule("A", "000:1", only="2026")\ndef f(): ...')) == []


def test_every_call_says_in_which_edition_it_asks() -> None:
    """So that a rule which does not serve it raises WrongEdition."""
    asked = [
        (path.name, node.lineno, bool(node.args))
        for path in sorted((ROOT / "server" / "quotary_server").rglob("*.py"))
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tracing"
    ]
    assert asked
    assert [each for each in asked if not each[2]] == []


def swappable(function: ast.FunctionDef) -> bool:
    """Whether two truths of a function are told apart by their places alone."""
    types = [ast.unparse(each.annotation) for each in function.args.args if each.annotation]
    return sum(each in ("bool", "bool | None") for each in types) > 1


def test_truths_are_given_by_name() -> None:
    """Where a function takes two of them, one could stand for the other and nothing would fail."""
    found = [
        f"{path.relative_to(SPEC)}: {node.name}"
        for path in sorted(SPEC.rglob("*.py"))
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef) and swappable(node)
    ]
    assert found == []


def stands(change: dict[str, str]) -> bool:
    """Whether what a change starts from is a line of its area; a figure is known by its key."""
    *_, name = change["area"].split("/")
    if change["area"].startswith("parameters/"):
        texts = [(SPEC / "register" / "parameters" / f"{name}.toml").read_text("utf-8")]
        return any(f'[["{change["place"].split()[0]}"]]' in text for text in texts)
    module = SPEC / f"{change['area']}.py"
    files = [module] if module.exists() else sorted((SPEC / change["area"]).rglob("*.py"))
    return any(change["before"] == line.strip() for file in files for line in file.read_text("utf-8").splitlines())


def test_changes_that_make_no_difference_are_of_code_that_stands() -> None:
    changes = tomllib.loads((ROOT / "tests" / "mutants_equivalent.toml").read_text("utf-8"))["change"]
    assert len(changes) > 10
    assert [(each["area"], each["place"], each["before"]) for each in changes if not stands(each)] == []
    assert not stands({"area": "money", "place": "allot", "before": "sign = 0 if amount < 0 else 1"})


def test_a_changed_answer_names_its_editions_and_areas() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8").split("## Unreleased\n", 1)[1].split("\n## ", 1)[0]
    (section,) = re.findall(r"^### Changed answers\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
    entries = section.split("\n- ")[1:]
    assert len(entries) > 20
    for entry in entries:
        named = re.match(r"\*\*(every edition|[\d, ]+) · ([a-z_, ]+)\*\*: ", entry)
        assert named, f"say which editions and areas it reaches: {entry[:80]}"
        editions = set(EDITIONS) if named[1] == "every edition" else set(named[1].split(", "))
        assert editions <= set(EDITIONS), entry[:80]
        assert set(named[2].split(", ")) <= areas(), entry[:80]
