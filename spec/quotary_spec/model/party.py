"""Persons and bodies in a deal, where they are, and what frees them from taxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PartyKind(StrEnum):
    """What kind of person or body a party is."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    FEDERAL_GOVERNMENT = "federal_government"
    STATE_GOVERNMENT = "state_government"
    LOCAL_GOVERNMENT = "local_government"
    ACADEMIC = "academic"
    NONPROFIT = "nonprofit"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a party is.

    Attributes:
        country: ISO 3166-1 alpha-2.
        subdivision: ISO 3166-2 with the country prefix ("CA-QC").
        locality: Town, as written.
        postal_code: Postal code, as written.
    """

    country: str | None = None
    subdivision: str | None = None
    locality: str | None = None
    postal_code: str | None = None


class Verdict(StrEnum):
    """What an official register said about a number."""

    VALID = "valid"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class TaxIdentifier:
    """A number under which a party is registered for a tax.

    Attributes:
        kind: "vat", "gst", "pan", "cin", "service_tax", "qst", "pst" ...
        value: The number as written.
        region: Country or subdivision that issued it; None stands for that of the party's address.
        verdict: What the register said; None when none was asked.
        supplied_on: Day on which the vendor received it; None stands for "in time".
    """

    kind: str
    value: str
    region: str | None = None
    verdict: Verdict | None = None
    supplied_on: date | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that can free from a tax.

    Attributes:
        kind: "exemption_certificate", "reseller_exemption_certificate", "blanket_certificate", "exclusion_document".
        region: Country or subdivision for which it is good; None stands for that of the party's address.
        locality: Town for which alone it is good.
        valid_from: First day on which it is good.
        valid_through: Last day on which it is good.
        supplied_on: Day on which the vendor received it; None stands for "in time".
        accepted: False when the vendor or an authority found it invalid.
    """

    kind: str
    region: str | None = None
    locality: str | None = None
    valid_from: date | None = None
    valid_through: date | None = None
    supplied_on: date | None = None
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A person or body in a deal."""

    kind: PartyKind | None = None
    address: Address | None = None
    tax_identifiers: tuple[TaxIdentifier, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def country(self) -> str | None:
        """Country of its address."""
        return self.address.country if self.address is not None else None

    @property
    def subdivision(self) -> str | None:
        """State, province or territory of its address."""
        return self.address.subdivision if self.address is not None else None
