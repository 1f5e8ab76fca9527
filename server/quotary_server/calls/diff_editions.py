"""RulebookService.DiffEditions."""

from __future__ import annotations

from quotary.v1 import rulebook_service_pb2
from quotary_server.adapter.describing import is_in_area, read_area
from quotary_server.adapter.enums import CHANGE_KIND
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.writing import show, write_citations
from quotary_spec.comparison import EditionChange, changes
from quotary_spec.register.editions import DEFAULT_EDITION, EDITIONS


def diff_editions(request: rulebook_service_pb2.DiffEditionsRequest) -> rulebook_service_pb2.DiffEditionsResponse:
    """What changed from an edition to a later one.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    base, later = _read_editions(faults, request)
    area = read_area(faults, request.area) if request.HasField("area") else None
    faults.raise_if_any()
    response = rulebook_service_pb2.DiffEditionsResponse(base_edition=base, edition=later)
    for change in changes(base, later):
        if area is None or is_in_area(change.area, area):
            _write_change(response.changes.add(), change)
    return response


def _read_editions(faults: Faults, request: rulebook_service_pb2.DiffEditionsRequest) -> tuple[str, str]:
    later = request.edition if request.HasField("edition") else DEFAULT_EDITION
    known = later in EDITIONS
    if not known:
        faults.add("edition", "UNKNOWN_EDITION", f"{later[:20]!r} is none of {', '.join(EDITIONS)}")
    place = EDITIONS.index(later) if known else len(EDITIONS)
    if not request.HasField("base_edition"):
        if place == 0:
            faults.add("base_edition", "REQUIRED", f"no edition is before {later}")
        return EDITIONS[max(place - 1, 0)], later
    base = request.base_edition
    if base not in EDITIONS:
        faults.add("base_edition", "UNKNOWN_EDITION", f"{base[:20]!r} is none of {', '.join(EDITIONS)}")
    elif known and EDITIONS.index(base) >= place:
        faults.add("base_edition", "CONFLICTING_FIELDS", f"{base} is not before {later}")
    return base, later


def _write_change(message: rulebook_service_pb2.EditionChange, change: EditionChange) -> None:
    message.kind = CHANGE_KIND.write(change.kind)
    message.id = change.id
    message.area = change.area
    message.base_value = "" if change.base_value is None else show(change.base_value)
    message.value = "" if change.value is None else show(change.value)
    write_citations(message.base_citations, change.base_passages)
    write_citations(message.citations, change.passages)
    message.text_lost = change.text_lost
