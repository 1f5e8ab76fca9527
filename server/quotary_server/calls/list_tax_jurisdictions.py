"""TaxService.ListTaxJurisdictions."""

from __future__ import annotations

from quotary.v1 import tax_service_pb2
from quotary_server.adapter.enums import RATE_ORIGIN
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.paging import page
from quotary_server.adapter.reading import read_edition
from quotary_server.adapter.scalars import civil_date, region
from quotary_server.adapter.writing import plain, write_citations, write_date
from quotary_server.ruleset import Ruleset
from quotary_spec.rules.tax.jurisdictions import TaxJurisdiction, list_jurisdictions

USUAL_PAGE = 200


def list_tax_jurisdictions(
    ruleset: Ruleset, request: tax_service_pb2.ListTaxJurisdictionsRequest
) -> tax_service_pb2.ListTaxJurisdictionsResponse:
    """The places whose taxes an edition speaks of, page by page.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    book = read_edition(faults, request)
    place = region(faults, "region_code", request.region_code) if request.region_code else ""
    on = civil_date(faults, "rate_date", request.rate_date) if request.HasField("rate_date") else None
    listed = list_jurisdictions(book, ruleset.rates, on, place.partition("-")[0] or None)
    chosen = [each for each in listed if "-" not in place or each.region == place]
    entries, next_token = page(
        faults,
        chosen,
        lambda each: (each.region, each.locality, each.tax),
        request.page_size,
        request.page_token,
        (book.edition, place, str(on)),
        USUAL_PAGE,
    )
    faults.raise_if_any()
    response = tax_service_pb2.ListTaxJurisdictionsResponse(edition=book.edition, next_page_token=next_token)
    for each in entries:
        _write(response.tax_jurisdictions.add(), each)
    return response


def _write(message: tax_service_pb2.TaxJurisdiction, entry: TaxJurisdiction) -> None:
    message.tax = entry.tax
    message.region_code = entry.region
    message.locality = entry.locality
    message.display_name = entry.name
    if entry.rate is not None:
        message.rate = plain(entry.rate.value)
        message.rate_origin = RATE_ORIGIN.write(entry.rate.origin)
    if entry.start is not None:
        write_date(message.start_date, entry.start)
    message.exempting.extend(entry.exempting)
    message.rule_id = entry.rule_id
    write_citations(message.citations, entry.passages)
