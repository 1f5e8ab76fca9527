"""Files and functions are short enough to be read at once; what is longer says why."""

import ast
from collections.abc import Iterator
from pathlib import Path

from parsed import nodes

ROOT = Path(__file__).resolve().parents[1]
# Of the clients only what is Python: beside them lie the packages of other languages.
PLACES = (
    "spec/**/*.py",
    "server/**/*.py",
    "clients/*.py",
    "clients/python/**/*.py",
    "conformance/**/*.py",
    "tests/**/*.py",
    "bench/*.py",
)
MOST_LINES_OF_FILE, MOST_LINES_OF_BODY = 450, 40

LONG_FILES = {
    "tests/mutants.py": "one program, run by itself",
}

LONG_FUNCTIONS = {
    "clients/python/quotary/cli/rules.py: _show_rule": "one case, step by step",
    "conformance/quotary_conformance/command_compare.py: compare": "one verb, step by step",
    "conformance/quotary_conformance/schemas.py: _vector": "every key of a vector, once",
    "server/quotary_server/interceptor.py: _wrap": "a decorator with what it encloses",
    "spec/quotary_spec/rule.py: register": "a decorator with what it encloses",
    "spec/quotary_spec/rules/guard/users_assessment.py: _counted": "every number of the answer, once",
    "tests/lifecycle/test_refunds_kept.py: test_orders_and_refunds_are_listed": "one case, step by step",
    "tests/server/test_refunds.py: test_every_violation_comes_at_once": "one case, step by step",
    "conformance/quotary_conformance/command.py: _parser": "every option of one command",
    "conformance/quotary_conformance/command_run.py: run_vectors": "one verb, step by step",
    "server/quotary_server/adapter/reading_applications.py: read_application": "one field after the other",
    "server/quotary_server/adapter/reading_requests.py: read_request_case": "one field after the other",
    "server/quotary_server/store/migrations/versions/0001_quotes_orders_refunds.py: upgrade": "every table, once",
    "spec/quotary_spec/rule.py: rule": "a decorator with what it encloses",
    "tests/properties/test_price_lists.py: test_every_fault_of_a_price_book_is_named_with_its_line": "a table",
}


def modules() -> Iterator[Path]:
    for place in PLACES:
        yield from (each for each in sorted(ROOT.glob(place)) if "_pb2" not in each.name)


def lines_of_body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines after the signature and the docstring."""
    first = function.body[1 if ast.get_docstring(function) is not None and len(function.body) > 1 else 0]
    return (function.end_lineno or 0) - first.lineno + 1


def test_no_file_is_too_long_without_a_reason() -> None:
    long = {
        str(each.relative_to(ROOT)) for each in modules() if each.read_text("utf-8").count("\n") > MOST_LINES_OF_FILE
    }
    assert long == set(LONG_FILES), "say why it is long, or take it off the list"


def test_no_function_is_too_long_without_a_reason() -> None:
    long = {
        f"{each.relative_to(ROOT)}: {node.name}"
        for each in modules()
        for node in nodes(each)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and lines_of_body(node) > MOST_LINES_OF_BODY
    }
    assert long == set(LONG_FUNCTIONS), "say why it is long, or take it off the list"


def test_the_lines_of_a_body_are_counted() -> None:
    (node,) = ast.parse('def f(\n    a,\n):\n    """What."""\n    b = a\n    return b\n').body
    assert isinstance(node, ast.FunctionDef)
    assert lines_of_body(node) == 2
