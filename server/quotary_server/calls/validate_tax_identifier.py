"""TaxService.ValidateTaxIdentifier."""

from __future__ import annotations

from quotary.v1 import tax_service_pb2
from quotary_server.adapter.enums import IDENTIFIER_STANDING
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_tax_identifier
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.party import TaxIdentifier
from quotary_spec.rules.tax.identifiers import IdentifierCheck, check_identifier


def validate_tax_identifier(
    ruleset: Ruleset, request: tax_service_pb2.ValidateTaxIdentifierRequest
) -> tax_service_pb2.ValidateTaxIdentifierResponse:
    """Whether a tax identifier counts as valid, and how sure that is.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, tax_service_pb2.ValidateTaxIdentifierResponse(), _read, check_identifier, _write)


def _read(faults: Faults, request: tax_service_pb2.ValidateTaxIdentifierRequest) -> TaxIdentifier:
    if request.HasField("tax_identifier"):
        return read_tax_identifier(faults, "tax_identifier", request.tax_identifier)
    faults.add("tax_identifier", "REQUIRED")
    return TaxIdentifier("", "")


def _write(response: tax_service_pb2.ValidateTaxIdentifierResponse, check: IdentifierCheck) -> None:
    response.compact_value = check.compact_value
    response.method = check.method
    if check.standing is not None:
        response.standing = IDENTIFIER_STANDING.write(check.standing)
