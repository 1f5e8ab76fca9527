"""Any request: the check of its kind is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from quotary_spec.model.order import Action, Line, Prior
from quotary_spec.model.request import CheckedRequest, RequestCase, RequestKind
from quotary_spec.outcome import Finding, Outcome, weakest
from quotary_spec.rulebook import Book
from quotary_spec.rules.requests.checking import Check, found
from quotary_spec.rules.requests.orders import check_co_term, check_order, check_purchase_order_number, check_revision
from quotary_spec.rules.requests.quotes import check_quote
from quotary_spec.rules.requests.renewals import check_downgrade, check_renewal
from quotary_spec.rules.requests.taxes_and_trials import (
    check_billing_address,
    check_tax_exemption,
    check_tax_id,
    check_trial_extension,
    check_withholding,
)
from quotary_spec.rules.sales.conditions import asked_beside


def check_request(book: Book, case: RequestCase) -> CheckedRequest:
    """Whether a request contains what it must, whether the person may make it, and where it is made.

    A request for what may not be sold is refused, however complete it is (R-41).
    """
    checked = _CHECKS[case.kind](Check(book, case))
    known = {(each.reason, each.rule_id) for each in checked.findings}
    of_sale = [each for each in _against_sale(book, case) if (each.reason, each.rule_id) not in known]
    # Facts that could refuse it are named where nothing else is open.
    granted = weakest(checked.findings) is Outcome.GRANTED
    return found(checked, *(each for each in of_sale if granted or each.outcome is not Outcome.GRANTED))


_ACTIONS = {
    RequestKind.QUOTE: Action.NEW,
    RequestKind.ORDER: Action.NEW,
    RequestKind.RENEWAL: Action.RENEWAL,
    RequestKind.UPGRADE: Action.UPGRADE,
    RequestKind.DOWNGRADE: Action.DOWNGRADE,
}
"""What a line does in a request of the kinds that lead to a sale, where it does not say so itself."""


def _against_sale(book: Book, case: RequestCase) -> Iterator[Finding]:
    """What refuses the sale of a line that is asked for, and the facts of the deal that could."""
    if case.kind not in _ACTIONS:
        return
    deal = replace(case.deal, order_date=case.deal.order_date or case.day)
    lines = [_asked(case, line) for line in case.lines]
    yield from asked_beside(book, deal, lines)


def _asked(case: RequestCase, line: Line) -> Line:
    """The line as the request means it: what it does, and what is held before."""
    current, prior = case.subscription, line.prior or Prior()
    if prior.end is None:
        prior = replace(prior, term=current.term, term_start=current.term_start, term_end=current.term_end)
    return replace(
        line,
        action=_ACTIONS[case.kind] if line.action is Action.NEW else line.action,
        prior=prior,
        held_user_tier=current.user_tier if line.held_user_tier is None else line.held_user_tier,
    )


_CHECKS: dict[RequestKind, Callable[[Check], CheckedRequest]] = {
    RequestKind.QUOTE: check_quote,
    RequestKind.RENEWAL: check_renewal,
    RequestKind.UPGRADE: check_renewal,
    RequestKind.DOWNGRADE: check_downgrade,
    RequestKind.ORDER: check_order,
    RequestKind.REVISION: check_revision,
    RequestKind.CO_TERM: check_co_term,
    RequestKind.PURCHASE_ORDER_NUMBER: check_purchase_order_number,
    RequestKind.TAX_EXEMPTION: check_tax_exemption,
    RequestKind.TAX_ID: check_tax_id,
    RequestKind.BILLING_ADDRESS: check_billing_address,
    RequestKind.WITHHOLDING: check_withholding,
    RequestKind.TRIAL_EXTENSION: check_trial_extension,
}
