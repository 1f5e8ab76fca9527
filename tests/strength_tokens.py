"""What a person would mistype in code: a test turned round, a bound one off, the wrong one of two operations."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Edit = tuple[ast.expr | ast.stmt, str]
"""A piece of a module, and what stands there instead."""

_COMPARED: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_WRITTEN: dict[type[ast.cmpop], str] = {
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_COMPUTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
}


def token_edits(source: str) -> Iterator[Edit]:
    """Every token of a module that may be another, with the expression or statement that it stands in."""

    def text(node: ast.AST) -> str:
        return ast.get_source_segment(source, node) or ""

    for node in _that_run(ast.parse(source)):
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                values = [left, *others]
                for place, op in enumerate(ops):
                    for other in _COMPARED.get(type(op), ()):
                        words = [_WRITTEN[type(each)] for each in ops]
                        words[place] = other
                        pairs = zip(words, values[1:], strict=True)
                        yield node, " ".join((text(left), *(f"{word} {text(value)}" for word, value in pairs)))
            case ast.BoolOp(op=op, values=values):
                yield node, (" or " if isinstance(op, ast.And) else " and ").join(f"({text(each)})" for each in values)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _COMPUTED:
                yield node, f"({text(left)}) {_COMPUTED[type(op)][1]} ({text(right)})"
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield node, f"bool({text(operand)})"
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                yield node, f"+{text(operand)}"
            case ast.Constant(value=bool(value)):
                yield node, str(not value)
            case ast.Constant(value=int(value)):
                yield from ((node, str(value + step)) for step in (1, -1))
            case ast.For(iter=items):
                yield items, "[]"
            case ast.Continue():
                yield node, "break"
            case ast.Break():
                yield node, "continue"


def _that_run(node: ast.AST) -> Iterator[ast.AST]:
    """Everything within a node but annotations and docstrings, which decide nothing."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_comment"):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield each
                yield from _that_run(each)
