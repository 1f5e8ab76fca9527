"""A question as a line for a shell: grpcurl and buf curl."""

from __future__ import annotations

import json
import shlex
from typing import Any

from google.protobuf import json_format

from quotary_conformance.contract import Call, call_of
from quotary_conformance.vectors import Vector


def bodies(vector: Vector) -> list[Any]:
    """The requests of a vector as they are sent, in proto3 JSON."""
    call = call_of(vector)
    return [json_format.MessageToDict(each, preserving_proto_field_name=True) for each in call.requests(vector)]


def _written(requests: list[Any]) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) for each in requests)


def grpcurl(call: Call, requests: list[Any], address: str, tls: bool = False) -> str:
    """The question as a line of grpcurl, for a target that serves reflection."""
    plain = () if tls else ("-plaintext",)
    return shlex.join(["grpcurl", *plain, "-d", _written(requests), address, call.path.removeprefix("/")])


def buf_curl(call: Call, requests: list[Any], address: str, tls: bool = False) -> str:
    """The question as a line of buf curl, for a target that serves reflection."""
    if address.startswith("unix:"):
        where = ["--unix-socket", address.removeprefix("unix:"), f"http://localhost{call.path}"]
    else:
        where = [f"{'https' if tls else 'http'}://{address}{call.path}"]
    prior = () if tls else ("--http2-prior-knowledge",)
    return shlex.join(["buf", "curl", "--protocol", "grpc", *prior, "-d", _written(requests), *where])
