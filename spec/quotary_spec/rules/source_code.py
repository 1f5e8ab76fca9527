"""Source code: what a licence is entitled to, who reaches it, and what may be done with it.

Entitlement and access are two questions: Crucible and Fisheye are entitled to a part that nobody has a way to (R-30).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.product import Platform
from quotary_spec.model.subscription import Actor, Subscription
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import rule
from quotary_spec.rulebook import Book

_LEAST_RELEASE = Keys("source.least-release.*")


class SourceExtent(StrEnum):
    """How much source code a licence is entitled to."""

    NONE = "none"
    JSP = "jsp"
    FULL = "full"


@rule("SOURCE-CODE-THIRD-PARTY", "002:1254 000:1297")
def vendor_gives_source(*, app: bool, built_by_vendor: bool | None) -> bool | Finding:
    """The vendor gives source code of some of its own products; apps of third parties may have none."""
    if app and built_by_vendor is not True:
        return not_covered("SOURCE_OF_THIRD_PARTY")
    return True


@rule("SOURCE-CODE-CLOUD-NONE", "002:1244 000:1287", rulings="R-30")
def platform_has_source(platform: Platform) -> bool:
    """Cloud customers get no source code, since the cloud's code cannot be changed by them."""
    return not platform.hosted


@rule("SOURCE-CODE-ENTITLEMENT-FULL", "002:1236 002:1250 000:1279 000:1293", rulings="R-30")
def entitled_to_full_source(product: str, products: Collection[str]) -> bool:
    """Licences of the listed products come with the full source code, for changes of one's own.

    Reading: the fuller passage counts; the later, shorter list leaves out starter licences and one product.
    """
    return product in products


@rule("SOURCE-CODE-JSP", "002:1238 002:1252 000:1281 000:1295", rulings="R-30")
def entitled_to_jsp_source(product: str, products: Collection[str]) -> bool:
    """Licences of Crucible and Fisheye come with the source of their pages (JSP)."""
    return product in products


@rule("SOURCE-CODE-LICENCE-TYPES", "002:1236 002:1238 000:1279 000:1281", rulings="R-30")
def licence_type_has_source(licence_type: str, types: Collection[str]) -> bool:
    """Source code comes with commercial, academic and starter licences."""
    return licence_type in types


@rule("SOURCE-CODE-RELEASE", "002:1236 000:1279")
def release_has_source(release: str, least: str) -> bool | Finding:
    """Jira Service Management comes with source code from its first listed release on, that release included."""
    parts, least_parts = (_parts(each) for each in (release, least))
    return (
        undetermined("INPUT_MISSING", "subscription.product.release") if parts is None else parts >= (least_parts or ())
    )


def _parts(release: str) -> tuple[int, ...] | None:
    """The numbers of a release without trailing zeros, so that 4.2.0 is 4.2."""
    texts = release.split(".")
    if not all(each.isdecimal() for each in texts):
        return None
    numbers = [int(each) for each in texts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


@rule("SOURCE-CODE-ACCESS-PLATFORM", "002:1242 000:1285", rulings="R-30")
def platform_reaches_source(platform: Platform) -> bool:
    """Source code is reached through a Data Center licence only."""
    return platform is Platform.DATA_CENTER


@rule("SOURCE-CODE-ACCESS-CONTACTS", "002:1242 000:1285", rulings="R-30")
def contact_reaches_source(roles: Collection[str], contacts: Collection[str]) -> bool:
    """Only the designated technical and billing contacts of a licence reach its source code."""
    return any(role in contacts for role in roles)


@rule("SOURCE-CODE-EXPORT-RESTRICTION", "002:1244 000:1287 000:1301", rulings="R-30")
def export_control_allows(export_restricted: bool) -> bool:
    """Export control of the United States may bar a customer from source code.

    Reading: whom it bars is not printed and is an input.
    """
    return not export_restricted


@rule("SOURCE-CODE-USE", "002:1256 000:1299")
def use_is_allowed(use: str, allowed: Collection[str]) -> bool:
    """Source code may be changed to mend faults, set up or extend the product, and used in no other application."""
    return use in allowed


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """What the rules say of source code.

    Attributes:
        extent: How much the licence is entitled to; None while that is open.
        reachable: Whether there is a way to it.
        roles: Roles that reach it.
        allowed_uses: Uses asked for that are allowed.
        refused_uses: Uses asked for that are not.
        findings: What stands in the way.
        guidance: How one becomes a contact.
    """

    extent: SourceExtent | None
    reachable: bool | None = None
    roles: tuple[str, ...] = ()
    allowed_uses: tuple[str, ...] = ()
    refused_uses: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    guidance: Guidance | None = field(default=None)


_BECOME_A_CONTACT = Guidance(
    channel="licence_contact",
    steps=("Ask a technical or billing contact of the licence to add you as a contact.",),
    contact="vendor",
)


def check_source_access(
    book: Book,
    subscription: Subscription,
    actor: Actor | None = None,
    export_restricted: bool | None = None,
    uses: Iterable[str] = (),
) -> SourceAccess:
    """Entitlement, access and uses, each decided by itself."""
    if not book.prints("source.licences"):
        return SourceAccess(None, findings=(not_covered(edition=book.edition),))
    extent, findings = _extent(book, subscription)
    reachable, barred = _reach(book, subscription, extent, actor, export_restricted)
    allowed = book.texts("source.uses.allowed")
    decided = [(use, use_is_allowed(use, allowed)) for use in uses]
    refused_uses = tuple(use for use, fine in decided if not fine)
    if refused_uses:
        barred.append(refused("SOURCE_USE_FORBIDDEN", uses=", ".join(refused_uses)))
    return SourceAccess(
        extent=extent,
        reachable=reachable,
        roles=book.texts("source.roles") if reachable else (),
        allowed_uses=tuple(use for use, fine in decided if fine),
        refused_uses=refused_uses,
        findings=(*findings, *barred),
        guidance=_BECOME_A_CONTACT if reachable else None,
    )


def _extent(book: Book, subscription: Subscription) -> tuple[SourceExtent | None, list[Finding]]:
    product = subscription.product
    if product is None:
        return None, [undetermined("INPUT_MISSING", "subscription.product.id")]
    own = vendor_gives_source(app=product.app, built_by_vendor=product.built_by_vendor)
    if isinstance(own, Finding):
        return None, [own]
    if product.platform is None:
        return None, [undetermined("INPUT_MISSING", "subscription.product.platform")]
    if not platform_has_source(product.platform):
        return SourceExtent.NONE, [refused("CLOUD_WITHOUT_SOURCE")]
    extent = SourceExtent.FULL
    if not entitled_to_full_source(product.id, book.texts("source.full.products")):
        extent = SourceExtent.JSP
        if not entitled_to_jsp_source(product.id, book.texts("source.jsp.products")):
            return None, [not_covered("PRODUCT_WITHOUT_SOURCE", product=product.id)]
    if subscription.licence_type is None:
        return None, [undetermined("INPUT_MISSING", "subscription.licence_type")]
    if not licence_type_has_source(subscription.licence_type, book.texts("source.licences")):
        return SourceExtent.NONE, [refused("LICENCE_WITHOUT_SOURCE", licence_type=subscription.licence_type)]
    key = _LEAST_RELEASE[product.id]
    if not book.prints(key):
        return extent, []
    if product.release is None:
        return None, [undetermined("INPUT_MISSING", "subscription.product.release")]
    recent = release_has_source(product.release, book.text(key))
    if isinstance(recent, Finding):
        return None, [recent]
    return (extent, []) if recent else (SourceExtent.NONE, [refused("LICENCE_WITHOUT_SOURCE", release=product.release)])


def _reach(
    book: Book,
    subscription: Subscription,
    extent: SourceExtent | None,
    actor: Actor | None,
    export_restricted: bool | None,
) -> tuple[bool | None, list[Finding]]:
    """Whether there is a way to the source, and what bars this person from it."""
    if extent not in (SourceExtent.JSP, SourceExtent.FULL):
        return (False if extent is SourceExtent.NONE else None), []
    platform = subscription.product.platform if subscription.product is not None else None
    if platform is None or not platform_reaches_source(platform):
        return False, [refused("SOURCE_NOT_REACHABLE")]
    barred: list[Finding] = []
    if actor is not None and not contact_reaches_source(sorted(actor.effective_roles), book.texts("source.roles")):
        barred.append(refused("NOT_A_LICENCE_CONTACT"))
    if export_restricted is not None and not export_control_allows(export_restricted):
        barred.append(refused("EXPORT_CONTROL"))
    return True, barred
