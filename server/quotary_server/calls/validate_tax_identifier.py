"""TaxService.ValidateTaxIdentifier."""

from __future__ import annotations

from functools import partial

from quotary.v1 import tax_service_pb2
from quotary_server.adapter.enums import IDENTIFIER_STANDING
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_tax_identifier
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.party import TaxIdentifier
from quotary_spec.rulebook import Book
from quotary_spec.rules.tax.identifiers import IdentifierCheck, check_identifier
from quotary_spec.rules.tax.jurisdictions import freed_taxes


def validate_tax_identifier(
    ruleset: Ruleset, request: tax_service_pb2.ValidateTaxIdentifierRequest
) -> tax_service_pb2.ValidateTaxIdentifierResponse:
    """Whether a tax identifier counts as valid, and how sure that is.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    response = tax_service_pb2.ValidateTaxIdentifierResponse()
    return answer(ruleset, request, response, _read, partial(_ask, ruleset), _write)


def _ask(ruleset: Ruleset, book: Book, identifier: TaxIdentifier) -> IdentifierCheck:
    return check_identifier(book, identifier, partial(freed_taxes, book, ruleset.rates))


def _read(faults: Faults, request: tax_service_pb2.ValidateTaxIdentifierRequest) -> TaxIdentifier:
    if request.HasField("tax_identifier"):
        return read_tax_identifier(faults, "tax_identifier", request.tax_identifier)
    faults.add("tax_identifier", "REQUIRED")
    return TaxIdentifier("", "")


def _write(response: tax_service_pb2.ValidateTaxIdentifierResponse, check: IdentifierCheck) -> None:
    reading = check.reading
    response.compact_value = reading.compact
    response.method = reading.method
    response.region_code = reading.region or ""
    response.usual_value = reading.usual
    response.expected_form = reading.expected
    for problem in reading.problems:
        into = response.problems.add(part=problem.part, text=problem.text, character=problem.character)
        if problem.position is not None:
            into.position = problem.position
    for tax in check.frees:
        response.frees.add(tax=tax.tax, region_codes=tax.regions, rule_id=tax.rule_id)
    if check.standing is not None:
        response.standing = IDENTIFIER_STANDING.write(check.standing)
