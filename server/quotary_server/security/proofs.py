"""Which proofs the settings ask for."""

from __future__ import annotations

from quotary_server.security.callers import ANYBODY, Caller, Gate, Proof, Shown
from quotary_server.security.signed import SignedTokens
from quotary_server.security.tokens import KnownCallers
from quotary_server.settings import Settings


class AnyCertificate:
    """Whoever has a certificate of the authority of clients, where no file says who is who."""

    def identify(self, shown: Shown) -> Caller | None:
        """The caller, of the default tenant and in every role; None without a certificate."""
        name = next(iter(shown.certificate_names), None)
        return None if name is None else Caller(name, ANYBODY.tenant, ANYBODY.roles)


def gate_of(settings: Settings) -> Gate | None:
    """The gate of a server; None where nobody is asked.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file has a fault.
    """
    proofs: list[Proof] = []
    if settings.callers is not None:
        proofs.append(KnownCallers(settings.callers))
    if settings.jwt_keys is not None:
        proofs.append(
            SignedTokens(
                settings.jwt_keys,
                settings.jwt_issuer or "",
                settings.jwt_audience or "",
                settings.jwt_tenant_claim,
                settings.jwt_roles_claim,
            )
        )
    if not proofs and settings.client_ca is not None:
        proofs.append(AnyCertificate())
    return Gate(proofs) if proofs else None
