"""A billing account as a whole: engine, invoices, statements and what a move changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.billing_account import (
    AccountInvoice,
    AssessedBillingAccount,
    BilledSubscription,
    BillingAccount,
    Charging,
    EngineSupport,
    Grouping,
    InvoiceLine,
    Migration,
    SubscriptionBilling,
)
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Billing, Cycle
from quotary_spec.model.product import Platform
from quotary_spec.model.renewal import Notice
from quotary_spec.model.subscription import Subscription
from quotary_spec.outcome import Finding, as_remark, not_covered, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import about
from quotary_spec.rulebook import Book
from quotary_spec.rules.billing_accounts import (
    billing_is_managed_in_console,
    documents_after_charge,
    engine_support,
    groupings,
    guard_engine,
    guard_invoice,
    guard_lines,
    is_candidate,
    is_moved_eventually,
    move_changes,
    move_changes_processes,
    number_of_invoices,
    plan_is_supported,
    statement_lines,
    systems_stand_still,
)
from quotary_spec.rules.guard.bill import PREMIUM, STANDARD
from quotary_spec.rules.guard.charging import annual_is_in_force, charged_on, guard_amounts
from quotary_spec.rules.payment.methods import METHODS

_GUIDANCE = Keys("billing-account.guidance.*")


_Amounts = tuple[int, int | None, int | None] | None


# ---- the whole account


def assess_billing_account(book: Book, account: BillingAccount) -> AssessedBillingAccount:
    """How each subscription of an account is billed, on which invoices, and what a move changes."""
    if not book.prints("billing-account.supported"):
        return AssessedBillingAccount(findings=(not_covered(edition=book.edition),))
    rules_of_account = _Account(book, account)
    return rules_of_account.assess()


@dataclass(frozen=True, slots=True)
class _Account:
    """An account under one edition."""

    book: Book
    account: BillingAccount

    def assess(self) -> AssessedBillingAccount:
        """The whole answer."""
        billed = []
        for i, each in enumerate(self.account.subscriptions):
            with about(_place(i)):
                billed.append(self._billed(i, each))
        engines = {each.billing for each in billed if each.billing is not None}
        choices = tuple(dict.fromkeys(choice for engine in sorted(engines) for choice in groupings(engine)))
        billed, groups = self._grouped(billed, engines)
        if self.account.grouping is not None and Billing.IMPROVED in engines:
            number_of_invoices(self.account.grouping, len({each.site for each in self.account.subscriptions}))
        findings = [finding for each in billed for finding in each.findings]
        amounts = guard_amounts(self.book, self.account.usage) if self.account.usage is not None else None
        if isinstance(amounts, Finding):
            findings.append(amounts)
            amounts = None
        invoices = tuple(self._invoice(group, members, amounts) for group, members in groups.items())
        return AssessedBillingAccount(
            subscriptions=tuple(billed),
            invoices=invoices,
            groupings=choices,
            guard_month=None if amounts is None else amounts[0] + (amounts[1] or 0),
            guard_year=None if amounts is None else amounts[2],
            capabilities=self.book.texts("billing-account.capabilities") if Billing.IMPROVED in engines else (),
            migration=self._migration(engines),
            notices=tuple(self._notices()),
            guidance=self.book.guidance("billing-account.guidance.improved") if Billing.IMPROVED in engines else None,
            findings=tuple(dict.fromkeys(findings)),
        )

    def _billed(self, position: int, each: BilledSubscription) -> SubscriptionBilling:
        subject = _place(position)
        billing, findings = self._engine(each)
        platform = each.product.platform or Platform.CLOUD
        billed = SubscriptionBilling(position, billing)
        if not platform.hosted:
            guidance = self.book.guidance("billing-account.guidance.original")
            outside = not_covered("NOT_IN_BILLING_ACCOUNT").about(subject)
            return replace(billed, billing=Billing.ORIGINAL, guidance=guidance, findings=(outside,))
        supported, planned = self.book.texts("billing-account.supported"), self.book.texts("billing-account.planned")
        support = engine_support(each.product.id, supported, planned)
        taken = self._plan(each.product.plan)
        if isinstance(taken, Finding):
            findings = (*findings, as_remark(taken, "plan_supported"))
        return replace(
            billed,
            support=support,
            plan_supported=taken if isinstance(taken, bool) else None,
            candidate=self._candidate(each, support),
            active=self._active(each),
            methods=self._methods(each, billing),
            guidance=self._portal(platform, billing),
            findings=tuple(finding.about(subject) for finding in findings),
        )

    def _engine(self, each: BilledSubscription) -> tuple[Billing | None, tuple[Finding, ...]]:
        if each.billing is not None:
            return each.billing, ()
        if self.account.migrated is True and not each.is_guard:
            return Billing.IMPROVED, ()
        if not each.is_guard:
            return None, (undetermined("INPUT_MISSING", "billing_experience"),)
        others = [other for other in self.account.subscriptions if not other.is_guard and _is_cloud(other)]
        known = [other.billing or (Billing.IMPROVED if self.account.migrated else None) for other in others]
        if None in known and Billing.IMPROVED not in known:
            return None, (undetermined("INPUT_MISSING", "billing_experience"),)
        return guard_engine([engine for engine in known if engine is not None]), ()

    def _plan(self, plan: str | None) -> bool | Finding | None:
        if plan is None:
            return None
        coming = self.book.texts("billing-account.plans-coming", silent=())
        return plan_is_supported(plan, self.book.texts("billing-account.plans"), coming)

    def _candidate(self, each: BilledSubscription, support: EngineSupport | None) -> bool | None:
        current = each.subscription
        if each.product.plan == "free" or current.state in ("trial", "expired", "cancelled"):
            return is_candidate(paid=False, support=support)
        if current.state is None and current.paid_on is None:
            return None
        return is_candidate(paid=True, support=support)

    def _active(self, each: BilledSubscription) -> bool | None:
        current = each.subscription
        day = self.account.day
        if not each.is_guard or current.cycle is not Cycle.ANNUAL or day is None:
            return None
        if current.term is not None:
            return annual_is_in_force(current.term, current.paid_on, day)
        outside = (current.term_start is not None and day < current.term_start) or (
            current.term_end is not None and day >= current.term_end
        )
        return False if outside else None

    def _methods(self, each: BilledSubscription, billing: Billing | None) -> tuple[str, ...]:
        return self.book.texts(METHODS[f"guard_{each.subscription.cycle}", billing], silent=()) if each.is_guard else ()

    def _portal(self, platform: Platform, billing: Billing | None) -> Guidance | None:
        if billing is None:
            return None
        managed = self.book.if_served(billing_is_managed_in_console, platform, billing)
        console = billing is Billing.IMPROVED if managed is None else managed
        return self.book.guidance(_GUIDANCE["improved" if console else "original"])

    def _grouped(
        self, billed: Sequence[SubscriptionBilling], engines: Collection[Billing]
    ) -> tuple[list[SubscriptionBilling], dict[_Group, list[int]]]:
        """The subscriptions with their invoices, and the members of each; no invoice while a grouping is open."""
        if Billing.IMPROVED in engines and self.account.grouping is None:
            missing = undetermined("INPUT_MISSING", "billing_account.invoice_grouping")
            return [_with(each, missing) if each.billing is Billing.IMPROVED else each for each in billed], {}
        found: dict[int, _Group | Finding] = {}
        for each in sorted(billed, key=lambda one: self.account.subscriptions[one.position].is_guard):
            if each.billing is not None and _is_cloud(self.account.subscriptions[each.position]):
                found[each.position] = self._group_of(each, each.billing, found)
        groups: dict[_Group, list[int]] = {}
        for position, group in sorted(found.items()):
            if not isinstance(group, Finding):
                groups.setdefault(group, []).append(position)
        order = list(groups)
        result = []
        for each in billed:
            its = found.get(each.position)
            if isinstance(its, Finding):
                result.append(_with(each, its.about(_place(each.position))))
            else:
                result.append(each if its is None else replace(each, invoice=order.index(its)))
        if any(isinstance(group, Finding) for group in found.values()):
            return [replace(each, invoice=None) for each in result], {}
        return result, groups

    def _group_of(
        self, each: SubscriptionBilling, billing: Billing, found: dict[int, _Group | Finding]
    ) -> _Group | Finding:
        current = self.account.subscriptions[each.position]
        grouping = Grouping.SITE if billing is Billing.ORIGINAL else self.account.grouping
        if grouping is Grouping.ACCOUNT:
            return _Group(billing, Grouping.ACCOUNT)
        if current.site is not None:
            return _Group(billing, Grouping.SITE, current.site)
        if not current.is_guard:
            return undetermined("INPUT_MISSING", "site_id")
        same = list(dict.fromkeys(g for g in found.values() if isinstance(g, _Group) and g.billing is billing))
        if not same:
            return _Group(billing, Grouping.SITE)
        which = guard_invoice(list(range(len(same))))
        return which if isinstance(which, Finding) else same[which]

    def _invoice(self, group: _Group, members: Sequence[int], amounts: _Amounts) -> AccountInvoice:
        sites = dict.fromkeys(self.account.subscriptions[i].site for i in members)
        lines: list[InvoiceLine] = []
        for i in members:
            with about(_place(i)):
                lines.extend(self._lines(i, amounts))
        known = tuple(site for site in sites if site is not None)
        return AccountInvoice(group.grouping, known, group.billing, tuple(lines))

    def _lines(self, position: int, amounts: _Amounts) -> Iterator[InvoiceLine]:
        """The lines of one subscription: itself and what was added to it."""
        current = self.account.subscriptions[position]
        add_ons, rule_id = current.add_ons, ""
        if current.is_guard:
            adds_premium = any(each.id == "guard" and each.plan == "premium" for each in add_ons)
            yield from self._guard_lines(position, current, adds_premium, amounts)
            add_ons = tuple(each for each in add_ons if each.id != "guard")
        else:
            yield InvoiceLine(position, current.product, "subscription")
        if add_ons and self.book.serves(statement_lines):
            statement_lines(len(add_ons))
            rule_id = statement_lines.info.id
        for each in add_ons:
            yield InvoiceLine(position, each, "add_on", rule_id=rule_id)

    def _guard_lines(
        self, position: int, current: BilledSubscription, adds_premium: bool, amounts: _Amounts
    ) -> Iterator[InvoiceLine]:
        usage = self.account.usage
        premium = adds_premium or current.product.plan == "premium" or (usage is not None and usage.premium_users > 0)
        apart = [each.product.plan for each in self.account.subscriptions if each.is_guard and each is not current]
        if self.book.serves(guard_lines):
            kinds = guard_lines(standard=True, premium=premium)
            # A plan that is held as a subscription of its own has its line there.
            kinds = tuple(kind for kind in kinds if kind.removeprefix("guard_") not in apart)
            rule_id = guard_lines.info.id
        else:
            kinds, rule_id = (f"guard_{current.product.plan or 'standard'}",), ""
        term = _billing_period(current.subscription)
        for kind in kinds:
            line = InvoiceLine(position, STANDARD if kind == "guard_standard" else PREMIUM, kind, rule_id=rule_id)
            if term is not None:
                charged, paid = charged_on(term, usage.charging if usage is not None else Charging.ADVANCE)
                line = replace(line, charge_date=charged, term=paid)
            yield self._priced(line, amounts)

    def _priced(self, line: InvoiceLine, amounts: _Amounts) -> InvoiceLine:
        usage = self.account.usage
        if usage is None or amounts is None:
            return line
        if line.kind == "guard_standard":
            return replace(line, users=usage.standard_users, amount=amounts[0])
        return replace(line, users=usage.premium_users, amount=amounts[1])

    def _migration(self, engines: Collection[Billing]) -> Migration | None:
        """What the move does, for an account that is not moved, or moved in part."""
        cloud = [each for each in self.account.subscriptions if _is_cloud(each)]
        if self.account.migrated is True or not cloud or Billing.ORIGINAL not in engines:
            return None
        book = self.book
        processes = None
        if "enterprise" in {each.product.plan for each in cloud}:
            changes = book.if_served(move_changes_processes, "enterprise")
            processes = changes if isinstance(changes, bool) else None
        downtime = book.if_served(systems_stand_still, "migration")
        return Migration(
            planned=is_moved_eventually(bool(cloud)),
            downtime=downtime,
            access_changed=move_changes("access"),
            subscriptions_changed=move_changes("subscriptions"),
            prices_changed=move_changes("prices"),
            processes_changed=processes,
            safeguards=book.texts("billing-account.safeguards", silent=()),
            guidance=book.guidance("billing-account.guidance.migration"),
        )

    def _notices(self) -> Iterator[Notice]:
        """The mails that follow a monthly charge of Guard."""
        if not any(each.is_guard and each.subscription.cycle is Cycle.MONTHLY for each in self.account.subscriptions):
            return
        recipients = self.book.texts("billing-account.mail.recipients")
        for kind in documents_after_charge(Cycle.MONTHLY):
            yield Notice(kind, documents_after_charge.info.id, recipients=recipients)


@dataclass(frozen=True, slots=True)
class _Group:
    """What gets one invoice: an engine, and the whole account or one site."""

    billing: Billing
    grouping: Grouping
    site: str = ""


def _billing_period(subscription: Subscription) -> Term | None:
    """The current period of a monthly subscription; where only its end is known, the month before that."""
    if subscription.cycle is not Cycle.MONTHLY:
        return None
    end = subscription.current_end
    return subscription.term or (Term(add_months(end, -1), end) if end is not None else None)


def _with(each: SubscriptionBilling, finding: Finding) -> SubscriptionBilling:
    return replace(each, findings=(*each.findings, finding))


def _place(position: int) -> str:
    return f"billing_account.subscriptions[{position}]"


def _is_cloud(each: BilledSubscription) -> bool:
    return (each.product.platform or Platform.CLOUD).hosted
