"""TLS and mutual TLS, certificates that change under a running server, and what is not served in the clear."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from quotary.access import Access
from quotary.client import Client
from quotary.v1 import rulebook_service_pb2
from quotary_server.app import Running, start
from quotary_server.security.tls import TlsFiles
from quotary_server.settings import Settings, SettingsError, load
from server.certificates import Authority

LIST = rulebook_service_pb2.ListEditionsRequest()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def serving(**settings: Any) -> Iterator[Running]:
    running = start(Settings(port=0, grace_seconds=0, log_level="error", **settings))
    try:
        yield running
    finally:
        running.stop()


def served(running: Running, access: Access) -> bool:
    with Client(running.address, access) as client:
        try:
            return bool(client.rulebook.ListEditions(LIST, timeout=20).editions)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            return False


def test_a_client_that_trusts_the_authority_is_served(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.sign("server")
    other = Authority(tmp_path, "another")
    with serving(tls_certificate=certificate, tls_key=key) as running:
        assert served(running, Access(ca=authority.ca))
        assert not served(running, Access(ca=other.ca))
        assert not served(running, Access()), "in the clear"


def test_with_an_authority_of_clients_each_shows_a_certificate_of_it(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.sign("server")
    clients, strangers = Authority(tmp_path, "clients"), Authority(tmp_path, "strangers")
    with serving(tls_certificate=certificate, tls_key=key, client_ca=clients.ca) as running:
        assert served(running, Access(authority.ca, *clients.sign("desk")))
        assert not served(running, Access(authority.ca, *strangers.sign("stranger")))
        assert not served(running, Access(authority.ca))


def test_certificates_are_read_again_when_they_change(authority: Authority, tmp_path: Path) -> None:
    def shown(running: Running) -> str:
        host, _, port = running.address.rpartition(":")
        return ssl.get_server_certificate((host, int(port)))

    certificate, key = authority.sign("server")
    files = certificate, key
    with serving(tls_certificate=certificate, tls_key=key) as running:
        assert shown(running) == certificate.read_text()
        newer, newer_key = authority.sign("newer")
        certificate.write_bytes(newer.read_bytes())
        # Half of a change: the pair in force stays.
        assert shown(running) != newer.read_text()
        key.write_bytes(newer_key.read_bytes())
        assert shown(running) == newer.read_text()
        files[0].unlink()
        assert shown(running) == newer.read_text()
        assert served(running, Access(ca=authority.ca))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_nothing_but_loopback_is_served_in_the_clear_unless_told_so(host: str) -> None:
    with pytest.raises(SettingsError, match="without TLS"):
        load(host=host)
    assert not load(host=host, allow_clear_text=True, allow_anyone=True).is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_free_of_ceremony(host: str) -> None:
    assert load(host=host).is_loopback


def test_a_test_clock_is_for_loopback(tmp_path: Path) -> None:
    assert load(test_clock=tmp_path).test_clock == tmp_path
    with pytest.raises(SettingsError, match="test clock"):
        load(host="0.0.0.0", allow_clear_text=True, allow_anyone=True, test_clock=tmp_path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tls_certificate": "a.crt"}, "together"),
        ({"tls_key": "a.key"}, "together"),
        ({"client_ca": "ca.pem"}, "needs tls_certificate"),
    ],
)
def test_parts_of_tls_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load(**settings)


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.sign("server")
    _, other = authority.sign("other")
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("no PEM")
    for files, said in (
        (TlsFiles(garbage, key), "garbage.pem holds no certificate"),
        (TlsFiles(certificate, garbage), "garbage.pem holds no private key"),
        (TlsFiles(certificate, other), "other.key is not the key of"),
        (TlsFiles(certificate, key, garbage), "garbage.pem holds no certificate"),
    ):
        with pytest.raises(ValueError, match=said):
            files.read()
    with pytest.raises(FileNotFoundError):
        start(Settings(port=0, tls_certificate=tmp_path / "none", tls_key=key))


def test_a_certificate_that_ends_soon_is_told(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    from quotary_server.logs import set_up_logs

    set_up_logs("warning")
    TlsFiles(*authority.sign("lasting")).read()
    assert "ends soon" not in capsys.readouterr().err
    TlsFiles(*authority.sign("ending", timedelta(days=13))).read()
    assert "ends soon" in capsys.readouterr().err


def test_a_token_beyond_loopback_is_never_sent_in_the_clear(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("qt_secret")
    seen: list[str] = []

    def note(target: str, *rest: object) -> grpc.Channel:
        seen.append(target)
        return grpc.insecure_channel("127.0.0.1:1")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("quotary.client.grpc.secure_channel", note)
        Client("192.0.2.1:443", Access(token_file=token)).close()
    assert seen == ["192.0.2.1:443"]
