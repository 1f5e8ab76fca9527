"""Every figure of the register is read by something, and every word of its rows is one that is known."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from parsed import nodes
from quotary_spec.register import files, parameters
from quotary_spec.register.vocabulary import VOCABULARY

ROOT = Path(__file__).resolve().parents[1]
CODE = [*(ROOT / "spec" / "quotary_spec").rglob("*.py"), *(ROOT / "server" / "quotary_server").rglob("*.py")]


def keys_asked_for() -> tuple[set[str], list[re.Pattern[str]]]:
    """The words in the code that can be keys, and the patterns of those that are put together."""
    words: set[str] = set()
    patterns = [re.compile(rf"permission\.({'|'.join(map(re.escape, VOCABULARY['permission_action']))})\.[^.]+")]
    for path in CODE:
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [str(each.value) if isinstance(each, ast.Constant) else None for each in node.values]
                # What begins with a variable could be any key.
                if parts[0] and "." in parts[0]:
                    patterns.append(re.compile("".join(".+" if each is None else re.escape(each) for each in parts)))
    patterns += [
        re.compile(re.escape(word) + ".+") for word in words if re.fullmatch(r"[a-z-]+(\.[A-Za-z_-]+)*\.", word)
    ]
    return words, patterns


def test_every_figure_is_read() -> None:
    """A row that nothing reads says nothing, whatever it says; a key may be asked for by a row (``roles_from``)."""
    words, patterns = keys_asked_for()
    rows = list(parameters.rows())
    words |= {str(each["roles_from"]) for row in rows for each in tables(row.value) if "roles_from" in each}
    unread = {
        where(row)
        for row in rows
        if row.key not in words and not any(pattern.fullmatch(row.key) for pattern in patterns)
    }
    assert unread == set()


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


def test_the_columns_of_a_table_are_its_own() -> None:
    assert "users_above" in parameters._columns("discount.list.academic.cloud")
    assert "users_above" not in parameters._columns("tier.limits")
    assert parameters._columns("request.guidance.renewal") == {"channel", "place", "steps", "documents", "contact"}
