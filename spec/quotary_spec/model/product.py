"""A product as it is bought or held."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Platform(StrEnum):
    """Where a product runs."""

    CLOUD = "cloud"
    GOVERNMENT_CLOUD = "government_cloud"
    DATA_CENTER = "data_center"
    SERVER = "server"

    @property
    def hosted(self) -> bool:
        """True when the vendor hosts it."""
        return self in (Platform.CLOUD, Platform.GOVERNMENT_CLOUD)


@dataclass(frozen=True, slots=True)
class Product:
    """A product as it is bought or held.

    Attributes:
        id: Registered id.
        platform: Where it runs.
        plan: Plan or edition, lower case.
        app: True for an app of the Marketplace.
        host: For an app, registered id of the product that hosts it.
        built_by_vendor: True when the vendor built it, false when a third party did.
        release: Release of a self-managed installation.
    """

    id: str
    platform: Platform | None = None
    plan: str | None = None
    app: bool = False
    host: str | None = None
    built_by_vendor: bool | None = None
    release: str | None = None
