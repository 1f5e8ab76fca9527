"""The page on places and papers shows what the data holds; run as a program, this writes its tables anew."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from quotary_spec.supplements.tax_numbers import number_forms
from quotary_spec.supplements.territories import territories

PAGE = Path(__file__).resolve().parents[1] / "docs" / "places-and-papers.md"


def places() -> Iterator[str]:
    """One row a territory."""
    yield "| place | code | written in | area | from | until | known by | source |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in territories():
        shared = (f"`{code}` with a town" for code in each.shared_postal_codes)
        known, area = (
            ", ".join((*each.subdivisions, *(f"`{code}`" for code in each.postal_codes), *shared)),
            each.area.replace("_", " "),
        )
        time = f"{each.valid_from} | {each.valid_until or ''}"
        yield f"| {each.name} | {each.code} | {each.country} | {area} | {time} | {known} | {each.source} |"


def numbers() -> Iterator[str]:
    """One row a form."""
    yield "| kind | issuer | form | may stand after it | check | source |"
    yield "|---|---|---|---|---|---|"
    for forms in number_forms().values():
        for each in forms:
            after, check = ", ".join(each.suffixes), each.check or "form alone"
            yield f"| {each.kind} | {each.region} | {each.expected} | {after} | {check} | {each.source} |"


def _put(table: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[1] + table + found[2]


def made(page: str) -> str:
    """The page with its tables made from the data."""
    for name, rows in (("places", places()), ("numbers", numbers())):
        table = "\n".join(rows)
        page = re.sub(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", _put(table), page, flags=re.S)
    return page


def test_the_tables_are_those_of_the_data() -> None:
    page = PAGE.read_text("utf-8")
    assert "| Madeira | PT-30 | PT | own rate |" in page
    assert page == made(page), "run python tests/test_places_page.py"


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text("utf-8")), "utf-8")
