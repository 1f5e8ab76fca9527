"""Tiers of Marketplace apps beside the tier of the product that hosts them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from quotary_spec.model.product import Product
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, remark, undetermined
from quotary_spec.rule import ByEdition, rule
from quotary_spec.rulebook import Book


@rule("TIER-APP-WORKS", "000:27 000:1006 002:25 002:905", rulings="R-22")
def app_works(app_tier: int, host_tier: int) -> bool:
    """An app works at the tier of its host product or above, even when only a few users need it."""
    return app_tier >= host_tier


@rule("TIER-APP-MATCH-PARENT", "000:27 000:1006 002:25 002:905", rulings="R-22 R-22-APPS")
def app_is_sold_at_least(app_tier: int, host_tier: int) -> bool:
    """Every Marketplace app is sold at the tier of its host product or above.

    Reading: of Data Center apps it is said first that they are bought at the same tier, then that they work from it up.
    """
    return app_tier >= host_tier


@rule("TIER-ADDON-MATCH", "004:19", rulings="R-22 R-38")
def app_is_sold_equal(app_tier: int, host_tier: int) -> bool:
    """An app is sold at exactly the tier of the product with which it is used."""
    return app_tier == host_tier


app_may_be_sold = ByEdition(app_is_sold_at_least, app_is_sold_equal)
app_functions = ByEdition(app_works)


@dataclass(frozen=True, slots=True)
class AppTierCheck:
    """Whether an app's tier fits its host.

    Attributes:
        works: Whether the app works.
        sold: Whether it may be sold at this tier.
        smallest: Smallest tier at which it works; 0 while that is not decided.
        relation: How the tiers must stand to be sold: "equal", "equal_or_higher"; empty where the edition is silent.
        findings: What stands in the way, and remarks.
    """

    works: Outcome
    sold: Outcome
    smallest: int
    relation: str
    findings: tuple[Finding, ...]


def check_app_tier(
    book: Book, app: Product, app_tier: int | None, host_tier: int | None, app_users: int | None = None
) -> AppTierCheck:
    """Whether an app works beside its host product at the tiers of both, and whether it may be sold so."""
    relation = _relation(book)
    if not app.app:
        return AppTierCheck(Outcome.NOT_COVERED, Outcome.NOT_COVERED, 0, relation, (not_covered("NOT_AN_APP"),))
    works = _asked(app_functions, book, app_tier, host_tier, "APP_TIER_TOO_LOW")
    equal = relation == "equal"
    sold = _asked(app_may_be_sold, book, app_tier, host_tier, "APP_TIER_NOT_EQUAL" if equal else "APP_TIER_TOO_LOW")
    findings = dict.fromkeys(finding for finding in (works, sold) if finding is not None)
    if app_users is not None and relation == "equal_or_higher":
        findings[remark("APP_USERS_DO_NOT_MATTER", app_users=str(app_users))] = None
    return AppTierCheck(
        works=_outcome(works),
        sold=_outcome(sold),
        smallest=host_tier if host_tier is not None and book.serves(app_functions) else 0,
        relation=relation,
        findings=tuple(findings),
    )


def _relation(book: Book) -> str:
    """How the tier of an app stands to its host's where it is sold; empty where the edition does not say."""
    if not book.serves(app_may_be_sold):
        return ""
    return "equal" if book.version(app_may_be_sold) is app_is_sold_equal else "equal_or_higher"


def against_app_tier(book: Book, app_tier: int, host_tier: int) -> Finding | None:
    """What stands against selling an app beside its host at these tiers; nothing where the edition is silent."""
    reason = "APP_TIER_NOT_EQUAL" if _relation(book) == "equal" else "APP_TIER_TOO_LOW"
    refusal = _asked(app_may_be_sold, book, app_tier, host_tier, reason)
    return refusal if refusal is not None and refusal.outcome is Outcome.REFUSED else None


def _asked(
    question: ByEdition[[int, int], bool], book: Book, app_tier: int | None, host_tier: int | None, reason: str
) -> Finding | None:
    """What stands against the tiers; None when nothing does."""
    if not book.serves(question):
        return not_covered(edition=book.edition)
    version = book.version(question)
    if app_tier is None or host_tier is None:
        given = {"app_user_tier": app_tier, "host_user_tier": host_tier}
        return undetermined("INPUT_MISSING", *(name for name, tier in given.items() if tier is None))
    if version(app_tier, host_tier):
        return None
    refusal = refused(reason, app_user_tier=str(app_tier), host_user_tier=str(host_tier))
    return replace(refusal, rule_id=version.info.id)


def _outcome(finding: Finding | None) -> Outcome:
    return Outcome.GRANTED if finding is None else finding.outcome
