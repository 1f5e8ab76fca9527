"""The whole book: whatever is asked in whatever edition, exactly one answer comes, and it accounts for itself.

Requests are crossed from those of the vectors, so that they hold combinations that nobody thought of. No two rules may
claim the same facts and differ (that would be an internal error), and none may be missing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

import grpc
import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from quotary.v1 import common_pb2
from quotary_conformance.contract import Call, call_of
from quotary_conformance.vectors import load
from quotary_spec.register.catalogue import CATALOGUE
from quotary_spec.register.editions import DOCUMENTS_OF_EDITION, EDITIONS
from quotary_spec.register.reasons import REASON
from quotary_spec.rule import registered_rules

Requests = list[list[Message]]

EVERY_EDITION_AT_ONCE = ("QuoteService.CompareEditions", "TaxService.ListTaxJurisdictions")


def requests_by_call() -> dict[Call, Requests]:
    """The requests of the vectors that ask one edition and are answered once."""
    found: dict[Call, Requests] = defaultdict(list)
    for vector in load():
        if vector.call not in EVERY_EDITION_AT_ONCE:
            found[call_of(vector)].append(call_of(vector).requests(vector))
    return found


REQUESTS = requests_by_call()
calls = pytest.mark.parametrize("call", REQUESTS, ids=lambda call: call.name)


def cross(one: Message, other: Message, draw: st.DrawFn) -> None:
    """Change ``one``: some of its fields become those of ``other``, or absent."""
    for field in one.DESCRIPTOR.fields:
        name = field.name
        if name in ("edition", "view") or not (present(one, field) or present(other, field)):
            continue
        fate = draw(st.sampled_from(["kept", "kept", "kept", "taken", "left out", "crossed"]))
        if fate == "taken" or (fate == "crossed" and not present(one, field)):
            one.ClearField(name)
            if present(other, field):
                part = type(one)()
                copy_field(part, other, field)
                one.MergeFrom(part)
        elif fate == "left out":
            one.ClearField(name)
        elif fate == "crossed" and field.message_type is not None and present(other, field):
            if not field.is_repeated:
                cross(getattr(one, name), getattr(other, name), draw)
            elif not is_map(field):
                for mine, theirs in zip(getattr(one, name), getattr(other, name), strict=False):
                    cross(mine, theirs, draw)


def present(message: Message, field: Any) -> bool:
    value = getattr(message, field.name)
    if field.is_repeated:
        return len(value) > 0
    return message.HasField(field.name) if field.has_presence else bool(value)


def is_map(field: Any) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def copy_field(to: Message, source: Message, field: Any) -> None:
    value = getattr(source, field.name)
    if is_map(field):
        getattr(to, field.name).MergeFrom(value)
    elif field.is_repeated:
        getattr(to, field.name).extend(value)
    elif field.message_type is not None:
        getattr(to, field.name).CopyFrom(value)
    else:
        setattr(to, field.name, value)


@st.composite
def crossed(draw: st.DrawFn, call: Call) -> list[Message]:
    """A request, or a stream of them, from two of the vectors', in any edition."""
    one, other = draw(st.sampled_from(REQUESTS[call])), draw(st.sampled_from(REQUESTS[call]))
    edition = draw(st.sampled_from(EDITIONS))
    made = []
    for mine, theirs in zip(one, [*other, *one][: len(one)], strict=True):
        message = type(mine).FromString(mine.SerializeToString())
        cross(message, theirs, draw)
        if "edition" in message.DESCRIPTOR.fields_by_name:
            message.edition = edition  # type: ignore[attr-defined]
        if "view" in message.DESCRIPTOR.fields_by_name:
            message.view = common_pb2.VIEW_FULL  # type: ignore[attr-defined]
        made.append(message)
    return made


def answers(message: Message) -> Iterator[common_pb2.Answer]:
    """Every Answer in a response."""
    # The runner has the contract in a pool of its own, so that its classes are not the generated ones.
    if message.DESCRIPTOR.full_name == common_pb2.Answer.DESCRIPTOR.full_name:
        yield cast("common_pb2.Answer", message)
        return
    for field, value in message.ListFields():
        if field.message_type is not None and not is_map(field):
            for each in value if field.is_repeated else [value]:
                yield from answers(each)


def names_a_field(path: str, descriptor: Descriptor) -> bool:
    """True when a path such as ``order.lines[3].product.id`` leads through the message's fields.

    Users of a stream are named by their id (``users[ann].email``), facts of a rule by their name.
    """
    place: Descriptor | None = descriptor
    for step in path.split("."):
        if place is Struct.DESCRIPTOR:
            return True
        name = re.sub(r"\[\w+\]$", "", step)
        if place is None or name not in place.fields_by_name:
            return False
        place = place.fields_by_name[name].message_type
    return True


@calls
@given(st.data())
def test_it_is_answered_once_or_refused_field_by_field(call: Call, channel: grpc.Channel, data: st.DataObject) -> None:
    messages = data.draw(crossed(call))
    try:
        responses = call.send(channel, messages, 30)
    except grpc.RpcError as error:
        if error.code() not in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND):
            raise
        return
    for response in responses:
        for answer in answers(response):
            accounts_for_itself(answer, messages[0])


def accounts_for_itself(answer: common_pb2.Answer, request: Any) -> None:
    edition = answer.edition
    assert edition in EDITIONS
    assert edition == getattr(request, "edition", edition)
    assert answer.outcome == max((each.outcome for each in answer.reasons), default=common_pb2.OUTCOME_GRANTED)
    assert answer.outcome != common_pb2.OUTCOME_GRANTED or answer.rule_ids, "no rule spoke (R-39)"
    for reason in answer.reasons:
        assert reason.code in REASON
        assert reason.text
        assert "{" not in reason.text, reason.text
        assert not reason.subject or names_a_field(reason.subject, request.DESCRIPTOR), reason.subject
    for path in answer.missing:
        assert names_a_field(path, request.DESCRIPTOR), path
    rules = registered_rules()
    for id in answer.rule_ids:
        assert edition in rules[id].info.editions if id in rules else id in CATALOGUE, id
    for citation in (*answer.citations, *(each for step in answer.steps for each in step.citations)):
        assert citation.document in DOCUMENTS_OF_EDITION[edition], (edition, citation)
    assert len(answer.digests.rule_book) == 64
