"""Imports point one way: server -> spec and contract; clients -> contract; spec and conformance -> nothing of ours.

The command line (quotary.cli) is the composition root: inside a function it may import anything of ours.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Where each of our packages lives, and what of ours it may import.
FOLDERS = {
    "quotary_spec": ROOT / "spec",
    "quotary_server": ROOT / "server",
    "quotary": ROOT / "clients" / "python",
    "quotary_conformance": ROOT / "conformance",
}
MAY_IMPORT = {
    "quotary_spec": {"quotary_spec"},
    "quotary_server": {"quotary_server", "quotary_spec", "quotary.v1"},
    "quotary": {"quotary"},
    "quotary_conformance": {"quotary_conformance"},
}
COMPOSITION_ROOT = "quotary.cli"

# The rule book is pure: few libraries, and of the standard library nothing that has a clock, chance or a wire.
SPEC_LIBRARIES = {"stdnum", "iso4217", "pycountry"}
SPEC_SHUNS = {"asyncio", "logging", "multiprocessing", "random", "secrets", "socket", "subprocess", "threading", "time"}
CLOCKS = {"now", "today", "utcnow"}


@dataclass(frozen=True)
class Import:
    """One imported name, in full, and whether it is imported only when a function runs (or for type checking)."""

    importer: str
    name: str
    line: int
    lazy: bool

    @property
    def library(self) -> str:
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.name}"


def modules(package: str) -> Iterator[tuple[str, str]]:
    """The name and the text of each module of a package that is written by hand."""
    folder = FOLDERS[package]
    for path in sorted((folder / package).rglob("*.py")):
        if "_pb2" not in path.name:
            name = ".".join(path.relative_to(folder).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path.read_text(encoding="utf-8")


def imports(module: str, text: str, *, is_package: bool = False) -> Iterator[Import]:
    """Every import in a module, wherever it stands."""

    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        for name in names_imported(node):
            yield Import(module, name, getattr(node, "lineno", 0), lazy)
        for child in ast.iter_child_nodes(node):
            inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
                inner = child in node.body
            yield from visit(child, lazy or inner)

    def names_imported(node: ast.AST) -> list[str]:
        match node:
            case ast.Import(names=aliases):
                return [alias.name for alias in aliases]
            case ast.ImportFrom(module=origin, names=aliases, level=level):
                above = module.split(".")[: len(module.split(".")) - level + is_package] if level else []
                return [".".join([*above, *([origin] if origin else []), alias.name]) for alias in aliases]
            case ast.Call(
                func=ast.Name(id=called) | ast.Attribute(attr=called), args=[ast.Constant(value=str(name)), *_]
            ):
                return [name] if called in ("import_module", "__import__") else []
        return []

    yield from visit(ast.parse(text), lazy=False)


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def against_direction(package: str, found: Import) -> bool:
    """Whether an import of ours points the wrong way."""
    if found.library not in FOLDERS:
        return False
    if is_in(found.importer, COMPOSITION_ROOT) and found.lazy:
        return False
    return not any(is_in(found.name, allowed) for allowed in MAY_IMPORT[package])


def against_purity(found: Import) -> bool:
    """Whether the rule book may not import this."""
    if found.library in sys.stdlib_module_names:
        return found.library in SPEC_SHUNS
    return found.library not in SPEC_LIBRARIES | set(FOLDERS)


def impurities(text: str) -> Iterator[str]:
    """Each float and each look at the clock in a module, with its line."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=float(value)):
                yield f"{node.lineno}: the float {value}"
            case ast.Call(func=ast.Name(id="float")):
                yield f"{node.lineno}: a float is made"
            case ast.Call(func=ast.Attribute(attr=called)) if called in CLOCKS:
                yield f"{node.lineno}: the clock is asked ({called})"


def all_imports(package: str) -> list[Import]:
    folder = FOLDERS[package]
    return [
        found
        for module, text in modules(package)
        for found in imports(module, text, is_package=(folder / Path(*module.split("."))).is_dir())
    ]


@pytest.mark.parametrize("package", FOLDERS)
def test_imports_point_one_way(package: str) -> None:
    assert list(modules(package)), f"{package} has no module"
    assert not [str(found) for found in all_imports(package) if against_direction(package, found)]


def test_the_rule_book_uses_few_libraries() -> None:
    assert not [str(found) for found in all_imports("quotary_spec") if against_purity(found)]


def test_python_stdnum_is_used_in_one_module() -> None:
    users = {found.importer for found in all_imports("quotary_spec") if found.library == "stdnum"}
    assert len(users) <= 1, users


def test_the_rule_book_has_no_float_and_no_clock() -> None:
    assert not [f"{module}:{found}" for module, text in modules("quotary_spec") for found in impurities(text)]


@pytest.mark.parametrize("package", FOLDERS)
def test_every_library_is_a_declared_dependency(package: str) -> None:
    """What only the development environment has would be missing where the distribution is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = project["dependencies"] + [
        each for extra in ("postgres", "web") for each in project["optional-dependencies"][extra]
    ]
    declared = {normalised(re.split(r"[\[<>=~! ;]", requirement)[0]) for requirement in requirements}
    providers = packages_distributions()
    assert not [
        str(found)
        for found in all_imports(package)
        if found.library not in sys.stdlib_module_names | set(FOLDERS)
        and not declared & {normalised(name) for name in providers.get(found.library, [])}
    ]


def normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.mark.parametrize(
    ("package", "module", "text"),
    [
        ("quotary_spec", "quotary_spec.money", "import quotary_server.adapter"),
        ("quotary_spec", "quotary_spec.money", "from quotary.v1 import common_pb2"),
        ("quotary_spec", "quotary_spec.money", "def f():\n    import quotary.v1"),
        ("quotary_server", "quotary_server.adapter", "from quotary import client"),
        ("quotary_server", "quotary_server.adapter", "from quotary.cli import main"),
        ("quotary_server", "quotary_server.adapter", "import quotary"),
        ("quotary_conformance", "quotary_conformance.runner", "from quotary_spec import money"),
        (
            "quotary_conformance",
            "quotary_conformance.runner",
            "import importlib\nimportlib.import_module('quotary_spec')",
        ),
        ("quotary_conformance", "quotary_conformance.runner", "def f():\n    from quotary_server import serve"),
        ("quotary_conformance", "quotary_conformance.runner", "import quotary.v1.common_pb2_grpc"),
        ("quotary", "quotary.client", "def f():\n    import quotary_spec"),
        ("quotary", "quotary.cli", "import quotary_server"),
        ("quotary", "quotary.cli.price", "from quotary_spec import money"),
    ],
)
def test_a_wrong_direction_is_found(package: str, module: str, text: str) -> None:
    assert any(against_direction(package, found) for found in imports(module, text))


@pytest.mark.parametrize(
    ("package", "module", "text"),
    [
        ("quotary_spec", "quotary_spec.rules.fee", "from quotary_spec import money\nimport stdnum.eu.vat"),
        ("quotary_spec", "quotary_spec.rules.fee", "from ..money import Money"),
        (
            "quotary_server",
            "quotary_server.adapter",
            "from quotary.v1 import common_pb2\nfrom quotary_spec import money",
        ),
        ("quotary", "quotary.cli", "def serve():\n    from quotary_server import serve"),
        ("quotary", "quotary.cli", "if TYPE_CHECKING:\n    from quotary_spec import money"),
        ("quotary_conformance", "quotary_conformance.runner", "import quotary_conformance.contract"),
    ],
)
def test_a_right_direction_passes(package: str, module: str, text: str) -> None:
    assert not [str(found) for found in imports(module, text) if against_direction(package, found)]


@pytest.mark.parametrize(
    "text", ["import logging", "import grpc", "from google.protobuf import message", "import time"]
)
def test_an_impure_import_is_found(text: str) -> None:
    assert all(against_purity(found) for found in imports("quotary_spec.money", text))


@pytest.mark.parametrize("text", ["rate = 0.18", "float('1')", "import datetime\ndatetime.date.today()"])
def test_a_float_or_a_clock_is_found(text: str) -> None:
    assert list(impurities(text))
