"""RulebookService.ListEditions."""

from __future__ import annotations

from quotary.v1 import rulebook_service_pb2
from quotary_server.adapter.describing import items
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.paging import page
from quotary_server.ruleset import Ruleset
from quotary_spec.register.editions import DEFAULT_EDITION, DOCUMENT, EDITION, Edition


def list_editions(
    ruleset: Ruleset, request: rulebook_service_pb2.ListEditionsRequest
) -> rulebook_service_pb2.ListEditionsResponse:
    """The editions, oldest first.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    faults = Faults()
    found, token = page(
        faults, tuple(EDITION.values()), lambda each: [each.id], request.page_size, request.page_token, ["editions"]
    )
    faults.raise_if_any()
    response = rulebook_service_pb2.ListEditionsResponse(next_page_token=token)
    for edition in found:
        _write_edition(response.editions.add(), edition, ruleset.digests.rule_book)
    return response


def _write_edition(message: rulebook_service_pb2.Edition, edition: Edition, digest: str) -> None:
    message.edition = edition.id
    for id in edition.documents:
        document = DOCUMENT[id]
        message.documents.add(
            document=id,
            family=document.family,
            title=document.title,
            language_codes=document.languages,
            sha256=document.sha256,
        )
    message.rule_count = sum(item.is_function and edition.id in item.editions for item in items().values())
    message.is_default = edition.id == DEFAULT_EDITION
    message.rule_book_digest = digest
