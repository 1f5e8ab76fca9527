"""Export classification: a table by product and artefact, answered row by row and never extended to other products."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from quotary_spec.outcome import Finding, not_covered
from quotary_spec.passage import Passage
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book


@rule("EXPORT-ECCN", "002:1273-1451 000:1317-1633", rulings="R-02")
def row_fits(
    row: Mapping[str, Any],
    product: str | None,
    platform: str | None,
    artefact: str | None,
    number: str | None,
    exception: str | None,
    self_classified: bool | None,
) -> bool:
    """Each listed product has an export classification number, a government ruling or none, and a licence exception.

    Reading: a row that names no platform answers for any; a question that names none is answered by all rows.
    """
    pairs = (
        (product, row["product"]),
        (platform, row["platform"] or platform),
        (artefact, row["artefact"]),
        (number, row.get("number")),
        (exception, row["exception"]),
        (self_classified, row.get("self_classified")),
    )
    return all(requested is None or requested == printed for requested, printed in pairs)


@rule("EXPORT-EXCEPTION-CONSISTENCY", "000:1317-1633", rulings="R-000-EXPORT-EXCEPTION-CONSISTENCY")
def exceptions_of_number(number: str, rows: Collection[Mapping[str, Any]]) -> tuple[str, ...]:
    """The exceptions that stand beside a classification number in the table.

    Reading: an observed regularity that checks the table, not a rule that classifies further products.
    """
    return tuple(sorted({str(row["exception"]) for row in rows if row.get("number") == number}))


@dataclass(frozen=True, slots=True)
class Classification:
    """A row of the table; what the edition lost is empty or None.

    Attributes:
        product: Registered id.
        platform: Platform the row names; empty where it names none.
        artefact: "program", "source_code", "client" or "mobile_client".
        name: The row's name, in our words.
        number: Export control classification number.
        ccats: Number of the government's ruling; empty where the vendor classified itself.
        self_classified: Whether the vendor classified it itself.
        exception: "mass_market", "enc_b1", "enc_b2", "none"; empty where it is lost.
        passage: Where the row stands.
    """

    product: str
    platform: str
    artefact: str
    name: str
    number: str
    ccats: str
    self_classified: bool | None
    exception: str
    passage: Passage


def classify_export(
    book: Book,
    product: str | None = None,
    platform: str | None = None,
    artefact: str | None = None,
    number: str | None = None,
    exception: str | None = None,
    self_classified: bool | None = None,
) -> tuple[list[Classification], list[Finding]]:
    """The rows that fit what is asked; None asks for any."""
    rows = book.rows("export.rows", silent=())
    if not rows:
        return [], [not_covered(edition=book.edition)]
    found = [
        Classification(
            row["product"],
            row["platform"],
            row["artefact"],
            row["name"],
            row.get("number", ""),
            row.get("ccats", ""),
            row.get("self_classified"),
            row["exception"],
            Passage.parse(row["cite"]),
        )
        for row in rows
        if row_fits(row, product, platform, artefact, number, exception, self_classified)
    ]
    lost = not any("number" in row for row in rows)
    if not found and not (lost and (number is not None or self_classified is not None)):
        return [], [not_covered("EXPORT_NOT_LISTED", edition=book.edition)]
    return found, [not_covered("EXPORT_NUMBERS_LOST", edition=book.edition)] if lost else []
