"""Any request: the check of its kind is asked."""

from __future__ import annotations

from collections.abc import Callable

from quotary_spec.model.request import CheckedRequest, RequestCase, RequestKind
from quotary_spec.rulebook import Book
from quotary_spec.rules.requests.checking import Check
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


def check_request(book: Book, case: RequestCase) -> CheckedRequest:
    """Whether a request contains what it must, whether the person may make it, and where it is made."""
    return _CHECKS[case.kind](Check(book, case))


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
