"""Every figure of the register is read by something, and every word of its rows is one that is known."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parsed import nodes
from quotary_spec.register import files, parameters
from quotary_spec.register.vocabulary import VOCABULARY

ROOT = Path(__file__).resolve().parents[1]
CODE = [*(ROOT / "spec" / "quotary_spec").rglob("*.py"), *(ROOT / "server" / "quotary_server").rglob("*.py")]


def keys_asked_for() -> tuple[set[str], list[re.Pattern[str]]]:
    """The words in the code that can be keys, and the patterns of what is looked for among the rows."""
    words: set[str] = set()
    patterns = [re.compile(rf"permission\.({'|'.join(map(re.escape, VOCABULARY['permission_action']))})\.[^.]+")]
    for node in (node for path in CODE for node in nodes(path)):
        match node:
            case ast.Call(func=ast.Name(id="Keys"), args=[ast.Constant(value=str(pattern))]):
                patterns.append(re.compile(re.escape(pattern).replace(r"\*", "[^.]+")))
            case ast.Constant(value=str(word)):
                words.add(word)
    # What ends in a point is the beginning of the keys of a family.
    patterns += [
        re.compile(re.escape(word) + ".+") for word in words if re.fullmatch(r"[a-z-]+(\.[A-Za-z_-]+)*\.", word)
    ]
    return words, patterns


def unread(rows: list[parameters.Row]) -> list[str]:
    """Rows that nothing reads; a key may be asked for by a row (``roles_from``)."""
    words, patterns = keys_asked_for()
    words |= {str(each["roles_from"]) for row in rows for each in tables(row.value) if "roles_from" in each}
    return [
        where(row)
        for row in rows
        if row.key not in words and not any(pattern.fullmatch(row.key) for pattern in patterns)
    ]


def test_every_figure_is_read() -> None:
    """A row that nothing reads says nothing, whatever it says."""
    assert unread(list(parameters.rows())) == []


def test_a_row_that_nothing_reads_is_told_with_its_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Planted: a country's rate with a letter too much, and a list that no rule asks for."""
    (tmp_path / "parameters").mkdir()
    text = """[["fee.rate.TR"]]
decimal = "0.08"
cite = "000:689"

[["fee.rates.TR"]]
decimal = "0.08"
cite = "000:689"

[["fee.products.TR.server"]]
texts = ["jira"]
cite = "000:689"
"""
    (tmp_path / "parameters" / "fees.toml").write_text(text, "utf-8")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(parameters, "read_folder", lambda folder: iter([("fees", tomllib.loads(text))]))
    assert unread(list(parameters.rows())) == [
        "parameters/fees.toml:5: fee.rates.TR",
        "parameters/fees.toml:9: fee.products.TR.server",
    ]


def test_keys_are_looked_for_among_the_rows() -> None:
    rates = parameters.Keys("tax.rate.*.*")
    assert rates["VAT", "NL"] == "tax.rate.VAT.NL"
    assert rates["VAT", "XX"] == "tax.rate.VAT.XX", "no edition prints it"
    assert parameters.Keys("fee.rate.*")[None] == "fee.rate.None"
    with pytest.raises(ValueError, match=r"no row of figures is called fee.rates.\*"):
        parameters.Keys("fee.rates.*")


def test_no_key_is_glued_from_pieces() -> None:
    """A key is a word that can be searched for, or is looked for by ``Keys`` or as one of a family."""
    beginnings = {row.key[: row.key.rindex(".") + 1] for row in parameters.rows() if "." in row.key}
    glued = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in CODE
        for node in nodes(path)
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and any(each.startswith(str(node.values[0].value)) for each in beginnings)
        and "." in str(node.values[0].value)
    ]
    assert glued == []


READERS = {"row", "decimal", "integer", "day", "text", "texts", "flag", "rows", "guidance", "prints", "source"}


def keys_read(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Each key that a book is asked for by a reader, with its line."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="if_printed"), args=[_, ast.Constant(value=str(key)), *_]):
                yield node.lineno, key
            case ast.Call(
                func=ast.Attribute(attr=reader, value=ast.Name(id="book") | ast.Attribute(attr="book")),
                args=[ast.Constant(value=str(key)), *_],
            ) if reader in READERS:
                yield node.lineno, key


def test_every_key_that_is_read_is_registered() -> None:
    """A key that no edition prints is a mistyped one."""
    known = {row.key for row in parameters.rows()}
    found = [(path, *read) for path in CODE for read in keys_read(nodes(path))]
    assert len(found) > 100
    assert [f"{path.name}:{line}: {key}" for path, line, key in found if key not in known] == []


def where(row: parameters.Row) -> str:
    """The file, line and key of a row."""
    file, header = f"parameters/{row.area}.toml", f'[["{row.key}"]]'
    return f"{file}:{files.line_of(file, header)}: {row.key}"


def tables(value: object) -> list[Any]:
    return [each for each in value if not isinstance(each, str)] if isinstance(value, tuple) else []


@pytest.mark.parametrize(
    ("row", "strange"),
    [
        ({"integer": 3, "cites": "000:1"}, "cites"),
        ({"integer": 3, "cite": "000:1", "onyl": "2026"}, "onyl"),
        ({"rows": [{"channel": "order_form", "step": ["Open it."]}], "cite": "000:1"}, "step"),
    ],
)
def test_a_word_that_nothing_reads_is_refused_with_its_line(
    row: dict[str, Any], strange: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        parameters, "read_folder", lambda folder: iter([("area", {"a.b": [{"flag": True, "cite": "002:1"}, row]})])
    )
    monkeypatch.setattr(files, "ROOT", tmp_path)
    (tmp_path / "parameters").mkdir()
    (tmp_path / "parameters" / "area.toml").write_text('[["a.b"]]\nflag = true\n\n[["a.b"]]\n', "utf-8")
    with pytest.raises(ValueError, match=f"parameters/area.toml:4: a.b has words that nothing reads: {strange}"):
        list(parameters.rows())


def test_a_cell_may_be_told_by_document(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(cell: object, cite: str = "002:1 000:1") -> dict[str, object]:
        row = {"rows": [{"channel": "form", "place": cell}], "cite": cite}
        monkeypatch.setattr(parameters, "read_folder", lambda folder: iter([("area", {"request.guidance.x": [row]})]))
        return {edition: dict(*each.value) for each in parameters.rows() for edition in each.editions}  # type: ignore[misc]

    assert read({"000": "there"}) == {"2024": {"channel": "form"}, "2026": {"channel": "form", "place": "there"}}
    assert read("there")["2024"] == {"channel": "form", "place": "there"}
    with pytest.raises(ValueError, match="tells a cell by 004 and does not cite it"):
        read({"004": "there"})
    with pytest.raises(ValueError, match="two cells place in 2024"):
        read({"002": "there", "001": "elsewhere"}, "002:1 001:1")


def test_the_columns_of_a_table_are_its_own() -> None:
    assert "users_above" in parameters._columns("discount.list.academic.cloud")
    assert "users_above" not in parameters._columns("tier.limits")
    assert parameters._columns("request.guidance.renewal") == {"channel", "place", "steps", "documents", "contact"}
