"""RulebookService.GetRule."""

from __future__ import annotations

from google.rpc import code_pb2

from quotary.v1 import rulebook_service_pb2
from quotary_server.adapter.describing import PREFIX, Item, items, write_whole
from quotary_server.adapter.faults import Faults, fail


def get_rule(request: rulebook_service_pb2.GetRuleRequest) -> rulebook_service_pb2.Rule:
    """One rule by its id, or one catalogue entry by document and id.

    Raises:
        CallError: INVALID_ARGUMENT without a name of the form ``rules/...``, NOT_FOUND when nothing has the name.
    """
    faults = Faults()
    read_name(faults, request.name)
    faults.raise_if_any()
    response = rulebook_service_pb2.Rule()
    write_whole(response, find(request.name))
    return response


def read_name(faults: Faults, name: str) -> str:
    """The id in a resource name."""
    if not name:
        faults.add("name", "REQUIRED")
    elif not name.startswith(PREFIX):
        faults.add("name", "NOT_A_NAME", f"{name[:60]!r} does not begin with {PREFIX}")
    return name.removeprefix(PREFIX)


def find(name: str) -> Item:
    """What has a name of the right form.

    Raises:
        CallError: NOT_FOUND.
    """
    item = items().get(name.removeprefix(PREFIX))
    if item is None:
        fail(code_pb2.NOT_FOUND, "RULE_NOT_FOUND", repr(name[:60]), name=name[:100])
    return item
