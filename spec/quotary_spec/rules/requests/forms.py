"""The forms of requests: what each must contain, and which of it a request lacks.

The items are in ``items``, the lists of each form in the register.
"""

from __future__ import annotations

from collections.abc import Sequence

from quotary_spec.rule import ByEdition, rule
from quotary_spec.rules.requests.items import missing_items

Missing = tuple[str, ...]


@rule("QUOTE-RESELLER-SITE-2021", "004:72-76", rulings="R-38")
def missing_for_customers_site(given: frozenset[str], required: Sequence[str]) -> Missing:
    """For a quote on a customer's cloud site a reseller names the billing contact, the site and the user tiers.

    The contact is named by first name, surname and e-mail; the site by its address or its support entitlement number.
    """
    return missing_items(required, given)


@rule(
    "QUOTE-RESELLER-EXISTING-SITE",
    "003:18-23 003:57",
    rulings="R-38 R-003-QUOTE-CLOUD-EXISTING-FIELDS-SHORT-003",
)
def missing_for_existing_site(given: frozenset[str], required: Sequence[str]) -> Missing:
    """For an annual quote on a cloud site a reseller names itself, the site, an authorised contact and the user tiers.

    The site is named by its address or its support entitlement number, persons by full name and e-mail.

    Reading: the longer of two lists.
    """
    return missing_items(required, given)


@rule("QUOTE-RESELLER-NEW-SITE", "003:26-30 003:61-65", rulings="R-38 R-003-QUOTE-CLOUD-NEW-FIELDS-003")
def missing_for_new_site(given: frozenset[str], required: Sequence[str]) -> Missing:
    """For a customer without a cloud site a reseller names both parties, and all products with their user tiers.

    Each party is named by full name, e-mail and postal address of billing.

    Reading: the longer of two lists, since the addresses decide on taxes.
    """
    return missing_items(required, given)


@rule("QUOTE-RESELLER-FORM-2021", "004:16-23", rulings="R-38")
def missing_in_form_2021(given: frozenset[str], required: Sequence[str]) -> Missing:
    """For new licences a reseller gives products, user tiers, years of maintenance, both parties and its declaration.

    The customer stands as technical contact, with its address, and as licensee; the reseller is billed.
    """
    return missing_items(required, given)


@rule("QUOTE-RESELLER-FORM", "003:33", rulings="R-38")
def missing_in_form(given: frozenset[str], required: Sequence[str]) -> Missing:
    """For a Data Center quote a reseller fills the cart, declares itself, names both parties and accepts the terms."""
    return missing_items(required, given)


@rule("RENEWAL-DC-REQUIREMENTS", "000:952 002:854")
def missing_for_data_center_renewal(given: frozenset[str], required: Sequence[str]) -> Missing:
    """A Data Center renewal needs the support entitlement number and the e-mail address of a contact of the licence."""
    return missing_items(required, given)


@rule("RENEWAL-RESELLER-FORM-2021", "004:35-40", rulings="R-38")
def missing_for_reseller_renewal_2021(given: frozenset[str], required: Sequence[str]) -> Missing:
    """A reseller renews or upgrades with its customer's name and e-mail, the entitlement number and the licence.

    The form also takes the e-mail of the technical contact, and the edition of the licence.
    """
    return missing_items(required, given)


@rule("RENEWAL-RESELLER-FORM", "003:37", rulings="R-38 R-003-RENEWAL-DATA-CENTER-FIELDS-003")
def missing_for_reseller_renewal(given: frozenset[str], required: Sequence[str]) -> Missing:
    """A reseller renews or upgrades Data Center with entitlement number, technical contact, licence and its edition.

    Reading: another contact of the licence serves as well, and the edition is what the form calls its version.
    """
    return missing_items(required, given)


@rule("RENEWAL-RESELLER-CLOUD", "003:39", rulings="R-38")
def missing_for_reseller_cloud_renewal(given: frozenset[str], required: Sequence[str]) -> Missing:
    """To renew or change an annual cloud site a reseller names an authorised contact of it, and the site's address."""
    return missing_items(required, given)


@rule("RENEWAL-RESELLER-CLOUD-NUMBER", "004:90", rulings="R-38")
def missing_for_site_of_other_purchaser(given: frozenset[str], required: Sequence[str]) -> Missing:
    """A reseller who did not buy the cloud site sends its entitlement number, and the vendor makes the quote."""
    return missing_items(required, given)


@rule("CO-TERM-FORM", "003:49 004:56")
def missing_for_alignment(given: frozenset[str], required: Sequence[str]) -> Missing:
    """Licences are aligned by writing into the notes of the form which of them shall end on which day."""
    return missing_items(required, given)


@rule("CO-TERM-ASSISTED", "003:51")
def missing_for_assisted_alignment(given: frozenset[str], required: Sequence[str]) -> Missing:
    """Where a person of the vendor prepares the quote, it is enough to say on which day the licences shall end."""
    return missing_items(required, given)


@rule("TRIAL-EXTENSION-CLOUD", "000:31 002:29", rulings="R-000-TRIAL-EXTEND-CLOUD")
def missing_for_cloud_trial(given: frozenset[str], required: Sequence[str]) -> Missing:
    """More time for a cloud trial is asked of the vendor's customer team, with the address of the site.

    Reading: a person decides; no length is promised.
    """
    return missing_items(required, given)


@rule("TRIAL-EXTENSION-DC", "000:33 002:31", rulings="R-000-TRIAL-EXTEND-DC")
def missing_for_data_center_trial(given: frozenset[str], required: Sequence[str]) -> Missing:
    """A further Data Center trial key is generated in the account portal, for a product and with the server's ID.

    Reading: as often as it is asked for.
    """
    return missing_items(required, given)


RESELLER_FORM = ByEdition(missing_in_form_2021, missing_in_form)
RESELLER_RENEWAL = ByEdition(missing_for_reseller_renewal_2021, missing_for_reseller_renewal)
