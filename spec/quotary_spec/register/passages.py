"""The passages that the rule book cites, each with the hash of its text: ``python -m quotary_spec.register.passages``.

``passages.toml`` holds the sha256 of the cited lines, joined by line ends, in UTF-8. The command reads the documents
beside the project (``../shared/sources``) and writes the file anew. With ``--check`` it compares instead, and fails
when a citation has no entry, an entry no citation, or a text another hash; without the documents it says that the texts
were not compared.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from quotary_spec.passage import Passage
from quotary_spec.register.files import ROOT, read

SOURCES = Path(str(ROOT)).parents[3] / "shared" / "sources"
_HEAD = """\
# Sha256 of the text behind each citation of the rule book; written by `python -m quotary_spec.register.passages`.

[sha256]
"""


def registered_passages() -> Mapping[Passage, str]:
    """The registered passages and the hashes of their texts."""
    return {Passage.parse(text): sha256 for text, sha256 in read("passages.toml")["sha256"].items()}


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
    """The published documents, read by line."""

    def __init__(self, folder: Path) -> None:
        self._lines = {
            path.name.partition("_")[0]: path.read_text(encoding="utf-8").split("\n") for path in folder.glob("*.txt")
        }

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


def faults(sources: Sources | None) -> Iterator[str]:
    """What is wrong with the registered passages; the texts are compared when the documents are there."""
    cited, registered = cited_passages(), registered_passages()
    yield from (f"{passage} is cited and not registered" for passage in sorted(cited - registered.keys()))
    yield from (f"{passage} is registered and not cited" for passage in sorted(registered.keys() - cited))
    if sources is not None:
        for passage, sha256 in registered.items():
            if sources.sha256(passage) != sha256:
                yield f"{passage} has another text than when it was registered"


def write(sources: Sources) -> int:
    """Write the hashes of every cited passage; the number of passages."""
    rows = [f'"{passage}" = "{sources.sha256(passage)}"\n' for passage in sorted(cited_passages())]
    Path(str(ROOT.joinpath("passages.toml"))).write_text(_HEAD + "".join(rows), encoding="utf-8")
    return len(rows)


def main(arguments: list[str]) -> int:
    """Write the file, or check it; 1 when something is wrong."""
    sources = Sources(SOURCES) if SOURCES.is_dir() else None
    if "--check" not in arguments:
        if sources is None:
            print("the documents are not there (../shared/sources): nothing was written")
            return 1
        print(f"{write(sources)} passages registered")
        return 0
    found = list(faults(sources))
    for fault in found:
        print(fault)
    if sources is None:
        print("skipped: the documents are not there (../shared/sources), so the texts were not compared")
    print(f"passages: {len(registered_passages())}, faults: {len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
