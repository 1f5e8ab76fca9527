"""EntitlementService.ClassifyExport."""

from __future__ import annotations

from quotary.v1 import common_pb2
from quotary.v1 import entitlement_service_pb2 as pb2
from quotary_server.adapter.enums import EXPORT_EXCEPTION
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_edition, read_product, read_view, text, word
from quotary_server.adapter.reading_subscriptions import flag
from quotary_server.adapter.writing import write_answer, write_citations, write_product
from quotary_server.ruleset import Ruleset
from quotary_spec.model.product import Platform, Product
from quotary_spec.rule import tracing
from quotary_spec.rules import export


def classify_export(ruleset: Ruleset, request: pb2.ClassifyExportRequest) -> pb2.ClassifyExportResponse:
    """The rows of the export table that fit what is asked.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    product = read_product(faults, "product", request.product) if request.HasField("product") else None
    artefact = word(faults, "artefact", request.artefact, "artefact") if request.artefact else None
    number = text(faults, "classification_number", request.classification_number) or None
    exception = EXPORT_EXCEPTION.read(faults, "exception", request.exception)
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing() as trace:
        rows, findings = export.classify_export(
            book,
            product.id if product is not None else None,
            product.platform if product is not None else None,
            artefact,
            number,
            exception,
            flag(request, "self_classified"),
        )
    response = pb2.ClassifyExportResponse()
    for row in rows:
        _write(response.classifications.add(), row)
    write_answer(response.answer, ruleset.digests, book, findings, trace, view)
    return response


def _write(message: pb2.ExportClassification, row: export.Classification) -> None:
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
