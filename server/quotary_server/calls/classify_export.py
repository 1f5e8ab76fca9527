"""EntitlementService.ClassifyExport."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quotary.v1 import common_pb2
from quotary.v1 import entitlement_service_pb2 as pb2
from quotary_server.adapter.enums import EXPORT_EXCEPTION
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.reading_subscriptions import flag
from quotary_server.adapter.scalars import text, word
from quotary_server.adapter.writing import write_citations, write_product
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding
from quotary_spec.rulebook import Book
from quotary_spec.rules import export


def classify_export(ruleset: Ruleset, request: pb2.ClassifyExportRequest) -> pb2.ClassifyExportResponse:
    """The rows of the export table that fit what is asked.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, pb2.ClassifyExportResponse(), _read, _ask, _write)


@dataclass(frozen=True, slots=True)
class _Case:
    product: Product | None
    artefact: str | None
    number: str | None
    exception: str | None
    self_classified: bool | None


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: Sequence[export.Classification]
    findings: Sequence[Finding]


def _read(faults: Faults, request: pb2.ClassifyExportRequest) -> _Case:
    return _Case(
        read_product(faults, "product", request.product) if request.HasField("product") else None,
        word(faults, "artefact", request.artefact, "artefact") if request.artefact else None,
        text(faults, "classification_number", request.classification_number) or None,
        EXPORT_EXCEPTION.read(faults, "exception", request.exception),
        flag(request, "self_classified"),
    )


def _ask(book: Book, case: _Case) -> _Rows:
    id, platform = (case.product.id, case.product.platform) if case.product is not None else (None, None)
    return _Rows(
        *export.classify_export(book, id, platform, case.artefact, case.number, case.exception, case.self_classified)
    )


def _write(response: pb2.ClassifyExportResponse, found: _Rows) -> None:
    for row in found.rows:
        _write_row(response.classifications.add(), row)


def _write_row(message: pb2.ExportClassification, row: export.Classification) -> None:
    write_product(message.product, Product(row.product, Platform(row.platform) if row.platform else None))
    message.artefact = row.artefact
    message.display_name = row.name
    message.classification_number = row.number
    message.ccats_number = row.ccats
    if row.self_classified is not None:
        message.self_classified = row.self_classified
    if row.exception:
        message.exception = EXPORT_EXCEPTION.write(row.exception)
    # A row without its number is told as far as it survives.
    message.outcome = common_pb2.OUTCOME_GRANTED if row.number else common_pb2.OUTCOME_NOT_COVERED
    write_citations(message.citations, (row.passage,))
