"""TaxService.ValidateTaxIdentifier."""

from __future__ import annotations

from quotary.v1 import tax_service_pb2
from quotary_server.adapter.enums import IDENTIFIER_STANDING
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_edition, read_tax_identifier, read_view
from quotary_server.adapter.writing import write_answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.party import TaxIdentifier
from quotary_spec.rule import tracing
from quotary_spec.rules.tax.identifiers import check_identifier


def validate_tax_identifier(
    ruleset: Ruleset, request: tax_service_pb2.ValidateTaxIdentifierRequest
) -> tax_service_pb2.ValidateTaxIdentifierResponse:
    """Whether a tax identifier counts as valid, and how sure that is.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    if request.HasField("tax_identifier"):
        identifier = read_tax_identifier(faults, "tax_identifier", request.tax_identifier)
    else:
        faults.add("tax_identifier", "REQUIRED")
        identifier = TaxIdentifier("", "")
    view = read_view(faults, request.view)
    faults.raise_if_any()
    with tracing() as trace:
        check = check_identifier(book, identifier)
    response = tax_service_pb2.ValidateTaxIdentifierResponse(compact_value=check.compact_value, method=check.method)
    if check.standing is not None:
        response.standing = IDENTIFIER_STANDING.write(check.standing)
    write_answer(response.answer, ruleset.digests, book, check.findings, trace, view)
    return response
