"""One request under one edition: what of it is missing, and who may make it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from quotary_spec.model.order import Channel
from quotary_spec.model.product import Platform, Product
from quotary_spec.model.request import CheckedRequest, RequestCase, RequestItem
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.rule import RuleFunction
from quotary_spec.rulebook import Book
from quotary_spec.rules.requests.forms import Missing
from quotary_spec.rules.requests.items import as_items, supplied

Form = RuleFunction[[frozenset[str], Sequence[str]], Missing]
"""A rule on what a request of one kind must contain."""


@dataclass(frozen=True, slots=True)
class Check:
    """One request under one edition."""

    book: Book
    case: RequestCase

    @property
    def given(self) -> frozenset[str]:
        """The registered items that the request has."""
        return supplied(self.case)

    @property
    def resold(self) -> bool:
        """True when a reseller or partner asks for its customer."""
        return self.case.deal.channel not in (None, Channel.DIRECT)

    @property
    def seller(self) -> str:
        """Who sells, in the words of the register: ``reseller`` (or partner) or ``vendor``."""
        return "reseller" if self.resold else "vendor"

    @property
    def product(self) -> Product | None:
        """What the request is about: what is held, else the first line."""
        current = self.case.subscription.product
        return current if current is not None else self.case.lines[0].product if self.case.lines else None

    @property
    def products(self) -> tuple[Product, ...]:
        """What stands on the lines, else what the request is about."""
        lines = tuple(line.product for line in self.case.lines)
        return lines or (() if self.product is None else (self.product,))

    @property
    def is_guard(self) -> bool:
        """True when the request is about Guard."""
        return self.product is not None and self.product.id == "guard"

    @property
    def platform(self) -> Platform | None:
        """The platform that the request is about; None while it is not known."""
        if self.product is not None:
            return self.product.platform
        # An address of a cloud site says what is asked about.
        return Platform.CLOUD if self.case.site_uri or self.case.site_exists is not None else None

    def form(self, ask: Form, key: str) -> CheckedRequest:
        """The items of a form, and what of them is missing."""
        if not self.book.prints(key):
            return self.silent()
        required = self.book.texts(key)
        return self.with_items(as_items(required, ask(self.given, required), ask.info.id), ask.info.id)

    def with_items(self, items: tuple[RequestItem, ...], rule_id: str) -> CheckedRequest:
        """These items, and the paths of those that are missing."""
        paths = [path for item in items if not item.supplied for path in self._paths(item)]
        findings = (replace(undetermined("REQUEST_INCOMPLETE", *paths), rule_id=rule_id),) if paths else ()
        return CheckedRequest(items=items, findings=findings)

    def _paths(self, item: RequestItem) -> Iterator[str]:
        """Where a missing item has to be put; each line that lacks it."""
        start, _, rest = item.path.partition(".")
        if start != "lines" or not rest:
            yield item.path
            return
        if not self.case.lines:
            yield "lines"
        for i, line in enumerate(self.case.lines):
            lacks = line.user_tier is None if rest == "user_tier" else not line.names_length
            if lacks:
                yield f"lines[{i}].{rest}"

    def barred(
        self, may: Callable[[Collection[str], Collection[str]], bool], key: str
    ) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
        """The roles that may make the request, and what stands against the person who does."""
        roles = self.book.texts(key, silent=())
        if self.case.actor is None or not roles or may(sorted(self.case.actor.effective_roles), roles):
            return roles, ()
        return roles, (refused("ROLE_NOT_ALLOWED", roles=", ".join(roles)).about("actor"),)

    def silent(self) -> CheckedRequest:
        """The edition says nothing of such a request."""
        return CheckedRequest(findings=(not_covered(edition=self.book.edition),))

    def lacks(self, path: str) -> CheckedRequest:
        """What the request must contain is open while this is missing."""
        return CheckedRequest(findings=(undetermined("INPUT_MISSING", path),))


def found(checked: CheckedRequest, *results: object) -> CheckedRequest:
    """The same answer, with what stands against the request."""
    return replace(checked, findings=(*checked.findings, *(each for each in results if isinstance(each, Finding))))
