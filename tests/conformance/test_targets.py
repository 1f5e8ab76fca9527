"""Targets: how they are named, what happens when they hang, die or say two things at once, and how they are started."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from conformance.fakes import answering, serving
from conformance.runner_cases import GOOD, command, write
from quotary_conformance.contract import Call, message_class
from quotary_conformance.targets import Target, TargetError, named
from server.certificates import Authority

TRIAL = GOOD | {"call": "SubscriptionService.AssessTrial", "request": {}}
GRANTED = TRIAL | {"expect": {"answer": {"outcome": "OUTCOME_GRANTED"}}}
MALFORMED = {key: value for key, value in TRIAL.items() if key != "expect"} | {
    "id": "malformed",
    "error": {"code": "INVALID_ARGUMENT", "reason": "REQUIRED"},
}


@pytest.mark.parametrize(
    ("name", "address", "tls", "local"),
    [
        ("127.0.0.1:80", "127.0.0.1:80", False, True),
        ("localhost:80", "localhost:80", False, True),
        ("[::1]:80", "[::1]:80", False, True),
        ("engine.example:80", "engine.example:80", False, False),
        ("http://engine.example:8080", "engine.example:8080", False, False),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080", False, True),
        ("https://engine.example", "engine.example:443", True, False),
        ("https://[::1]:444", "[::1]:444", True, True),
        ("unix:/run/engine.sock", "unix:/run/engine.sock", False, True),
        ("unix:///run/engine.sock", "unix:/run/engine.sock", False, True),
    ],
)
def test_a_target_is_named_in_several_ways(name: str, address: str, tls: bool, local: bool) -> None:
    target = named(name)
    assert (target.address, target.tls, target.is_local) == (address, tls, local)


@pytest.mark.parametrize(
    "name", ["engine.example", "ftp://engine.example:1", "http://engine.example:1/v1", "http://:80"]
)
def test_what_names_no_target_is_refused(name: str) -> None:
    with pytest.raises(TargetError):
        named(name)


def test_headers_and_certificates_go_together() -> None:
    assert named("a:1", headers=("X-Key: a:b ",)).headers == (("x-key", "a:b"),)
    assert named("a:1", ca=Path("ca.pem")).tls
    for wrong in ({"headers": ("x",)}, {"cert": Path("c")}, {"key": Path("k")}):
        with pytest.raises(TargetError):
            named("a:1", **wrong)
    with pytest.raises(TargetError), Target("a:1", tls=True, ca=Path("/no/such/file")).channel(0.1):
        pass


def failing(code: grpc.StatusCode, **trailer: bytes) -> Callable[[Call, Any], Message]:
    """An engine that fails every call, with details if any are given."""

    def fail(call: Call, context: Any) -> Message:
        context.set_trailing_metadata([(name.replace("_", "-"), value) for name, value in trailer.items()])
        context.abort(code, "as told")
        raise AssertionError

    return fail


def test_an_engine_that_lacks_a_call_does_not_fail_unless_it_must_have_it(tmp_path: Path) -> None:
    folder = str(write(tmp_path / "v", GRANTED, MALFORMED))
    with serving(failing(grpc.StatusCode.UNIMPLEMENTED)) as target:
        nothing = command("run", target, "--vectors", folder)
        assert (nothing.exit_code, "0 of 0 vectors agreed, 2 not offered" in nothing.output) == (2, True)
        assert command("run", target, "--vectors", folder, "--require").exit_code == 1


def test_a_status_whose_details_say_otherwise_is_a_finding(tmp_path: Path) -> None:
    folder = str(write(tmp_path / "v", MALFORMED))
    info = message_class("google.rpc.ErrorInfo")(reason="REQUIRED")
    status = message_class("google.rpc.Status")(code=5)
    detail = status.details.add()  # type: ignore[attr-defined]
    detail.Pack(info)
    for trailer, said in (
        (status.SerializeToString(), "status details: expected code 3 as in the status, got code 5"),
        (b"\xff\xff", "status details: expected a google.rpc.Status, got bytes that are none"),
    ):
        with serving(failing(grpc.StatusCode.INVALID_ARGUMENT, grpc_status_details_bin=trailer)) as target:
            ended = command("run", target, "--vectors", folder)
        assert ended.exit_code == 1
        assert said in ended.output


def test_a_target_that_hangs_is_given_up(tmp_path: Path) -> None:
    def hang(call: Call, context: Any) -> Message:
        time.sleep(0.4)
        raise AssertionError

    rows = [GRANTED | {"id": f"v{i:02}"} for i in range(40)]
    folder = str(write(tmp_path / "v", *rows))
    with serving(hang) as target:
        ended = command("run", target, "--vectors", folder, "--timeout", "0.1", "--give-up-after", "3")
    assert ended.exit_code == 2
    assert "no answer 3 times in a row" in ended.output
    assert "37 not asked" in ended.output


def test_the_first_fault_may_end_the_run(tmp_path: Path) -> None:
    rows = [GRANTED | {"id": f"v{i}"} for i in range(9)]
    folder = str(write(tmp_path / "v", *rows))
    with serving(answering(4)) as target:
        ended = command("run", target, "--vectors", folder, "--fail-fast", "--parallel", "1")
    assert (ended.exit_code, "0 of 1 vectors agreed, 8 not asked" in ended.output) == (1, True)


def test_what_fails_now_is_written_down_and_what_is_out_of_scope_is_not_asked(tmp_path: Path) -> None:
    listed, outside = tmp_path / "known.txt", tmp_path / "outside.txt"
    allow = [
        each for name in ("edition-asked", "outcome-of-weakest", "total-where-granted") for each in ("--allow", name)
    ]
    write(tmp_path / "v", GRANTED | {"id": "good"})
    bad = TRIAL | {"id": "bad", "call": "QuoteService.PriceQuote", "expect": {"currency_code": "USD"}}
    folder = str(write(tmp_path / "v", bad, topic="area/more"))
    outside.write_text("area/topic/** # never")
    with serving(answering(1)) as target:
        run = ("run", target, "--vectors", folder, *allow)
        assert command(*run, "--write-known-failing", str(listed)).exit_code == 1
        assert listed.read_text() == 'area/more/bad # currency_code: expected USD, got ""\n'
        assert command(*run, "--known-failing", str(listed)).exit_code == 0
        narrowed = command(*run, "--out-of-scope", str(outside))
    assert "0 of 1 vectors agreed, 1 out of scope" in narrowed.output


def test_calls_services_and_areas_are_chosen(tmp_path: Path) -> None:
    assert set(command("list", "--call", "TaxService.CalculateTax", "--area", "tax").output.split())
    listed = command("list", "--service", "RefundService").output.split()
    assert listed
    assert all(name.startswith("refunds/") or "/" in name for name in listed)
    for wrong in (("--call", "TaxService.Tax"), ("--service", "Tax"), ("--area", "taxes"), ("--edition", "1999")):
        ended = command("list", *wrong)
        assert (ended.exit_code, "no vector" in ended.output) == (2, True)
    assert command("list", "--colour").exit_code == 2


ENGINE = """
import sys, time
sys.path[:0] = {path!r}
from conformance.fakes import answering, serving
with serving(answering(1), int(sys.argv[1])):
    time.sleep(60)
"""


def test_an_engine_is_started_and_stopped(tmp_path: Path) -> None:
    program = tmp_path / "engine.py"
    program.write_text(ENGINE.format(path=[str(Path(__file__).resolve().parents[1])]))
    folder = str(write(tmp_path / "v", GRANTED))
    ended = command("run", "--exec", f"{sys.executable} {program} {{port}}", "--vectors", folder)
    assert "1 vectors agreed" in ended.output or "area/topic/one: disagreed" in ended.output
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(program) not in running
    for wrong in ("true", "/no/such/engine {port}"):
        assert command("run", "--exec", wrong, "--vectors", folder).exit_code == 2
    assert command("run", "127.0.0.1:1", "--exec", "engine {port}", "--vectors", folder).exit_code == 2


def test_a_proxy_is_not_asked_for_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        folder = str(write(tmp_path / "v", GRANTED))
        with serving(answering(1)) as target:
            assert "of 1 vectors agreed" in command("run", target, "--vectors", folder).output


ONLY_THE_CALL = [each for name in ("edition-asked", "outcome-of-weakest") for each in ("--allow", name)]


def test_a_target_shows_its_certificate_and_wants_one(tmp_path: Path) -> None:
    """Both sides' certificates are signed by an authority of their own; who has none, or another's, does not get in."""
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    certificate, key = authority.sign("engine")
    mine, my_key = authority.sign("me")
    theirs, their_key = stranger.sign("them")
    credentials = grpc.ssl_server_credentials(
        [(key.read_bytes(), certificate.read_bytes())], authority.ca.read_bytes(), require_client_auth=True
    )
    folder = str(write(tmp_path / "v", GRANTED))
    with serving(answering(1), credentials=credentials) as address:
        run = ("run", f"https://{address}", "--vectors", folder, *ONLY_THE_CALL, "--wait", "0.4", "--timeout", "1")
        certificates = ("--cert", str(mine), "--key", str(my_key))
        assert command(*run, "--ca", str(authority.ca), *certificates).exit_code == 0
        for refused in (
            ("--ca", str(stranger.ca), *certificates),
            ("--ca", str(authority.ca)),
            ("--ca", str(authority.ca), "--cert", str(theirs), "--key", str(their_key)),
        ):
            assert command(*run, *refused).exit_code == 2, refused


def test_a_socket_of_this_machine_and_headers(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    def told(call: Call, context: Any) -> Message:
        seen.append(dict(context.invocation_metadata()))
        return answering(1)(call, context)

    folder = str(write(tmp_path / "v", GRANTED))
    with tempfile.TemporaryDirectory() as short, serving(told, address=f"unix:{short}/engine.sock") as target:
        header = ("--header", "Authorization: Bearer a:b")
        assert command("run", target, "--vectors", folder, *ONLY_THE_CALL, *header).exit_code == 0
    assert [each["authorization"] for each in seen] == ["Bearer a:b"]
