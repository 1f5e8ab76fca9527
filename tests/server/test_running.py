"""The server as an operator meets it: health, limits, settings, logs, and a stop that loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from quotary.messages import read_file
from quotary.v1 import quote_service_pb2, quote_service_pb2_grpc
from quotary_server.app import SERVICES, start
from quotary_server.settings import Settings, SettingsError, load, unknown_variables
from server.failures import failure

TURKEY = Path(__file__).parents[2] / "examples" / "turkey.yaml"


def request() -> quote_service_pb2.PriceQuoteRequest:
    return quote_service_pb2.PriceQuoteRequest(order=read_file(TURKEY, quote_service_pb2.OrderRequest()))


def test_every_service_is_healthy(channel: grpc.Channel) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    for name in ("", *SERVICES):
        answer = health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as raised:
        health.Check(health_pb2.HealthCheckRequest(service="quotary.v1.NoSuchService"))
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND


def test_request_over_the_size_limit_is_refused_by_name() -> None:
    running = start(Settings(port=0, grace_seconds=0, message_bytes=64 * 1024))
    try:
        with grpc.insecure_channel(running.address) as channel:
            big = request()
            big.order.lines.extend([big.order.lines[0]] * 5_000)
            with pytest.raises(grpc.RpcError) as raised:
                quote_service_pb2_grpc.QuoteServiceStub(channel).PriceQuote(big)
            assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    finally:
        running.stop()


def test_expired_deadline_ends_the_call(channel: grpc.Channel) -> None:
    big = request()
    big.order.lines.extend([big.order.lines[0]] * 9_000)
    with pytest.raises(grpc.RpcError) as raised:
        quote_service_pb2_grpc.QuoteServiceStub(channel).PriceQuote(big, timeout=0.001)
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_port_in_use_is_one_clear_error() -> None:
    running = start(Settings(port=0, grace_seconds=0))
    try:
        port = int(running.address.rpartition(":")[2])
        with pytest.raises(OSError, match="is another server there"):
            start(Settings(port=port))
    finally:
        running.stop()


def test_failure_inside_is_internal_with_an_incident_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError("secret of the inside")

    monkeypatch.setattr("quotary_server.services.quote.price_quote", broken)
    running = start(Settings(port=0, grace_seconds=0))
    try:
        with grpc.insecure_channel(running.address) as channel:
            code, info = failure(quote_service_pb2_grpc.QuoteServiceStub(channel).PriceQuote, request())
    finally:
        running.stop()
    assert code is grpc.StatusCode.INTERNAL
    assert info.reason == "INTERNAL_ERROR"
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert "secret" not in str(info)


def test_settings_from_flag_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "quotary.toml"
    file.write_text('port = 1111\nworkers = 3\nhost = "127.0.0.2"\n')
    monkeypatch.setenv("QUOTARY_PORT", "2222")
    settings = load(file, host="127.0.0.3", workers=None)
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.3", 2222, 3)
    with pytest.raises(SettingsError, match="port: "):
        load(file, port=70_000)
    file.write_text("prot = 1\n")
    with pytest.raises(SettingsError, match="prot: there is no such setting; did you mean port"):
        load(file)
    file.write_text("port = \n")
    with pytest.raises(SettingsError, match="is not TOML"):
        load(file)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent.toml")


def test_a_mistyped_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTARY_PROT", "1")
    monkeypatch.setenv("QUOTARY_TOKEN_FILE", "a client's")
    assert unknown_variables() == {"QUOTARY_PROT": "QUOTARY_PORT"}


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text("utf-8")
    missing = [name for name in Settings.model_fields if f"`{name}`" not in page]
    assert not missing


def test_stop_finishes_what_is_in_flight() -> None:
    environment = os.environ | {"QUOTARY_PORT": "0", "QUOTARY_GRACE_SECONDS": "20"}
    command = [sys.executable, "-c", "from quotary.cli import main; main()", "serve"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().split("listens on ")[1].split(". Stop")[0].strip()
        big = request()
        big.order.lines.extend([big.order.lines[0], big.order.lines[1]] * 2_000)
        answers: list[quote_service_pb2.PriceQuoteResponse] = []
        with grpc.insecure_channel(address) as channel:
            stub = quote_service_pb2_grpc.QuoteServiceStub(channel)
            stub.PriceQuote(request())
            callers = [threading.Thread(target=lambda: answers.append(stub.PriceQuote(big))) for _ in range(4)]
            for caller in callers:
                caller.start()
            time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            for caller in callers:
                caller.join()
        assert process.wait(30) == 0
        logged = [json.loads(line)["event"] for line in process.stderr.read().splitlines()]
    assert len(answers) == 4
    assert all(len(answer.lines) == 4_002 for answer in answers)
    assert logged == ["stopping", "stopped"]


def _started(**settings: str) -> tuple[subprocess.Popen[str], str]:
    environment = os.environ | {"QUOTARY_PORT": "0"} | settings
    command = [sys.executable, "-c", "from quotary.cli import main; main()", "serve"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    assert process.stdout is not None
    return process, process.stdout.readline().split("listens on ")[1].split(". Stop")[0].strip()


def test_who_watches_health_is_told_of_a_stop_and_does_not_hold_it() -> None:
    process, address = _started(QUOTARY_GRACE_SECONDS="20")
    with process, grpc.insecure_channel(address) as channel:
        seen: list[int] = []
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        seen.append(next(watch).status)
        process.send_signal(signal.SIGTERM)
        seen.append(next(watch).status)
        assert seen == [health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING]
        assert process.wait(10) == 0


def test_every_call_that_was_under_way_is_answered() -> None:
    process, address = _started(QUOTARY_GRACE_SECONDS="20")
    found: list[grpc.StatusCode | None] = []
    ready = threading.Barrier(65)

    def call() -> None:
        with grpc.insecure_channel(address) as channel:
            stub = quote_service_pb2_grpc.QuoteServiceStub(channel)
            stub.PriceQuote(request())
            ready.wait()
            try:
                stub.PriceQuote(request(), timeout=30)
                found.append(grpc.StatusCode.OK)
            except grpc.RpcError as error:
                found.append(error.code())

    with process:
        callers = [threading.Thread(target=call) for _ in range(64)]
        for caller in callers:
            caller.start()
        ready.wait()
        process.send_signal(signal.SIGTERM)
        for caller in callers:
            caller.join()
        assert process.wait(30) == 0
    assert found == [grpc.StatusCode.OK] * 64


def test_a_stop_ends_with_the_grace_whatever_runs() -> None:
    process, address = _started(QUOTARY_GRACE_SECONDS="1", QUOTARY_LAME_DUCK_SECONDS="0")
    long = request()
    long.order.lines.extend([long.order.lines[0]] * 9_000)
    with process, grpc.insecure_channel(address) as channel:
        stub = quote_service_pb2_grpc.QuoteServiceStub(channel)
        stub.PriceQuote(request())
        calls = [stub.PriceQuote.future(long, timeout=60) for _ in range(16)]
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert all(each.exception() is None or each.code() is not None for each in calls)
