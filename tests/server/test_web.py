"""JSON over HTTP: the same answers, failures and limits as gRPC, by the paths of the contract and by Connect."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.rpc import error_details_pb2

from quotary.v1 import quote_service_pb2, quote_service_pb2_grpc
from quotary_server.app import Running, start
from quotary_server.security import tokens
from quotary_server.security.callers import Caller
from quotary_server.settings import Settings, SettingsError, load
from quotary_server.web.openapi import described as described_contract
from quotary_server.web.routes import methods, routes

ORDER: dict[str, Any] = {
    "order": {
        "deal": {
            "order_date": {"year": 2026, "month": 3, "day": 1},
            "billing_party": {"kind": "PARTY_KIND_BUSINESS", "address": {"region_code": "TR"}},
        },
        "lines": [{"product": {"id": "confluence"}, "price": {"unit_price": "100.00"}}],
    }
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = f"sqlite:///{tmp_path_factory.mktemp('web')}/quotary.db"
    started = start(
        Settings(
            port=0,
            web_port=0,
            web_origins=["https://shop.example"],
            store_url=store,
            grace_seconds=0,
            log_level="error",
            message_bytes=64 * 1024,
        )
    )
    yield started
    started.stop()


class Answer:
    """What came over HTTP."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(running: Running, path: str, body: Any = None, verb: str | None = None, **headers: str) -> Answer:
    assert running.door is not None
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(running.door.address + path, data, named, method=verb)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def priced(running: Running) -> quote_service_pb2.PriceQuoteResponse:
    request = json_format.ParseDict(ORDER, quote_service_pb2.PriceQuoteRequest())
    with grpc.insecure_channel(running.address) as channel:
        return quote_service_pb2_grpc.QuoteServiceStub(channel).PriceQuote(request)


def test_an_order_is_priced_as_over_grpc(running: Running) -> None:
    # As curl -d sends it.
    answer = ask(running, "/v1/quotes:price", ORDER, content_type="application/x-www-form-urlencoded")
    assert answer.status == 200
    assert answer.json == json_format.MessageToDict(priced(running), preserving_proto_field_name=True)
    assert answer.json["net_total"] == {"currency_code": "USD", "units": "100"}


def test_a_faulty_order_names_every_fault(running: Running) -> None:
    faulty = json.loads(json.dumps(ORDER))
    faulty["order"]["lines"].append({"product": {"id": "nope"}, "price": {"unit_price": "-2"}})
    answer = ask(running, "/v1/quotes:price", faulty)
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json["code"] == "INVALID_ARGUMENT"
    assert answer.json["type"] == f"urn:quotary:reason:{answer.json['reason']}"
    assert {(each["field"], each["reason"]) for each in answer.json["violations"]} == {
        ("order.lines[1].product.id", "UNKNOWN_PRODUCT"),
        ("order.lines[1].price.unit_price", "NEGATIVE_AMOUNT"),
    }
    assert all(each["description"] for each in answer.json["violations"])


def test_json_that_does_not_fit_is_told_whole(running: Running) -> None:
    body = {"order": {"deal": {"orderdate": 1, "channel": "CHANNEL_MOON"}, "lines": {}}, "edition": 2026}
    answer = ask(running, "/v1/quotes:price", body)
    assert answer.status == 400
    assert {each["reason"] for each in answer.json["violations"]} == {"JSON_DOES_NOT_FIT"}
    fields = [each["field"] for each in answer.json["violations"]]
    assert fields == ["order.deal.orderdate", "order.deal.channel", "order.lines", "edition"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"1", b"[" * 5_000])
def test_a_body_that_is_no_object_is_a_fault(running: Running, body: bytes) -> None:
    answer = ask(running, "/v1/quotes:price", body)
    assert answer.status == 400
    assert answer.json["reason"] == "JSON_DOES_NOT_FIT"


def test_paths_queries_and_bodies_make_the_request(running: Running) -> None:
    made = ask(running, "/v1/quotes?request_id=0b9f6a8e-1f63-4d3c-9c5b-6d1e7c1b2a10", {"order": ORDER["order"]})
    again = ask(running, "/v1/quotes?request_id=0b9f6a8e-1f63-4d3c-9c5b-6d1e7c1b2a10", {"order": ORDER["order"]})
    assert made.json == again.json
    name = made.json["name"]
    assert ask(running, f"/v1/{name}?view=VIEW_FULL").json["priced_order"]["answer"]["steps"]
    listed = ask(running, "/v1/quotes?states=STATE_OPEN&states=STATE_EXPIRED&page_size=5")
    assert [each["name"] for each in listed.json["quotes"]] == [name]
    revised = ask(running, f"/v1/{name}:revise", {"purchase_order_number": "PO-7"})
    assert revised.json["purchase_order_number"] == "PO-7"
    refused = ask(running, f"/v1/{name}:accept", {"revision": 1, "digest": "0" * 64})
    assert (refused.status, refused.json["reason"]) == (400, "QUOTE_REVISED")
    absent = ask(running, "/v1/quotes/AT-0000000")
    assert (absent.status, absent.json["code"]) == (404, "NOT_FOUND")


def test_http_has_its_own_problems(running: Running) -> None:
    for path in ("/v1/nothing", "/v1/orders/%0A:recordPayment"):
        absent = ask(running, path)
        assert (absent.status, absent.headers["content-type"]) == (404, "application/problem+json")
    wrong = ask(running, "/v1/quotes:price")
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    assert ask(running, "/v1/quotes:price", b" " * (65 * 1024)).status == 413
    assert ask(running, "/v1/editions", x_server_timeout="soon").status == 400
    assert ask(running, "/v1/quotes?page_size=many").json["violations"][0]["field"] == "page_size"
    late = ask(running, "/v1/quotes:compareEditions", ORDER, x_server_timeout="0.000001")
    assert (late.status, late.json["code"]) == (504, "DEADLINE_EXCEEDED")


def test_pages_of_other_origins_are_kept_out(running: Running) -> None:
    allowed = ask(running, "/v1/editions", origin="https://shop.example")
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, "https://shop.example")
    assert ask(running, "/v1/editions", origin="https://other.example").status == 403
    assert running.door is not None
    assert ask(running, "/v1/editions", origin=running.door.address).status == 200
    assert ask(running, "/v1/editions", host="rebound.example").status == 400


def test_connect_answers_in_json_and_binary(running: Running) -> None:
    path = "/quotary.v1.QuoteService/PriceQuote"
    answer = ask(running, path, ORDER, content_type="application/json")
    assert answer.json == json_format.MessageToDict(priced(running))
    packed = json_format.ParseDict(ORDER, quote_service_pb2.PriceQuoteRequest()).SerializeToString()
    binary = ask(running, path, packed, content_type="application/proto")
    assert quote_service_pb2.PriceQuoteResponse.FromString(binary.body) == priced(running)


def test_connect_has_every_detail_of_a_failure(running: Running) -> None:
    faulty = {"order": {**ORDER["order"], "lines": [{"product": {"id": "nope"}}]}}
    answer = ask(running, "/quotary.v1.QuoteService/PriceQuote", faulty, content_type="application/json")
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    details = {each["type"]: each["value"] for each in answer.json["details"]}
    packed = details["google.rpc.BadRequest"]
    bad = error_details_pb2.BadRequest.FromString(base64.b64decode(packed + "=" * (-len(packed) % 4)))
    assert [each.field for each in bad.field_violations] == ["order.lines[0].product.id"]


def test_connect_streams(running: Running) -> None:
    def enveloped(*messages: Any) -> bytes:
        written = (json.dumps(each).encode() for each in messages)
        return b"".join(b"\0" + len(each).to_bytes(4, "big") + each for each in written)

    users = [{"users": [{"id": f"u{each}"}]} for each in range(3)]
    settings = {"settings": {"organisation": {"verified_domains": ["a.example"]}}}
    answer = ask(
        running,
        "/quotary.v1.LicenceTierService/CountBillableUsers",
        enveloped(settings, *users),
        content_type="application/connect+json",
    )
    size = int.from_bytes(answer.body[1:5], "big")
    assert json.loads(answer.body[5 : 5 + size])["totalUsers"] == "3"
    assert json.loads(answer.body[5 + size + 5 :]) == {}


def test_a_token_is_asked_for_as_over_grpc(tmp_path: Path) -> None:
    token, entry = tokens.make(Caller("shop", "acme", frozenset({"reader"})), None)
    tokens.write(tmp_path / "callers.toml", [entry])
    store = f"sqlite:///{tmp_path}/quotary.db"
    started = start(Settings(port=0, web_port=0, callers=tmp_path / "callers.toml", store_url=store, grace_seconds=0))
    try:
        nobody = ask(started, "/v1/editions")
        assert (nobody.status, nobody.headers["www-authenticate"]) == (401, "Bearer")
        assert nobody.json["reason"] == "CALLER_UNKNOWN"
        assert ask(started, "/v1/editions", authorization=f"Bearer {token}").status == 200
        path = "/quotary.v1.RulebookService/ListEditions"
        assert ask(started, path, {}, content_type="application/json").json["code"] == "unauthenticated"
        reader = ask(started, "/v1/quotes", ORDER, authorization=f"Bearer {token}")
        assert (reader.status, reader.json["code"]) == (403, "PERMISSION_DENIED")
    finally:
        started.stop()


def test_the_document_has_every_call_with_a_path(running: Running) -> None:
    described = ask(running, "/openapi.json").json
    assert described == described_contract()
    operations = {each["operationId"]: each for path in described["paths"].values() for each in path.values()}
    with_path = {f"{each.method.containing_service.name}.{each.method.name}" for each in routes()}
    assert set(operations) == with_path
    streams = {each.name for each in methods() if each.client_streaming}
    assert {each.name for each in methods()} == {each.partition(".")[2] for each in with_path} | streams
    assert all(each["summary"] for each in operations.values())
    assert "/v1/quotes/{quote}:accept" in described["paths"]
    assert "/v1/orders/{order}/refunds/{refund}" in described["paths"]
    for name, schema in described["components"]["schemas"].items():
        own = not name.startswith("google.")
        assert not own or schema["description"], name
        for field, of in schema.get("properties", {}).items():
            assert not own or of.get("description"), f"{name}.{field}"
    references = set(_references(described))
    assert references == {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}


def _references(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if "$ref" in tree:
            yield tree["$ref"]
        for each in tree.values():
            yield from _references(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from _references(each)


def test_beyond_loopback_the_door_asks_for_what_grpc_does() -> None:
    with pytest.raises(SettingsError, match=r"other machines reach 0\.0\.0\.0, and without TLS"):
        load(web_port=0, web_host="0.0.0.0")
    assert load(web_host="0.0.0.0").web_port is None
