"""The users of Guard that are streamed: managed and external, on and off, with and without supported products."""

from __future__ import annotations

from collections.abc import Iterator

from quotary.messages import from_plain
from quotary.v1 import licence_tier_service_pb2 as tier_pb2

USERS_A_MESSAGE = 5_000
_KINDS = (
    {"managed": True, "active": True, "accesses": [{"product_id": "jira"}]},
    {"managed": True, "active": True, "accesses": [{"product_id": "compass"}]},
    {"managed": True, "active": False, "accesses": [{"product_id": "confluence"}]},
    {"managed": False, "active": True, "accesses": [{"product_id": "jira"}]},
    {"managed": True, "active": True},
)


def messages(users: int) -> Iterator[tier_pb2.CountBillableUsersRequest]:
    """A stream of this many users, ids ascending."""
    kinds = [from_plain(kind, tier_pb2.User()) for kind in _KINDS]
    first = {"settings": {"organisation": {"verified_domains": ["example.com"]}, "premium_taken": True}}
    yield from_plain(first, tier_pb2.CountBillableUsersRequest())
    for start in range(0, users, USERS_A_MESSAGE):
        message = tier_pb2.CountBillableUsersRequest()
        for number in range(start, min(start + USERS_A_MESSAGE, users)):
            user = message.users.add()
            user.CopyFrom(kinds[number % len(kinds)])
            user.id = f"u{number:09d}"
        yield message
