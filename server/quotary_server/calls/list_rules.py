"""RulebookService.ListRules."""

from __future__ import annotations

from quotary.v1 import rulebook_service_pb2
from quotary_server.adapter.describing import Item, is_in_area, items, read_area, search, write_item
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.paging import page
from quotary_server.adapter.scalars import text
from quotary_spec.passage import Passage
from quotary_spec.register.editions import DOCUMENT
from quotary_spec.rulebook import BOOK

USUAL_PAGE = 100


def list_rules(request: rulebook_service_pb2.ListRulesRequest) -> rulebook_service_pb2.ListRulesResponse:
    """Rules and catalogue entries by area, edition, document line or words; those found by words come best first.

    A catalogue entry that became a function is found as that function.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    if request.HasField("edition") and request.edition not in BOOK:
        faults.add("edition", "UNKNOWN_EDITION", f"{request.edition[:20]!r} is none of {', '.join(BOOK)}")
    area = read_area(faults, request.area) if request.HasField("area") else None
    passage = _read_passage(faults, request.passage) if request.HasField("passage") else None
    query = text(faults, "query", request.query)

    def is_wanted(item: Item) -> bool:
        return (
            not item.is_shown_by_its_function
            and (not request.HasField("edition") or request.edition in item.editions)
            and (area is None or is_in_area(item.area, area))
            and (passage is None or item.stands_at(passage))
        )

    ranked = query.strip() != ""
    chosen = [item for item in (search(query) if ranked else items().values()) if is_wanted(item)]
    places = {item.id: f"{place:06}" for place, item in enumerate(chosen)}
    found, token = page(
        faults,
        chosen,
        lambda item: (places[item.id],) if ranked else item.key,
        request.page_size,
        request.page_token,
        [request.edition, request.area, request.passage, request.query],
        USUAL_PAGE,
    )
    faults.raise_if_any()
    response = rulebook_service_pb2.ListRulesResponse(next_page_token=token)
    for item in found:
        write_item(response.rules.add(), item)
    return response


def _read_passage(faults: Faults, value: str) -> Passage | None:
    try:
        passage = Passage.parse(value[:40])
    except ValueError:
        faults.add("passage", "NOT_A_PASSAGE", f"{value[:40]!r}")
        return None
    document = DOCUMENT.get(passage.document)
    if document is None or passage.last > document.lines:
        known = ", ".join(f"{each.id} with {each.lines} lines" for each in DOCUMENT.values())
        faults.add("passage", "NOT_A_PASSAGE", f"{value[:40]!r}; the documents are {known}")
    return passage
