"""Reflection: the server describes its contract, comments included, to tools that know nothing of it.

grpcio's own servicer knows version v1alpha alone, finds no methods (``describe Service.Method`` fails), and answers
from descriptors that hold no comments. This one answers both versions from the descriptors made with the stubs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources

import grpc
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from google.protobuf.descriptor_pool import Default
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

NAMES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
"""Both versions; their messages are the same on the wire."""


@cache
def contract() -> Mapping[str, FileDescriptorProto]:
    """Every file that can be asked for, by name: the contract, its imports, error details, health and reflection."""
    made = FileDescriptorSet.FromString(resources.files("quotary.v1").joinpath("contract.binpb").read_bytes())
    files = {file.name: file for file in made.file}
    for known in (health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR):
        described = FileDescriptorProto()
        known.CopyToProto(described)
        files.setdefault(described.name, described)
    for file in [*files.values()]:
        for name in file.dependency:
            if name not in files:
                described = FileDescriptorProto()
                Default().FindFileByName(name).CopyToProto(described)
                files[name] = described
    return files


class Reflection:
    """Answers what a tool asks of the contract; the symbols of every file are found at the start."""

    def __init__(self, services: Iterable[str]) -> None:
        """Describe the server that offers ``services``."""
        self._services = sorted((*services, *NAMES))
        self._files = contract()
        self._extensions = {
            (each.extendee.removeprefix("."), each.number): file
            for file in self._files.values()
            for each in file.extension
        }
        self._file_of = {name: file for file in self._files.values() for name in _symbols(file)}

    def add_to(self, server: grpc.Server) -> None:
        """Serve both versions."""
        handler = grpc.stream_stream_rpc_method_handler(
            self.answer,
            reflection_pb2.ServerReflectionRequest.FromString,
            reflection_pb2.ServerReflectionResponse.SerializeToString,
        )
        server.add_generic_rpc_handlers(
            tuple(grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler}) for name in NAMES)
        )

    def answer(
        self, requests: Iterator[reflection_pb2.ServerReflectionRequest], context: grpc.ServicerContext
    ) -> Iterator[reflection_pb2.ServerReflectionResponse]:
        """One response a request; what is not there is an error inside the response, as the protocol wants it."""
        for request in requests:
            response = reflection_pb2.ServerReflectionResponse(original_request=request)
            file: FileDescriptorProto | None = None
            match request.WhichOneof("message_request"):
                case "list_services":
                    for name in self._services:
                        response.list_services_response.service.add(name=name)
                    yield response
                    continue
                case "file_by_filename":
                    file = self._files.get(request.file_by_filename)
                case "file_containing_symbol":
                    file = self._file_of.get(request.file_containing_symbol)
                case "file_containing_extension":
                    extension = request.file_containing_extension
                    file = self._extensions.get((extension.containing_type, extension.extension_number))
                case "all_extension_numbers_of_type":
                    base = request.all_extension_numbers_of_type
                    numbers = [number for extended, number in self._extensions if extended == base]
                    response.all_extension_numbers_response.base_type_name = base
                    response.all_extension_numbers_response.extension_number.extend(sorted(numbers))
                    yield response
                    continue
                case _:
                    pass
            if file is None:
                response.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
                response.error_response.error_message = "not found"
            else:
                found = self._with_imports(file)
                response.file_descriptor_response.file_descriptor_proto.extend(found)
            yield response

    def _with_imports(self, file: FileDescriptorProto) -> list[bytes]:
        found: dict[str, FileDescriptorProto] = {}
        waiting = [file]
        while waiting:
            each = waiting.pop()
            if each.name not in found:
                found[each.name] = each
                waiting.extend(self._files[name] for name in each.dependency)
        return [each.SerializeToString() for each in found.values()]


def _symbols(file: FileDescriptorProto) -> Iterator[str]:
    """The full name of everything that a file declares, methods and fields included."""
    for message in file.message_type:
        yield from _of_message(file.package, message)
    for enum in file.enum_type:
        yield from _of_enum(file.package, enum)
    yield from (f"{file.package}.{each.name}" for each in file.extension)
    for service in file.service:
        yield f"{file.package}.{service.name}"
        yield from (f"{file.package}.{service.name}.{method.name}" for method in service.method)


def _of_message(scope: str, message: DescriptorProto) -> Iterator[str]:
    name = f"{scope}.{message.name}"
    yield name
    yield from (f"{name}.{each.name}" for each in message.field)
    yield from (f"{name}.{each.name}" for each in message.oneof_decl)
    for nested in message.nested_type:
        yield from _of_message(name, nested)
    for enum in message.enum_type:
        yield from _of_enum(name, enum)


def _of_enum(scope: str, enum: EnumDescriptorProto) -> Iterator[str]:
    yield f"{scope}.{enum.name}"
    yield from (f"{scope}.{value.name}" for value in enum.value)
