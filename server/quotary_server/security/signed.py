"""Tokens that another system signs (JWT, RFC 7519), checked against a set of public keys (JWKS, RFC 7517)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import jwt
import structlog

from quotary_server.security.callers import Caller, Shown, not_valid
from quotary_server.security.tokens import PREFIX, bearer, check_name, check_roles, check_tenant

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures by a key pair; one that its own checker could make is none."""

LEEWAY_SECONDS = 30
"""By which clocks may differ."""

_LOOK_AGAIN = 10.0


def read_keys(path: Path) -> dict[str, jwt.PyJWK]:
    """The public keys of a file, by their ids.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no set of public keys.
    """
    try:
        keys = jwt.PyJWKSet.from_json(path.read_text("utf-8")).keys
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise ValueError(f"{path} is no set of keys (JWKS): {error}") from error
    found = {}
    for key in keys:
        if key.key_id is None or key.algorithm_name not in ALGORITHMS:
            raise ValueError(f"{path}: a key has no kid, or signs by {key.algorithm_name}, not by a key pair")
        found[key.key_id] = key
    return found


class SignedTokens:
    """Callers whom another system vouches for."""

    def __init__(self, path: Path, issuer: str, audience: str, tenant_claim: str, roles_claim: str) -> None:
        """Read the keys.

        Args:
            path: File of the key set; read again when it changes.
            issuer: What ``iss`` must be.
            audience: What must stand in ``aud``.
            tenant_claim: Claim that names the tenant.
            roles_claim: Claim with the roles, as a list or as words in one text.

        Raises:
            OSError, ValueError: as ``read_keys``.
        """
        self._path, self._issuer, self._audience = path, issuer, audience
        self._tenant_claim, self._roles_claim = tenant_claim, roles_claim
        self._changed_at = path.stat().st_mtime_ns
        self._keys = read_keys(path)
        self._reading = threading.Lock()
        self._look_at = monotonic() + _LOOK_AGAIN

    def identify(self, shown: Shown) -> Caller | None:
        """The caller of a signed token; None when none was shown.

        Raises:
            CallError: UNAUTHENTICATED for a token that does not hold.
        """
        token = bearer(shown)
        if not token or token.startswith(PREFIX):
            return None
        if monotonic() >= self._look_at:
            self._look()
        try:
            claims = self._claims(token)
            roles = claims[self._roles_claim]
            return Caller(
                check_name(claims["sub"]),
                check_tenant(claims[self._tenant_claim]),
                check_roles(roles.split() if isinstance(roles, str) else roles),
            )
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            not_valid()

    def _claims(self, token: str) -> Mapping[str, Any]:
        key = self._keys[jwt.get_unverified_header(token)["kid"]]
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[str(key.algorithm_name)],
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        return claims

    def _look(self) -> None:
        with self._reading:
            self._look_at = monotonic() + _LOOK_AGAIN
            try:
                changed_at = self._path.stat().st_mtime_ns
                if changed_at != self._changed_at:
                    self._changed_at = changed_at
                    self._keys = read_keys(self._path)
            except (OSError, ValueError) as error:
                structlog.get_logger("quotary.server").error("keys not read", cause=str(error))
