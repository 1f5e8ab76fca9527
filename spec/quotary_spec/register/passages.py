"""The passages that the rule book cites, each with the hash of its text: ``python -m quotary_spec.register.passages``.

``generated/passages.toml`` holds the sha256 of the cited lines, joined by line ends, in UTF-8. The command writes it
anew from the documents in the folder that ``--sources`` names; what cites a document that is not there keeps its hash,
so that a new document can be registered by whoever has that one alone. With ``--check`` it compares instead, and fails
when a citation has no entry, an entry no citation, or a text another hash; the texts of documents that are not there
are not compared, and it says which.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from quotary_spec.passage import Passage
from quotary_spec.register.editions import DOCUMENT
from quotary_spec.register.files import ROOT, read

FILE = "generated/passages.toml"
_HEAD = """\
# Sha256 of the text behind each citation of the rule book; written by `python -m quotary_spec.register.passages`.

[sha256]
"""


def registered_passages() -> Mapping[Passage, str]:
    """The registered passages and the hashes of their texts."""
    return {Passage.parse(text): sha256 for text, sha256 in read(FILE)["sha256"].items()}


def cited_passages() -> set[Passage]:
    """Every passage that a rule, parameter, product, catalogue entry or lost text cites."""
    # Imported here, since the register is read by what is cited.
    from quotary_spec import rules
    from quotary_spec.register.catalogue import CATALOGUE
    from quotary_spec.register.counterparts import LOST
    from quotary_spec.register.parameters import PARAMETERS
    from quotary_spec.register.products import PRODUCT
    from quotary_spec.rule import registered_rules

    rules.load()
    found = {passage for rule in registered_rules().values() for passage in rule.info.passages}
    found.update(passage for rows in PARAMETERS.values() for row in rows.values() for passage in row.passages)
    for product in PRODUCT.values():
        found.update(product.cites)
    found.update(passage for entry in CATALOGUE.values() for passage in entry.cites)
    found.update(passage for lost in LOST for passage in (lost.here, lost.there))
    return found


class Sources:
    """The published documents of a folder, read by line; none without a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        files = [] if folder is None else sorted(folder.glob("*.txt"))
        self._lines = {path.stem.partition("_")[0]: path.read_text(encoding="utf-8").split("\n") for path in files}

    @property
    def documents(self) -> frozenset[str]:
        """The ids of the documents that are there."""
        return frozenset(self._lines)

    def lines(self, document: str) -> int:
        """The number of lines of a document; 0 when it is not there."""
        return len(self._lines.get(document, []))

    def text(self, passage: Passage) -> str:
        """The text of a passage.

        Raises:
            ValueError: the document is not there or has not so many lines.
        """
        lines = self._lines.get(passage.document, [])
        if passage.last > len(lines):
            raise ValueError(f"{passage}: the document has {len(lines)} lines")
        return "\n".join(lines[passage.first - 1 : passage.last])

    def sha256(self, passage: Passage) -> str:
        """The hash of a passage's text."""
        return hashlib.sha256(self.text(passage).encode()).hexdigest()


def faults(sources: Sources) -> Iterator[str]:
    """What is wrong with the registered passages; texts are compared as far as their documents are there."""
    cited, registered = cited_passages(), registered_passages()
    yield from (f"{passage} is cited and not registered" for passage in sorted(cited - registered.keys()))
    yield from (f"{passage} is registered and not cited" for passage in sorted(registered.keys() - cited))
    for passage, sha256 in registered.items():
        if passage.document in sources.documents and sources.sha256(passage) != sha256:
            yield f"{passage} has another text than when it was registered"


def write(sources: Sources) -> int:
    """Write the hashes of every cited passage; the number of passages.

    Raises:
        ValueError: a passage that is not registered yet cites a document that is not there.
    """
    registered, hashes = registered_passages(), dict[Passage, str]()
    for passage in sorted(cited_passages()):
        if passage.document in sources.documents:
            hashes[passage] = sources.sha256(passage)
        elif passage in registered:
            hashes[passage] = registered[passage]
        else:
            raise ValueError(
                f"{passage} is new, and document {passage.document} is not there: name its folder (--sources)"
            )
    rows = [f'"{passage}" = "{sha256}"\n' for passage, sha256 in hashes.items()]
    Path(str(ROOT.joinpath(FILE))).write_text(_HEAD + "".join(rows), encoding="utf-8")
    return len(rows)


def main(arguments: list[str]) -> int:
    """Write the file, or check it; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m quotary_spec.register.passages")
    parser.add_argument("--sources", type=Path, help="folder with the documents, as editions.toml names their files")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args(arguments)
    sources = Sources(options.sources)
    if not options.check:
        try:
            print(f"{write(sources)} passages registered")
        except ValueError as error:
            print(f"{error}; nothing was written")
            return 1
        return 0
    found = list(faults(sources))
    for fault in found:
        print(fault)
    if absent := sorted(DOCUMENT.keys() - sources.documents):
        print(f"not compared, since the documents are not there (--sources): {', '.join(absent)}")
    print(f"passages: {len(registered_passages())}, faults: {len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
