"""Reflection of both versions, asked as tools ask it."""

from collections.abc import Iterable
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection_pb2

from quotary_server.app import SERVICES
from quotary_server.reflection import NAMES


def _ask(channel: grpc.Channel, version: str, **question: Any) -> reflection_pb2.ServerReflectionResponse:
    call = channel.stream_stream(
        f"/{version}/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    (response,) = call(iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=20)
    assert isinstance(response, reflection_pb2.ServerReflectionResponse)
    return response


def _files(serialized: Iterable[bytes]) -> dict[str, FileDescriptorProto]:
    files = [FileDescriptorProto.FromString(each) for each in serialized]
    return {file.name: file for file in files}


@pytest.mark.parametrize("version", NAMES)
def test_both_versions_list_every_service(channel: grpc.Channel, version: str) -> None:
    listed = _ask(channel, version, list_services="").list_services_response.service
    assert {each.name for each in listed} == {*SERVICES, "grpc.health.v1.Health", *NAMES}


@pytest.mark.parametrize(
    ("symbol", "file"),
    [
        ("quotary.v1.QuoteService", "quotary/v1/quote_service.proto"),
        ("quotary.v1.QuoteService.PriceQuote", "quotary/v1/quote_service.proto"),
        ("quotary.v1.Answer.outcome", "quotary/v1/common.proto"),
        ("quotary.v1.OUTCOME_GRANTED", "quotary/v1/common.proto"),
        ("google.rpc.BadRequest.FieldViolation", "google/rpc/error_details.proto"),
        ("google.rpc.ErrorInfo", "google/rpc/error_details.proto"),
        ("quotary.v1.access", "quotary/v1/options.proto"),
        ("grpc.health.v1.Health.Check", "grpc_health/v1/health.proto"),
    ],
)
def test_a_symbol_leads_to_its_file_with_all_that_it_imports(channel: grpc.Channel, symbol: str, file: str) -> None:
    found = _files(
        _ask(channel, NAMES[0], file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto
    )
    assert file in found
    assert {name for each in found.values() for name in each.dependency} <= set(found)


def test_the_contract_is_described_with_its_comments(channel: grpc.Channel) -> None:
    asked = _ask(channel, NAMES[0], file_by_filename="quotary/v1/common.proto").file_descriptor_response
    comments = [
        each.leading_comments
        for each in _files(asked.file_descriptor_proto)["quotary/v1/common.proto"].source_code_info.location
        if each.leading_comments
    ]
    assert len(comments) > 100


def test_options_of_the_contract_are_described(channel: grpc.Channel) -> None:
    extended = "google.protobuf.MethodOptions"
    numbers = _ask(channel, NAMES[0], all_extension_numbers_of_type=extended).all_extension_numbers_response
    assert {50131, 72295728} <= {*numbers.extension_number}, "the contract's own and that of google.api.http"
    access = reflection_pb2.ExtensionRequest(containing_type=extended, extension_number=50131)
    found = _ask(channel, NAMES[0], file_containing_extension=access).file_descriptor_response.file_descriptor_proto
    assert "quotary/v1/options.proto" in _files(found)
    absent = reflection_pb2.ExtensionRequest(containing_type=extended, extension_number=1)
    error = _ask(channel, NAMES[0], file_containing_extension=absent).error_response
    assert error.error_code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize(
    "question", [{"file_by_filename": "nope.proto"}, {"file_containing_symbol": "quotary.v1.Nope"}]
)
def test_what_is_not_there_is_not_found(channel: grpc.Channel, question: dict[str, str]) -> None:
    assert _ask(channel, NAMES[1], **question).error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
