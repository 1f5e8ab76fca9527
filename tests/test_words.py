"""Names keep to the glossary: what it sets aside stands in no identifier."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from parsed import nodes

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("spec/quotary_spec", "server/quotary_server", "clients/python/quotary", "conformance/quotary_conformance")

BANNED = {
    "give_back": "refund",
    "in_vain": "failed",
    "paying": "settlement",
    "acting": "permission",
    "invoicing": "invoice",
}
"""Words of identifiers, between underscores, and what stands for them."""

ALONE = {
    "said": "findings",
    "against": "findings",
    "held": "current, or evidence",
    "kept": "stored",
    "asked": "requested",
    "wanted": "requested",
    "moved": "rebased",
    "aside": "as_remark",
    "Standing": "Validity, BillingStatus, Balance",
    "Change": "TierChange, EditionChange",
    "Quote": "what of a quote it is",
}
"""Words that are no name by themselves, and what to say instead: of what, or whose, is meant."""

OURS = {"Engine": "Ruleset", "Guard": "CallInterceptor"}
"""Names that the server may not define: they belong to the vendor."""


def modules() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (each for each in sorted((ROOT / folder).rglob("*.py")) if "_pb2" not in each.name)


def identifiers(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def banned_in(name: str) -> dict[str, str]:
    inside = {word: better for word, better in BANNED.items() if re.search(rf"(^|_){word}(_|$)", name.lower())}
    return inside | {word: better for word, better in ALONE.items() if name == word}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_name_uses_a_word_that_the_glossary_sets_aside(folder: str) -> None:
    found = []
    for module in modules():
        if module.is_relative_to(ROOT / folder):
            names = {module.stem, *identifiers(nodes(module))}
            found += [
                f"{module.relative_to(ROOT)}: {name}: {better}"
                for name in sorted(names)
                for better in banned_in(name).values()
            ]
    assert found == []


def test_the_server_defines_nothing_by_the_name_of_what_is_the_vendors() -> None:
    for module in modules():
        if module.is_relative_to(ROOT / "server"):
            classes = {node.name for node in nodes(module) if isinstance(node, ast.ClassDef)}
            assert classes.isdisjoint(OURS), module


def test_the_words_are_looked_for() -> None:
    assert banned_in("_give_back") == {"give_back": "refund"}
    assert banned_in("mistaking_living_back") == {}
    assert banned_in("said") == {"said": "findings"}
    assert banned_in("said_of_them") == {}
    assert {"_paid", "count", "Deal"} <= set(identifiers(ast.walk(ast.parse("def _paid(count): Deal = 1"))))


def test_the_glossary_explains_what_is_spoken_of() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    explained = {
        word
        for cell in re.findall(r"^\| (\*\*.*?) \|", text, re.MULTILINE)
        for word in re.findall(r"\*\*(.+?)\*\*", cell)
    }
    assert {
        "finding", "remark", "outcome", "reading", "ruling", "passage", "edition", "book", "subject", "case",
        "proration", "co-term", "step-up", "ruleset", "balance",
    } <= explained  # fmt: skip
    assert len(explained) > 50
