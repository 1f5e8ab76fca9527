"""Applications for discounted programmes into nouns of the rule book."""

from __future__ import annotations

from quotary.v1 import entitlement_service_pb2
from quotary_server.adapter.enums import PARTY_KIND, VENDOR_DECISION
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_product
from quotary_server.adapter.scalars import civil_date, region, word
from quotary_spec.model.application import Application, Conduct


def read_application(faults: Faults, path: str, message: entitlement_service_pb2.Application) -> Application:
    """An application with every fact that it states; what it leaves out is not known."""

    def fact(name: str) -> bool | None:
        return getattr(message, name) if message.HasField(name) else None  # type: ignore[arg-type]

    def registered(name: str, vocabulary: str) -> str | None:
        value = getattr(message, name)
        return word(faults, f"{path}.{name}", value, vocabulary) if value else None

    if not message.programme:
        faults.add(f"{path}.programme", "REQUIRED")
    if "-" in message.region_code:
        faults.add(f"{path}.region_code", "UNKNOWN_COUNTRY", repr(message.region_code[:20]))
    elif message.region_code:
        region(faults, f"{path}.region_code", message.region_code)
    conduct = message.conduct
    return Application(
        programme=registered("programme", "programme") or "",
        licence_held=fact("licence_held"),
        party_kind=PARTY_KIND.read(faults, f"{path}.party_kind", message.party_kind),
        country=message.region_code or None,
        organisation_type=registered("organisation_type", "organisation_type"),
        recognised_nonprofit=fact("recognised_nonprofit"),
        valid_social_enterprise=fact("valid_social_enterprise"),
        governmental=fact("governmental"),
        political=fact("political"),
        commercial=fact("commercial"),
        conduct=Conduct(
            conduct.harmful if conduct.HasField("harmful") else None,
            conduct.partisan if conduct.HasField("partisan") else None,
            conduct.discriminatory if conduct.HasField("discriminatory") else None,
        ),
        nationally_accredited=fact("nationally_accredited"),
        university_affiliated=fact("university_affiliated"),
        statutorily_accredited=fact("statutorily_accredited"),
        administration_use_only=fact("administration_use_only"),
        pupil_data_submitted=fact("pupil_data_submitted"),
        college_level=fact("college_level"),
        person_type=registered("person_type", "person_type"),
        uses=tuple(word(faults, f"{path}.uses[{i}]", each, "licence_use") for i, each in enumerate(message.uses)),
        product=read_product(faults, f"{path}.product", message.product) if message.HasField("product") else None,
        academic_server_licence_held=fact("academic_server_licence_held"),
        submitted_on=civil_date(faults, f"{path}.submission_date", message.submission_date)
        if message.HasField("submission_date")
        else None,
        further_facts_supplied=fact("further_facts_supplied"),
        verified=fact("verified"),
        vendor_decision=VENDOR_DECISION.read(faults, f"{path}.vendor_decision", message.vendor_decision),
    )
