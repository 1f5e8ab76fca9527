"""A request for a refund: each line with its window, its fee and its taxes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Channel, Cycle
from quotary_spec.model.party import Address, Evidence
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.refund import (
    NOTHING,
    Amounts,
    LineRefund,
    PaidLine,
    PaidOrder,
    RefundAssessment,
    RefundKind,
    RefundRequest,
    RefundWindow,
    TaxPart,
    sum_of,
)
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, remark, undetermined, weakest
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import about
from quotary_spec.rulebook import Book
from quotary_spec.rules.refunds import (
    annual_window,
    document_covers_purchase,
    downgrade_is_refunded,
    fee_refund,
    first_purchase_window,
    guard_annual_window,
    guard_first_paid_month,
    is_asked_in_time,
    monthly_window,
    no_month,
    products_are_exchangeable,
    refundable_amounts,
    server_window,
    tax_is_refunded_alone,
    tax_refund_is_in_time,
)
from quotary_spec.rules.tax.evidence import OWN_DOCUMENTS, is_town
from quotary_spec.rules.tax.united_states import exemption_counts_in_town

_EXEMPTION_TOWNS = Keys("tax.us.exemption-towns.*")


# ---- composition


def assess_refund(book: Book, order: PaidOrder, request: RefundRequest, asked_on: date | None) -> RefundAssessment:
    """What of an order goes back when it is asked for on a day, and what stands in the way."""
    positions = request.lines or tuple(range(len(order.lines)))
    lines: list[LineRefund] = []
    for i in positions:
        with about(f"paid_order.lines[{i}]"):
            lines.append(_line(book, order, request, i, asked_on))
    findings = [*dict.fromkeys(_located(finding, line.position) for line in lines for finding in line.findings)]
    if request.kind is not RefundKind.EXCHANGE and not findings and all(line.amounts is None for line in lines):
        findings = [refused("NOTHING_LEFT_TO_REFUND").about("paid_order")]
    granted = weakest(findings) is Outcome.GRANTED
    late = any(finding.reason == "TAX_REFUND_WINDOW_CLOSED" for finding in findings)
    return RefundAssessment(
        lines=tuple(lines),
        amounts=sum_of(line.amounts or NOTHING for line in lines)
        if granted and request.kind is not RefundKind.EXCHANGE
        else None,
        payer=_payer(request.kind, granted=granted, late=late),
        guidance=_guidance(book, request.kind, late),
        findings=tuple(findings),
    )


def _line(book: Book, order: PaidOrder, request: RefundRequest, i: int, asked_on: date | None) -> LineRefund:
    line = order.lines[i]
    if request.kind is RefundKind.TAX:
        return _tax_of_line(book, order, request, i, asked_on)
    if request.kind is RefundKind.EXCHANGE:
        return _exchange_of_line(book, order, request.exchange_product, i, asked_on)
    left = refundable_amounts(line.paid, line.refunded)
    if left.total == 0:
        # Not worth a word when everything is asked for; a line that was named has been refunded before.
        return _closed(i, refused("NOTHING_LEFT_TO_REFUND")) if request.lines else LineRefund(i)
    window, rule_id = _window(book, order, line)
    if isinstance(window, Finding):
        return _closed(i, window)
    open_now = is_asked_in_time(asked_on, window)
    if isinstance(open_now, Finding):
        return replace(_closed(i, open_now), window=window, rule_id=rule_id)
    fee = book.ask(fee_refund, left.fee) if left.fee else 0
    if isinstance(fee, Finding):
        return LineRefund(i, window, replace(left, fee=0), rule_id, (fee,))
    return LineRefund(i, window, replace(left, fee=fee), rule_id)


def _closed(i: int, finding: Finding) -> LineRefund:
    return LineRefund(i, rule_id=finding.rule_id, findings=(finding,))


def _window(book: Book, order: PaidOrder, line: PaidLine) -> tuple[RefundWindow | Finding, str]:
    """The window of a line, and the rule that gives it."""
    platform = line.product.platform
    if platform is None:
        return undetermined("INPUT_MISSING", "product.platform"), ""
    if platform.hosted:
        return _hosted_window(book, order, line)
    first_paid_on = _first_paid_on(order, line)
    if platform is Platform.SERVER and book.prints("refund.days.server"):
        types = book.texts("refund.licence-types.server")
        days = book.integer("refund.days.server")
        return server_window(line.licence_type, types, line.action, first_paid_on, days), server_window.info.id
    if not book.prints("refund.days.self-managed"):
        return not_covered(edition=book.edition), ""
    no = book.if_served(downgrade_is_refunded, platform, line.action)
    if no is not None:
        return no, no.rule_id
    days = book.integer("refund.days.self-managed")
    return first_purchase_window(line.action, first_paid_on, days), first_purchase_window.info.id


def _hosted_window(book: Book, order: PaidOrder, line: PaidLine) -> tuple[RefundWindow | Finding, str]:
    if line.cycle is None:
        return undetermined("INPUT_MISSING", "billing_cycle"), ""
    start, first_paid_on = _service_start(line), _first_paid_on(order, line)
    # The passage on Guard is about its Standard plan; Premium falls under the one on all of cloud.
    guard = line.product.id == "guard" and line.product.plan != "premium" and book.prints("refund.days.guard-annual")
    if line.cycle is Cycle.ANNUAL:
        if guard:
            days = book.integer("refund.days.guard-annual")
            return guard_annual_window(order.paid_on, days), guard_annual_window.info.id
        return annual_window(order.paid_on, book.integer("refund.days.cloud-annual")), annual_window.info.id
    if guard:
        months = book.integer("refund.months.guard-monthly")
        return guard_first_paid_month(start, months), guard_first_paid_month.info.id
    if book.serves(no_month):
        return no_month(), no_month.info.id
    window = book.ask(monthly_window, start, first_paid_on, book.integer("refund.months.cloud-monthly"))
    return window, book.version(monthly_window).info.id


def _service_start(line: PaidLine) -> date | None:
    """First day of paid service; on a first purchase the term's first day when no other is given."""
    if line.service_start is None and line.action is Action.NEW:
        return line.term_start
    return line.service_start


def _first_paid_on(order: PaidOrder, line: PaidLine) -> date | None:
    """Day on which the product was first paid for; on a first purchase the order's when no other is given."""
    return order.paid_on if line.first_paid_on is None and line.action is Action.NEW else line.first_paid_on


def _tax_of_line(book: Book, order: PaidOrder, request: RefundRequest, i: int, asked_on: date | None) -> LineRefund:
    line = order.lines[i]
    if not book.prints("refund.days.us-sales-tax"):
        return _closed(i, not_covered(edition=book.edition))
    taxes = [part for part in refundable_amounts(line.paid, line.refunded).taxes if part.amount]
    if not taxes:
        return _closed(i, refused("NOTHING_LEFT_TO_REFUND")) if request.lines else LineRefund(i)
    alone = book.texts("refund.taxes-alone")
    findings = [each for part in taxes if isinstance(each := tax_is_refunded_alone(part.tax, alone), Finding)]
    if findings:
        return LineRefund(i, rule_id=tax_is_refunded_alone.info.id, findings=tuple(findings))
    days = book.integer("refund.days.us-sales-tax")
    window = None if order.paid_on is None else RefundWindow(order.paid_on, order.paid_on + timedelta(days=days))
    timely = tax_refund_is_in_time(order.paid_on, asked_on, days)
    if isinstance(timely, Finding):
        return LineRefund(i, window, rule_id=timely.rule_id, findings=(timely,))
    undocumented = tuple(_undocumented(book, order, line, taxes, request))
    if undocumented:
        return LineRefund(i, window, rule_id=document_covers_purchase.info.id, findings=undocumented)
    return LineRefund(i, window, Amounts(taxes=tuple(taxes)), tax_refund_is_in_time.info.id)


def _undocumented(
    book: Book, order: PaidOrder, line: PaidLine, taxes: Iterable[TaxPart], request: RefundRequest
) -> Iterator[Finding]:
    """Why the taxes are not freed by the documents that were presented; nothing when they are."""
    if order.paid_on is None:
        return
    if order.channel is None:
        yield undetermined("INPUT_MISSING", "paid_order.channel")
        return
    resale = order.channel is not Channel.DIRECT
    kinds = book.texts("tax.us.documents.resale") if resale else OWN_DOCUMENTS
    documents = dict(_documents(order, request, resale))
    address = _customer_address(order, line, resale)
    town = address.locality if address is not None else None
    for part in taxes:
        if not part.region:
            path = f"paid.taxes[{[each.key for each in line.paid.taxes].index(part.key)}].region_code"
            yield undetermined("INPUT_MISSING", path).by(document_covers_purchase.info.id)
            continue
        answers = [
            document_covers_purchase(each, kinds, part.region, order.order_date, order.paid_on)
            for each in documents.values()
            if each.locality is None or is_town(town, (each.locality,))
        ]
        covered = True in answers
        unknown = next((each for each in answers if isinstance(each, Finding)), None)
        towns = book.texts(_EXEMPTION_TOWNS[part.region], silent=())
        counts = exemption_counts_in_town(town, towns) if (covered or unknown is not None) and towns else covered
        if isinstance(counts, Finding):
            yield replace(counts, missing=(_town_path(order, line, resale),))
        elif not covered and unknown is not None and (counts or not towns):
            yield unknown
        elif not counts:
            yield refused("NO_DOCUMENT_FOR_PURCHASE", region=part.region).by(document_covers_purchase.info.id)
            for path, document in documents.items():
                yield _why_not(document, kinds, part.region, town, order).about(path)


def _documents(order: PaidOrder, request: RefundRequest, resale: bool) -> Iterator[tuple[str, Evidence]]:
    """Every document that was presented with the request or the order, by its path."""
    for i, each in enumerate(request.evidence):
        yield f"evidence[{i}]", each
    parties = {"billing_party": order.billing_party, **({"sold_to_party": order.sold_to} if resale else {})}
    for name, party in parties.items():
        for i, each in enumerate(party.evidence if party is not None else ()):
            yield f"paid_order.{name}.evidence[{i}]", each


def _why_not(document: Evidence, kinds: Collection[str], region: str, town: str | None, order: PaidOrder) -> Finding:
    """Why a document does not free a purchase from the tax of a region."""
    days = [day for day in (order.order_date, order.paid_on) if day is not None]
    made_for = ", ".join(filter(None, (document.locality, document.region)))
    elsewhere = document.region not in (None, region, region.partition("-")[0])
    if document.kind not in kinds:
        return remark("EVIDENCE_OF_ANOTHER_KIND", kind=document.kind, counts=", ".join(sorted(kinds)))
    if elsewhere or (document.locality is not None and not is_town(town, (document.locality,))):
        return remark("EVIDENCE_OF_ANOTHER_PLACE", made_for=made_for, place=", ".join(filter(None, (town, region))))
    if document.accepted is False:
        return remark("EVIDENCE_REJECTED")
    if document.valid_from is not None and document.valid_from > min(days):
        first = document.valid_from.isoformat()
        return remark("EVIDENCE_NOT_YET_VALID", first_day=first, purchase_date=min(days).isoformat())
    if document.valid_through is not None and document.valid_through < max(days):
        last = document.valid_through.isoformat()
        return remark("EVIDENCE_EXPIRED", last_day=last, purchase_date=max(days).isoformat())
    # The state takes documents in some of its towns alone.
    return remark("EVIDENCE_OF_ANOTHER_PLACE", made_for=region, place=", ".join(filter(None, (town, region))))


def _customer_address(order: PaidOrder, line: PaidLine, resale: bool) -> Address | None:
    """Where US sales tax found the line: at the end customer, or on direct orders at the billing party."""
    if resale and line.sold_to_address is not None:
        return line.sold_to_address
    party = order.sold_to if resale else order.billing_party
    return party.address if party is not None else None


def _town_path(order: PaidOrder, line: PaidLine, resale: bool) -> str:
    if resale and line.sold_to_address is not None:
        return "sold_to_address.locality"
    return f"paid_order.{'sold_to_party' if resale else 'billing_party'}.address.locality"


def _exchange_of_line(
    book: Book, order: PaidOrder, requested: Product | None, i: int, asked_on: date | None
) -> LineRefund:
    line = order.lines[i]
    if line.paid.total and not line.paid.less(line.refunded).total:
        return _closed(i, refused("NOTHING_LEFT_TO_REFUND"))
    current = line.product.platform
    if current is None:
        return _closed(i, undetermined("INPUT_MISSING", "product.platform"))
    if current is Platform.SERVER and book.serves(server_window):
        return _in_window(book, order, line, i, asked_on)
    if not book.serves(products_are_exchangeable):
        return _closed(i, not_covered(edition=book.edition))
    if requested is None:
        return _closed(i, undetermined("INPUT_MISSING", "exchange_product"))
    other = requested.platform
    if other is None:
        return _closed(i, undetermined("INPUT_MISSING", "exchange_product.platform"))
    exchangeable = products_are_exchangeable(current, other)
    if isinstance(exchangeable, Finding):
        return _closed(i, exchangeable)
    if current.hosted:
        # A cloud subscription is not exchanged after its window; what holds before is not said.
        in_window = _in_window(book, order, line, i, asked_on)
        return replace(in_window, findings=in_window.findings or (not_covered(edition=book.edition),))
    return _closed(i, not_covered(edition=book.edition))


def _in_window(book: Book, order: PaidOrder, line: PaidLine, i: int, asked_on: date | None) -> LineRefund:
    window, rule_id = _window(book, order, line)
    if isinstance(window, Finding):
        return _closed(i, window)
    open_now = is_asked_in_time(asked_on, window)
    return LineRefund(i, window, None, rule_id, (open_now,) if isinstance(open_now, Finding) else ())


def _located(finding: Finding, position: int) -> Finding:
    """The finding with what it concerns: its line, or the field of the whole request that would decide it."""
    if finding.outcome is Outcome.GRANTED and finding.subject:
        return finding
    for path in finding.missing:
        if path.startswith(("request_date", "exchange_product")):
            return finding.about(path.partition(".")[0])
        if path.startswith("paid_order."):
            return finding.about("paid_order")
    return finding.about(f"paid_order.lines[{position}]")


def _payer(kind: RefundKind, *, granted: bool, late: bool) -> str:
    if granted:
        return "" if kind is RefundKind.EXCHANGE else "vendor"
    return "tax_authority" if late else ""


def _guidance(book: Book, kind: RefundKind, late: bool) -> Guidance | None:
    if kind is not RefundKind.TAX:
        return book.guidance("refund.guidance")
    return book.guidance("refund.guidance.tax-after" if late else "refund.guidance.tax")
