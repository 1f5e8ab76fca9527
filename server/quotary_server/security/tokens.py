"""The file of callers: bearer tokens by their hash, and names of certificates, each with tenant and roles.

A token is 32 random bytes, so that its sha256 alone tells nothing of it. The file is read again when it changes.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import structlog

from quotary_server.security.callers import ROLES, Caller, Shown, not_valid

PREFIX = "qt_"
"""Begins every token of ours, so that scanners for secrets find one, and a JWT is told apart."""

BEARER = "bearer "
_LOOK_AGAIN = 1.0
"""Seconds after which a change of the file counts at the latest."""

_TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@:/*+-]{0,199}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One caller of the file.

    Attributes:
        caller: Who it is.
        sha256: Of the token, in hexadecimal; empty for a certificate.
        id: Names the token in ``list`` and ``revoke``; empty for a certificate.
        created: Day on which the token was made.
        expires: Last day (UTC) on which the token is good; None: it has none.
    """

    caller: Caller
    sha256: str = ""
    id: str = ""
    created: date | None = None
    expires: date | None = None


def check_tenant(tenant: str) -> str:
    """A tenant's name: small letters, digits and hyphens.

    Raises:
        ValueError: it is something else.
    """
    if not _TENANT.fullmatch(tenant):
        raise ValueError(f"tenant {tenant[:70]!r} is not made of small letters, digits and hyphens (at most 63)")
    return tenant


def check_name(name: str) -> str:
    """A caller's name, as changes keep it.

    Raises:
        ValueError: it is something else.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"name {name[:70]!r} is not made of letters, digits, blanks and . _ @ : / * + - (at most 200)")
    return name


def check_roles(roles: Iterable[str]) -> frozenset[str]:
    """Roles of the contract, at least one.

    Raises:
        ValueError: a role is none of the contract's.
    """
    found = frozenset(roles)
    unknown = sorted(found - ROLES.keys())
    if unknown or not found:
        raise ValueError(f"{unknown[0] if unknown else 'no role'}: the roles are {', '.join(ROLES)}")
    return found


def read(path: Path) -> list[Entry]:
    """The entries of a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it has a fault, which the error names.
    """
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    unknown = sorted(tree.keys() - {"token", "certificate"})
    if unknown:
        raise ValueError(f"{path}: {unknown[0]} is neither [[token]] nor [[certificate]]")
    entries = []
    for kind in ("token", "certificate"):
        for i, each in enumerate(tree.get(kind, ())):
            try:
                entries.append(_entry(kind, each))
            except (KeyError, TypeError, ValueError) as error:
                what = f"{error} is not there" if isinstance(error, KeyError) else error
                raise ValueError(f"{path}: {kind} {i + 1}: {what}") from error
    return entries


def _entry(kind: str, each: Mapping[str, Any]) -> Entry:
    caller = Caller(check_name(each["name"]), check_tenant(each["tenant"]), check_roles(each["roles"]))
    if kind == "certificate":
        return Entry(caller)
    if not _HASH.fullmatch(each["sha256"]):
        raise ValueError("sha256 is not 64 hexadecimal digits")
    return Entry(caller, each["sha256"], each["id"], each.get("created"), each.get("expires"))


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Put these entries into the file, in one step; only its owner can read it.

    Raises:
        OSError: it cannot be written.
    """
    lines = ["# Callers of this server. `quotary token` keeps the tokens; certificates are added by hand.\n"]
    for each in entries:
        roles = ", ".join(f'"{role}"' for role in sorted(each.caller.roles))
        lines.append(f"\n[[{'token' if each.sha256 else 'certificate'}]]\n")
        lines += [f'id = "{each.id}"\n'] if each.id else []
        lines.append(f'name = "{each.caller.name}"\ntenant = "{each.caller.tenant}"\nroles = [{roles}]\n')
        lines += [f'sha256 = "{each.sha256}"\n'] if each.sha256 else []
        lines += [f"created = {each.created}\n"] if each.created else []
        lines += [f"expires = {each.expires}\n"] if each.expires else []
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("".join(lines))
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def make(caller: Caller, expires: date | None) -> tuple[str, Entry]:
    """A new token, which stands nowhere else, and its entry."""
    token = PREFIX + secrets.token_urlsafe(32)
    created = datetime.now(UTC).date()
    return token, Entry(caller, _hash(token), secrets.token_hex(4), created, expires)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class KnownCallers:
    """Whom a file knows, by token or by certificate."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            OSError, ValueError: as ``read``.
        """
        self._path = path
        self._reading = threading.Lock()
        self._state = self._stat()
        self._take(read(path))
        self._look_at = monotonic() + _LOOK_AGAIN

    def identify(self, shown: Shown) -> Caller | None:
        """The caller of a token of ours or of a certificate; None when neither was shown.

        Raises:
            CallError: UNAUTHENTICATED for a token that is not good.
        """
        if monotonic() >= self._look_at:
            self._look()
        token = bearer(shown)
        if token.startswith(PREFIX):
            entry = self._tokens.get(_hash(token))
            if entry is None or (entry.expires is not None and entry.expires < datetime.now(UTC).date()):
                not_valid()
            return entry.caller
        if token:
            return None
        return next((self._named[name] for name in shown.certificate_names if name in self._named), None)

    def _take(self, entries: Iterable[Entry]) -> None:
        entries = [*entries]
        self._tokens = {each.sha256: each for each in entries if each.sha256}
        self._named = {each.caller.name: each.caller for each in entries if not each.sha256}

    def _stat(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _look(self) -> None:
        with self._reading:
            self._look_at = monotonic() + _LOOK_AGAIN
            try:
                state = self._stat()
                if state != self._state:
                    self._state = state
                    self._take(read(self._path))
            except OSError as error:
                structlog.get_logger("quotary.server").error("callers not read", cause=error.strerror)
            except ValueError as error:
                structlog.get_logger("quotary.server").error("callers not read", cause=str(error))


def bearer(shown: Shown) -> str:
    """The token of ``authorization: Bearer ...``; empty when there is none."""
    value = shown.authorization
    return value[len(BEARER) :].strip() if value[: len(BEARER)].lower() == BEARER else ""
