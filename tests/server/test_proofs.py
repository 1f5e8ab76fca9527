"""Proofs of who calls: tokens of a file, certificates, and tokens that another system signs."""

from __future__ import annotations

import hmac
import json
import os
import time
from base64 import urlsafe_b64encode
from datetime import date
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from quotary_server.adapter.faults import CallError
from quotary_server.security import tokens
from quotary_server.security.callers import Caller, Gate, Shown
from quotary_server.security.signed import SignedTokens, read_keys
from quotary_server.security.tokens import KnownCallers
from quotary_server.settings import SettingsError, load


class Signer:
    """Another system that signs tokens."""

    def __init__(self, file: Path, kid: str = "one") -> None:
        self.key, self.kid = ec.generate_private_key(ec.SECP256R1()), kid
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        file.write_text(json.dumps({"keys": [public | {"kid": kid, "alg": "ES256", "use": "sig"}]}))

    def sign(self, **claims: Any) -> Shown:
        good = {
            "iss": "https://login.example",
            "aud": "quotary",
            "sub": "ada",
            "exp": time.time() + 60,
            "tenant": "acme",
            "roles": ["seller", "reader"],
        }
        wanted = {name: value for name, value in (good | claims).items() if value is not None}
        return Shown(f"Bearer {jwt.encode(wanted, self.key, 'ES256', {'kid': self.kid})}")


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Signer, SignedTokens]:
    file = tmp_path / "keys.json"
    signer = Signer(file)
    return signer, SignedTokens(file, "https://login.example", "quotary", "tenant", "roles")


def test_a_signed_token_says_who_it_is(signed: tuple[Signer, SignedTokens]) -> None:
    signer, proof = signed
    assert proof.identify(signer.sign()) == Caller("ada", "acme", frozenset({"seller", "reader"}))
    assert proof.identify(signer.sign(roles="cashier auditor")) == Caller(
        "ada", "acme", frozenset({"cashier", "auditor"})
    )
    assert proof.identify(Shown()) is None
    assert proof.identify(Shown("Bearer qt_ours")) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": None},
        {"sub": "a\nb"},
        {"tenant": None},
        {"tenant": "Acme Inc"},
        {"roles": []},
        {"roles": ["king"]},
        {"roles": None},
        {"nbf": 99_999_999_999},
    ],
)
def test_a_signed_token_that_does_not_hold(signed: tuple[Signer, SignedTokens], claims: dict[str, Any]) -> None:
    signer, proof = signed
    with pytest.raises(CallError, match="not one that the server takes"):
        proof.identify(signer.sign(**claims))


def _by_the_public_key(claims: dict[str, Any], public: str) -> str:
    """A token that whoever knows the public key can make, for a checker that lets it say how it is signed."""

    def part(content: bytes) -> str:
        return urlsafe_b64encode(content).decode().rstrip("=")

    head = {"alg": "HS256", "kid": "one", "typ": "JWT"}
    body = f"{part(json.dumps(head).encode())}.{part(json.dumps(claims).encode())}"
    return f"{body}.{part(hmac.new(public.encode(), body.encode(), 'sha256').digest())}"


def test_a_token_that_nobody_signed(signed: tuple[Signer, SignedTokens], tmp_path: Path) -> None:
    signer, proof = signed
    claims = jwt.decode(signer.sign().authorization.split()[1], options={"verify_signature": False})
    public = (tmp_path / "keys.json").read_text()
    stranger = Signer(tmp_path / "stranger.json")
    for shown in (
        jwt.encode(claims, "", "none", {"kid": "one"}),
        _by_the_public_key(claims, public),
        jwt.encode(claims, stranger.key, "ES256", {"kid": "one"}),
        jwt.encode(claims, signer.key, "ES256", {"kid": "two"}),
        jwt.encode(claims, signer.key, "ES256"),
        "a.b.c",
        "....",
    ):
        with pytest.raises(CallError):
            proof.identify(Shown(f"Bearer {shown}"))


def test_keys_are_read_again_when_they_change(
    signed: tuple[Signer, SignedTokens], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, proof = signed
    file = tmp_path / "keys.json"
    new = Signer(file, "two")
    os.utime(file, ns=(1, 1))
    monkeypatch.setattr("quotary_server.security.signed.monotonic", lambda: time.monotonic() + 60)
    assert proof.identify(new.sign()) is not None
    with pytest.raises(CallError):
        proof.identify(old.sign())
    file.write_text("{")
    monkeypatch.setattr("quotary_server.security.signed.monotonic", lambda: time.monotonic() + 120)
    assert proof.identify(new.sign()) is not None


@pytest.mark.parametrize("content", ["", "{}", '{"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]}', "[]"])
def test_what_is_no_set_of_public_keys_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"keys\.json"):
        read_keys(file)


def test_a_token_that_is_revoked_is_refused_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "callers.toml"
    token, entry = tokens.make(Caller("desk", "acme", frozenset({"seller"})), None)
    tokens.write(file, [entry])
    shown = Shown(f"bearer {token}")
    gate = Gate([KnownCallers(file)])
    assert gate.identify(shown) == Caller("desk", "acme", frozenset({"seller"}))
    tokens.write(file, [])
    monkeypatch.setattr("quotary_server.security.tokens.monotonic", lambda: time.monotonic() + 2)
    with pytest.raises(CallError):
        gate.identify(shown)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "is not TOML"),
        ("[[user]]", "neither"),
        ('[[token]]\nname = "a"\ntenant = "a"\nroles = ["reader"]\nid = "1"\nsha256 = "plain"', "64 hexadecimal"),
        ('[[token]]\nname = "a"\ntenant = "a"\nroles = ["reader"]', "'sha256' is not there"),
        ('[[certificate]]\nname = "a"\ntenant = "A B"\nroles = ["reader"]', "small letters"),
        ('[[certificate]]\nname = "a"\ntenant = "a"\nroles = ["king"]', "the roles are reader"),
        ('[[certificate]]\nname = "a"\ntenant = "a"\nroles = []', "no role"),
        ('[[certificate]]\nname = "\\n"\ntenant = "a"\nroles = ["reader"]', "not made of letters"),
    ],
)
def test_a_fault_of_the_file_of_callers_is_named(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "callers.toml"
    file.write_text(content)
    with pytest.raises(ValueError, match=said):
        tokens.read(file)


def test_the_file_of_callers_keeps_hashes_alone_and_is_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "callers.toml"
    token, entry = tokens.make(Caller("desk", "acme", frozenset({"seller"})), date(2030, 1, 31))
    tokens.write(file, [entry])
    assert token.removeprefix("qt_") not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert tokens.read(file) == [entry]


def test_other_machines_are_asked_who_calls_unless_told_otherwise(tmp_path: Path) -> None:
    open_: dict[str, Any] = {"host": "0.0.0.0", "allow_clear_text": True}
    with pytest.raises(SettingsError, match="nobody is asked who calls"):
        load(allow_anyone=False, **open_)
    assert load(callers=tmp_path, **open_).callers == tmp_path
    assert load(allow_anyone=True, **open_).allow_anyone
    with pytest.raises(SettingsError, match="jwt_issuer"):
        load(jwt_keys=tmp_path)
