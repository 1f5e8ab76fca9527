"""Run as a program: vectors against a server whose rule book defines its enumerations back to front.

The order in which a class lists its members must mean nothing. The rule book's own text is not changed: its modules
are compiled with the members of each enumeration of words in reverse.
"""

import ast
import importlib.machinery
import sys
from types import CodeType

REVERSED: list[str] = []


class _Reversing(ast.NodeTransformer):
    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        if any(isinstance(base, ast.Name) and base.id == "StrEnum" for base in node.bases):
            members = [each for each in node.body if isinstance(each, ast.Assign)]
            if len(members) > 1:
                places = {id(each): other for each, other in zip(members, reversed(members), strict=True)}
                node.body = [places.get(id(each), each) for each in node.body]
                REVERSED.append(node.name)
        return node


def reverse_enumerations() -> None:
    """Let the modules of the rule book that are imported from now on list the members back to front."""
    plain = importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        if not fullname.startswith("quotary_spec."):
            return plain(loader, fullname)
        source = loader.get_data(loader.path)
        return compile(_Reversing().visit(ast.parse(source)), loader.path, "exec", dont_inherit=True)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def main() -> int:
    """Print what differs; 1 when something does, or when nothing was reversed."""
    reverse_enumerations()
    import grpc

    from quotary_conformance.running import Verdict, run
    from quotary_conformance.vectors import load
    from quotary_server.app import start
    from quotary_server.settings import Settings
    from sampling import every

    running = start(Settings(port=0, grace_seconds=0, log_level="error", store_url="sqlite://"))
    with grpc.insecure_channel(running.address) as channel:
        results = list(run(every(5, load()), channel))
    running.stop()
    differing = [result for result in results if result.verdict is not Verdict.AGREED]
    for result in differing:
        print(result.vector.name, *result.differences, sep="\n  ")
    print(f"{len(results)} vectors, {len(differing)} differ, {len(REVERSED)} enumerations reversed")
    return 1 if differing or len(REVERSED) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
