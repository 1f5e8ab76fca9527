"""Requests about taxes, the billing address and withholding, and to extend a trial.

What taxes ask of a customer is in ``tax.claims`` and ``tax.address``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from quotary_spec.model.product import Platform
from quotary_spec.model.request import CheckedRequest, RequestCase
from quotary_spec.outcome import Finding, not_covered, remark, undetermined
from quotary_spec.rule import rule
from quotary_spec.rules.requests.checking import Check, found
from quotary_spec.rules.requests.forms import missing_for_cloud_trial, missing_for_data_center_trial
from quotary_spec.rules.requests.items import as_items, missing_items
from quotary_spec.rules.tax.address import address_has_to_be_updated, address_is_known_by
from quotary_spec.rules.tax.claims import (
    exemption_can_be_claimed,
    missing_from_exemption_claim,
    number_can_be_entered,
    withholding_statement_is_missing,
)


@rule("TRIAL-EXTENSION-DC-ROLE", "000:1131-1137 002:1021")
def may_generate_trial_key(roles: Collection[str], named: Collection[str]) -> bool:
    """Billing and technical contacts generate trial licences."""
    return not set(named).isdisjoint(roles)


# ---- the request


def check_tax_exemption(check: Check) -> CheckedRequest:
    """An exemption from a tax: evidence or a number, and the quote it is for."""
    book, case = check.book, check.case
    if not book.serves(missing_from_exemption_claim):
        return check.silent()
    checked = CheckedRequest(guidance=check.book.guidance("request.guidance.tax-exemption"), self_service=False)
    country = _country(case)
    if country is None and case.tax != "JCT":
        checked = found(checked, undetermined("INPUT_MISSING", "deal.billing_party.address.region_code"))
    if case.tax is None and country == "JP":
        # Of the taxes there is one from which nothing frees, and it is Japan's.
        checked = found(checked, undetermined("INPUT_MISSING", "tax"))
    possible = exemption_can_be_claimed(case.tax or "", country or "")
    number = case.tax_identifier is not None
    missing = missing_from_exemption_claim(documents=bool(case.evidence), number=number, quote_number=case.quote_number)
    rule_id = missing_from_exemption_claim.info.id
    required_items = check.with_items(as_items(("evidence|tax_identifier", "quote_number"), missing, rule_id), rule_id)
    if isinstance(possible, Finding):
        return found(checked, possible)
    return replace(found(checked, *required_items.findings), items=required_items.items)


def check_tax_id(check: Check) -> CheckedRequest:
    """A tax number, entered in one's own profile."""
    book, case = check.book, check.case
    if not book.prints("tax.numbers-in-profile"):
        return check.silent()
    checked = CheckedRequest(guidance=check.book.guidance("request.guidance.tax-id"), self_service=True)
    rule_id = number_can_be_entered.info.id
    missing = missing_items(("tax_identifier",), check.given)
    required_items = check.with_items(as_items(("tax_identifier",), missing, rule_id), rule_id)
    checked = replace(found(checked, *required_items.findings), items=required_items.items)
    if case.tax_identifier is None:
        return checked
    country = _country(case)
    if country is None:
        return found(checked, undetermined("INPUT_MISSING", "deal.billing_party.address.region_code"))
    entered = number_can_be_entered(case.tax_identifier.kind, country, book.texts("tax.numbers-in-profile"))
    return found(checked, not_covered(edition=book.edition) if entered is False else entered)


def check_billing_address(check: Check) -> CheckedRequest:
    """A billing address that is to be brought up to date, and when the vendor knows it."""
    book, case = check.book, check.case
    if not book.prints("tax.address-update-hours"):
        return check.silent()
    checked = CheckedRequest(guidance=check.book.guidance("request.guidance.billing-address"), self_service=True)
    if book.serves(address_has_to_be_updated) and case.address_complete is not None:
        rule_id = address_has_to_be_updated.info.id
        missing = ("billing_address",) if address_has_to_be_updated("billing_address" in check.given) else ()
        required_items = check.with_items(as_items(("billing_address",), missing, rule_id), rule_id)
        checked = replace(found(checked, *required_items.findings), items=required_items.items)
    if case.address_updated is None:
        nothing_known = case.address_complete is None and not checked.items
        return found(checked, undetermined("INPUT_MISSING", "billing_address_complete") if nothing_known else None)
    hours = book.integer("tax.address-update-hours")
    return replace(checked, effective=address_is_known_by(case.address_updated, hours))


def check_withholding(check: Check) -> CheckedRequest:
    """A tax that was withheld, with the statement of it."""
    book, case = check.book, check.case
    if not book.serves(withholding_statement_is_missing):
        return check.silent()
    checked = CheckedRequest(guidance=check.book.guidance("request.guidance.withholding"), self_service=False)
    if case.tax_withheld is None:
        return found(checked, undetermined("INPUT_MISSING", "tax_withheld"))
    given = any(each.kind == "withholding_statement" for each in case.evidence)
    lacks = withholding_statement_is_missing(tax_withheld=case.tax_withheld, statement_supplied=given)
    rule_id = withholding_statement_is_missing.info.id
    required = ("evidence",) if case.tax_withheld else ()
    required_items = check.with_items(as_items(required, ("evidence",) if lacks else (), rule_id), rule_id)
    return replace(found(checked, *required_items.findings), items=required_items.items)


def check_trial_extension(check: Check) -> CheckedRequest:
    """More time for a trial: of the vendor for cloud, by a new key for Data Center."""
    if check.platform is None:
        return check.lacks("subscription.product.platform")
    if check.platform.hosted:
        checked = check.form(missing_for_cloud_trial, "request.trial-extension.cloud")
        if checked.items and checked.complete:
            checked = found(checked, remark("REQUEST_WITH_VENDOR"))
        return replace(
            checked, guidance=check.book.guidance("request.guidance.trial-extension.cloud"), self_service=False
        )
    if check.platform is not Platform.DATA_CENTER:
        return check.silent()
    checked = check.form(missing_for_data_center_trial, "request.trial-extension.data_center")
    roles, findings = check.barred(may_generate_trial_key, "request.roles.trial-extension.data_center")
    guidance = check.book.guidance("request.guidance.trial-extension.data_center")
    return found(replace(checked, allowed_roles=roles, guidance=guidance, self_service=True), *findings)


def _country(case: RequestCase) -> str | None:
    return case.deal.billing_party.country
