"""What a customer sees of a quote, as bytes that are always the same, and their fingerprint."""

from __future__ import annotations

import hashlib

from google.protobuf.message import Message

from quotary.v1 import common_pb2, quote_service_pb2


def canonical_bytes(message: Message) -> bytes:
    """The message in the order of its field numbers and of its map keys, absent fields left out."""
    return message.SerializeToString(deterministic=True)


def quote_digest(quote: quote_service_pb2.Quote) -> str:
    """Sha256 of number, revision, edition, customer, order, prices, taxes and validity, in hexadecimal.

    Neither the trace nor the purchase order number takes part, so that setting the number is no new quote.
    """
    seen = quote_service_pb2.Quote(
        name=quote.name,
        revision=quote.revision,
        edition=quote.edition,
        order=quote.order,
        priced_order=quote.priced_order,
        validity_origin=quote.validity_origin,
    )
    if quote.customer_id:
        seen.customer_id = quote.customer_id
    if quote.HasField("valid_through_date"):
        seen.valid_through_date.CopyFrom(quote.valid_through_date)
    seen.order.deal.ClearField("purchase_order_number")
    seen.priced_order.ClearField("answer")
    return hashlib.sha256(canonical_bytes(seen)).hexdigest()


def split_trace(answer: common_pb2.Answer) -> bytes:
    """Take the long part out of a full answer, and give it as bytes."""
    trace = common_pb2.Answer(citations=answer.citations, steps=answer.steps, steps_omitted=answer.steps_omitted)
    for field in ("citations", "steps", "steps_omitted"):
        answer.ClearField(field)
    return trace.SerializeToString()


def join_trace(answer: common_pb2.Answer, trace: bytes) -> None:
    """Put the long part back."""
    answer.MergeFromString(trace)
