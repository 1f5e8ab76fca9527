"""Start a new edition: ``python -m quotary_spec.register.new_edition --id 2027 --document 005 --sources DIR``.

The document is measured and registered, and with it an edition of the documents of the edition before and this one: it
amends, and stands beside what it amends. With ``--instead-of 000`` it is a new snapshot that takes the place of that
document. Then what the rule book cites of the old one is looked for in the new one by the registered hashes: where the
same lines stand once in it, the new place is cited beside the old one, and every other citation is printed as the work
that is left. Nothing is inherited: what the new document does not say holds in the new edition no more.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from quotary_spec.passage import Passage
from quotary_spec.register.editions import DOCUMENT, EDITION, EDITIONS
from quotary_spec.register.files import ROOT
from quotary_spec.register.headings import heading_above
from quotary_spec.register.passages import Sources, registered_passages

_CITES = re.compile(r'^cite = "(.*)"$', re.MULTILINE)
_ROWS = re.compile(r'(?m)^(?=\[\["[^"]+"\]\]$)')
_LONGEST = 90


def measured(path: Path) -> tuple[int, str]:
    """Lines of a document, as the register counts them, and the hash of its file."""
    content = path.read_bytes()
    return content.count(b"\n") + (not content.endswith(b"\n")), hashlib.sha256(content).hexdigest()


def entries(arguments: argparse.Namespace, path: Path) -> str:
    """The tables of the document and of the edition."""
    lines, sha256 = measured(path)
    before = EDITION[arguments.after].documents
    replaced: str | None = arguments.instead_of
    family = DOCUMENT[replaced].family if replaced else f"amendment {arguments.document}"
    documents = [arguments.document, *(each for each in before if each != replaced)]
    listed = ", ".join(f'"{each}"' for each in documents)
    spoken = ", ".join(f'"{each}"' for each in arguments.languages.split())
    what = f"instead of {replaced}" if replaced else f"what amends {arguments.after}"
    return f"""
[[document]]
id = "{arguments.document}"
file = "{path.name}"
family = "{family}"
languages = [{spoken}]
title = "{arguments.title or f"Document {arguments.document}, {what}"}"
lines = {lines}
sha256 = "{sha256}"

[[edition]]
id = "{arguments.id}"
documents = [{listed}]
note = "{arguments.note or f"Document {arguments.document}, {what}."}"
"""


def places_in_new(old: str, new: str, sources: Sources) -> Mapping[Passage, Sequence[Passage]]:
    """For each cited passage of a document, where the same lines stand in another: once, more than once, or nowhere."""
    cited = {passage: sha256 for passage, sha256 in registered_passages().items() if passage.document == old}
    last = sources.lines(new)
    places: dict[tuple[int, str], list[Passage]] = defaultdict(list)
    for length in {passage.last - passage.first + 1 for passage in cited}:
        for first in range(1, last - length + 2):
            here = Passage(new, first, first + length - 1)
            places[length, sources.sha256(here)].append(here)
    return {passage: places[passage.last - passage.first + 1, sha256] for passage, sha256 in cited.items()}


def with_new_places(cites: str, places: Mapping[Passage, Sequence[Passage]]) -> str:
    """Citations with each new place, where there is just one, behind the old one."""
    citations: list[str] = []
    for text in cites.split():
        here = places.get(Passage.parse(text), ())
        citations += [text, str(here[0])] if len(here) == 1 else [text]
    return " ".join(dict.fromkeys(citations))


def in_figures(text: str, places: Mapping[Passage, Sequence[Passage]]) -> str:
    """A file of figures with the new places cited; a cell told by document holds where all of its row stands."""
    return "".join(_with_cells(row, places) for row in _ROWS.split(text))


def _with_cells(row: str, places: Mapping[Passage, Sequence[Passage]]) -> str:
    cited = [Passage.parse(each) for cites in _CITES.findall(row) for each in cites.split()]
    here = [places[each] for each in cited if each in places]
    if here and all(len(each) == 1 for each in here):
        old, new = next(iter(places)).document, here[0][0].document
        row = re.sub(rf'"{old}" = ("[^"]*")', rf'"{old}" = \1, "{new}" = \1', row)
    return _CITES.sub(lambda match: f'cite = "{with_new_places(match[1], places)}"', row)


def in_rules(text: str, places: Mapping[Passage, Sequence[Passage]]) -> str:
    """A module of rules with the new places cited."""
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    changed = text.encode()
    for cites in sorted(_cites_of_rules(ast.parse(text)), key=lambda each: -each.lineno):
        old = str(cites.value)
        new = with_new_places(old, places)
        if new != " ".join(old.split()):
            begin = starts[cites.lineno - 1] + cites.col_offset
            end = starts[(cites.end_lineno or 0) - 1] + (cites.end_col_offset or 0)
            changed = changed[:begin] + _literal(new).encode() + changed[end:]
    return changed.decode()


def _cites_of_rules(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="rule"), args=[_, ast.Constant() as cites]):
                yield cites


def _literal(cites: str) -> str:
    """The text as one string, or as several below each other where it is long."""
    parts = [""]
    for each in cites.split():
        if len(parts[-1]) + len(each) > _LONGEST:
            parts.append("")
        parts[-1] += f"{each} "
    return "\n    ".join(f'"{part}"' for part in (*parts[:-1], parts[-1].rstrip()))


def cite_new_places(places: Mapping[Passage, Sequence[Passage]]) -> None:
    """Write the new places beside the old ones, in every rule and row."""
    register = Path(str(ROOT))
    for folder, ending, rewrite in (
        (register / "parameters", "toml", in_figures),
        (register.parent / "rules", "py", in_rules),
    ):
        for path in sorted(folder.rglob(f"*.{ending}")):
            text = path.read_text("utf-8")
            if (changed := rewrite(text, places)) != text:
                path.write_text(changed, "utf-8")


def cited_by(old: str) -> Mapping[Passage, list[str]]:
    """Who cites each passage of a document: ids of rules and keys of figures."""
    from quotary_spec import rules
    from quotary_spec.register import parameters
    from quotary_spec.rule import registered_rules

    rules.load()
    found: dict[Passage, list[str]] = defaultdict(list)
    for function in registered_rules().values():
        for passage in function.info.passages:
            found[passage].append(function.info.id)
    for row in parameters.rows():
        for passage in row.passages:
            found[passage].append(row.key)
    return {passage: sorted(set(names)) for passage, names in sorted(found.items()) if passage.document == old}


def work_left(who: Mapping[Passage, list[str]], places: Mapping[Passage, Sequence[Passage]]) -> Iterator[str]:
    """A line for each cited passage without its one new place: its heading, what became of it, and who cites it."""
    for passage, names in who.items():
        here = places.get(passage, ())
        if len(here) != 1:
            became = f"stands at {', '.join(map(str, here))}" if here else "changed or gone"
            heading = heading_above(passage)
            about = f" ({heading.title})" if heading else ""
            yield f"{passage}{about}: {became}; cited by {', '.join(names)}"


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """The command line; what it names must be there, and what it adds must not."""
    parser = argparse.ArgumentParser(prog="python -m quotary_spec.register.new_edition")
    parser.add_argument("--id", required=True, help="the new edition, as 2027")
    parser.add_argument("--document", required=True, help="its new document, as 005")
    parser.add_argument("--sources", required=True, type=Path, help="folder with the document, 005_<name>.txt")
    parser.add_argument("--after", default=EDITIONS[-1], choices=EDITIONS, help="the edition before it (the last)")
    parser.add_argument("--instead-of", help="the document whose place it takes; none: it amends")
    parser.add_argument("--languages", default="en", help="its languages, as 'nl en'")
    parser.add_argument("--title", help="what it is, in our words")
    parser.add_argument("--note", help="what the edition brings")
    options = parser.parse_args(arguments)
    if options.id in EDITION or options.document in DOCUMENT:
        parser.error(f"edition {options.id} or document {options.document} is registered already")
    if options.instead_of and options.instead_of not in EDITION[options.after].documents:
        parser.error(f"edition {options.after} has no document {options.instead_of}")
    return options


def main(arguments: list[str]) -> int:
    """Write the register's entries and the citations that follow, and print the work that is left."""
    options = read_arguments(arguments)
    files = sorted(options.sources.glob(f"{options.document}_*.txt"))
    if len(files) != 1:
        print(f"{options.sources} has {len(files)} files called {options.document}_*.txt; nothing was written")
        return 1
    editions = Path(str(ROOT.joinpath("editions.toml")))
    left: list[str] = []
    if options.instead_of:
        places, who = (
            places_in_new(options.instead_of, options.document, Sources(options.sources)),
            cited_by(options.instead_of),
        )
        left = list(work_left(who, places))
        cite_new_places(places)
        print(f"{len(who) - len(left)} cited passages stand unchanged in {options.document} and are cited there")
    with editions.open("a", encoding="utf-8") as file:
        file.write(entries(options, files[0]))
    print(f"edition {options.id} is registered, with document {options.document} after {options.after}")
    if left:
        print(f"{len(left)} cited passages are left; read each, then cite its place or narrow what cites it:")
        print("\n".join(left))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
