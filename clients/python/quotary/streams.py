"""Long lists as streams of messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from quotary.v1 import common_pb2, licence_tier_service_pb2

_USERS_OF_A_MESSAGE = 1_000


def count_requests(
    settings: licence_tier_service_pb2.BillableUserSettings,
    users: Iterable[licence_tier_service_pb2.User],
    edition: str | None = None,
    view: common_pb2.View.ValueType = common_pb2.VIEW_UNSPECIFIED,
) -> Iterator[licence_tier_service_pb2.CountBillableUsersRequest]:
    """The stream that CountBillableUsers takes: the settings, then the users as they come, whose ids ascend.

    Users are read as the server takes them, so that a million of them need not be in memory.
    """
    yield licence_tier_service_pb2.CountBillableUsersRequest(settings=settings, edition=edition, view=view)
    waiting = iter(users)
    while some := list(islice(waiting, _USERS_OF_A_MESSAGE)):
        yield licence_tier_service_pb2.CountBillableUsersRequest(users=some)
