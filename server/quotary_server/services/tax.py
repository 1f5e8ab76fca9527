"""TaxService: computes taxes and checks what frees from them."""

from __future__ import annotations

import grpc

from quotary.v1 import tax_service_pb2, tax_service_pb2_grpc
from quotary_server.calls.calculate_tax import calculate_tax
from quotary_server.calls.list_tax_jurisdictions import list_tax_jurisdictions
from quotary_server.calls.validate_tax_identifier import validate_tax_identifier
from quotary_server.ruleset import Ruleset


class TaxService(tax_service_pb2_grpc.TaxServiceServicer):
    """Computes taxes and checks what frees from them."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    def CalculateTax(
        self, request: tax_service_pb2.CalculateTaxRequest, context: grpc.ServicerContext
    ) -> tax_service_pb2.CalculateTaxResponse:
        """See the contract."""
        return calculate_tax(self._ruleset, request)

    def ValidateTaxIdentifier(
        self, request: tax_service_pb2.ValidateTaxIdentifierRequest, context: grpc.ServicerContext
    ) -> tax_service_pb2.ValidateTaxIdentifierResponse:
        """See the contract."""
        return validate_tax_identifier(self._ruleset, request)

    def ListTaxJurisdictions(
        self, request: tax_service_pb2.ListTaxJurisdictionsRequest, context: grpc.ServicerContext
    ) -> tax_service_pb2.ListTaxJurisdictionsResponse:
        """See the contract."""
        return list_tax_jurisdictions(self._ruleset, request)
