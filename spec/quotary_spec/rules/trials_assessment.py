"""A trial from its start to what follows it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform
from quotary_spec.model.subscription import Subscription
from quotary_spec.model.trial import AssessedTrial, Continuation, Trial, TrialCase, TrialKind
from quotary_spec.outcome import Finding, as_remark, not_covered, refused, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.trials import assess_guard_trial
from quotary_spec.rules.lifecycle.server import SERVER_IS_SUPPORTED, server_support_end
from quotary_spec.rules.trials import (
    APP_AFTER_TRIAL,
    CLOUD_TRIAL_DAYS,
    DATA_CENTER_TRIAL_DAYS,
    SERVER_TRIAL_DAYS,
    TRIAL,
    app_trial_days,
    data_is_backed_up,
    may_start_app_trial,
    migration_trial_end,
    migration_trial_users,
    plan_after_cloud_trial,
    service_level_is_backed,
    trial_end,
    trial_has_support,
    trial_is_running,
)

_CLOUD_DAYS = Keys("trial.cloud.days.*")
_KEEP = Keys("trial.cloud.keep.*")
_APP_ROLES = Keys("trial.app.roles.*")


def assess_trial(book: Book, case: TrialCase) -> AssessedTrial:
    """Whether a trial may be had, how long it lasts, what comes with it and what it becomes."""
    product = case.trial.product
    if product.id == "guard":
        return assess_guard_trial(book, case)
    if case.trial.kind is TrialKind.MIGRATION:
        assessed = _migration_trial(book, case.trial)
    elif product.app:
        assessed = _app_trial(book, case)
    elif product.platform is None:
        assessed = AssessedTrial(findings=(undetermined("INPUT_MISSING", "trial.product.platform"),))
    elif product.platform is Platform.DATA_CENTER:
        assessed = _data_center_trial(book, case.trial)
    elif product.platform is Platform.SERVER:
        assessed = AssessedTrial(findings=(not_covered(edition=book.edition),))
    else:
        assessed = _cloud_trial(book, case)
    if case.day is None or assessed.start is None or assessed.end is None:
        return assessed
    return replace(assessed, running=trial_is_running(assessed.start, assessed.end, case.day))


def _begun(book: Book, trial: Trial) -> AssessedTrial:
    """What every trial has, whatever its length."""
    price = book.if_printed(book.integer, "trial.price")
    return AssessedTrial(start=trial.start, price=price)


def _timed(assessed: AssessedTrial, days: int | Finding) -> AssessedTrial:
    """The same trial, of that many days."""
    if isinstance(days, Finding):
        return _found(assessed, days)
    if assessed.start is None:
        open_end = as_remark(undetermined("INPUT_MISSING", "trial.start_date"), "term")
        return replace(_found(assessed, open_end), days=days)
    return replace(assessed, days=days, end=trial_end(assessed.start, days))


def _found(assessed: AssessedTrial, *findings: Finding) -> AssessedTrial:
    return replace(assessed, findings=(*assessed.findings, *findings))


def _continued(assessed: AssessedTrial, after: Continuation | Finding) -> AssessedTrial:
    """The same trial, with what it becomes or a remark on why that stays open."""
    if isinstance(after, Finding):
        return _found(assessed, as_remark(after, "continuation"))
    return replace(assessed, continuation=after)


def _cloud_trial(book: Book, case: TrialCase) -> AssessedTrial:
    trial, plan = case.trial, case.trial.product.plan
    key = _CLOUD_DAYS[plan]
    days = book.ask(CLOUD_TRIAL_DAYS, plan, book.if_printed(book.integer, key))
    if not book.prints("trial.cloud.full-functionality"):
        return _timed(_begun(book, trial), days)
    keep = book.guidance(_KEEP[case.billing]) if case.billing is not None else None
    more = book.guidance("request.guidance.trial-extension.cloud")
    assessed = replace(_with_cloud_services(book, trial), keep_guidance=keep, extension_guidance=more)
    assessed = _timed(assessed, days)
    return _continued(assessed, _after_cloud_trial(book, trial, assessed.end))


def _with_cloud_services(book: Book, trial: Trial) -> AssessedTrial:
    """What comes with a cloud trial and what does not; what is not said is in neither list."""
    services = {
        "technical_support": trial_has_support(TRIAL),
        "backup": data_is_backed_up(TRIAL, None),
        "financially_backed_sla": service_level_is_backed(trial.product.plan, TRIAL),
    }
    return replace(
        _begun(book, trial),
        full_functionality=book.flag("trial.cloud.full-functionality"),
        included=tuple(name for name, comes in services.items() if comes is True),
        excluded=tuple(name for name, comes in services.items() if comes is False),
    )


def _after_cloud_trial(book: Book, trial: Trial, end: date | None) -> Continuation | Finding:
    stored = trial.payment_on_file
    if stored is None:
        return undetermined("INPUT_MISSING", "trial.payment_method_stored")
    falling_plan, free_plan = book.text("trial.cloud.plan-that-falls-back"), book.text("trial.cloud.free-plan")
    plan = plan_after_cloud_trial(trial.product.plan, stored, falling_plan, free_plan)
    if isinstance(plan, Finding):
        return plan
    if not stored:
        return Continuation("free_plan", plan, effective=end, working=True)
    cycle = Cycle(book.text("trial.cloud.cycle-after")) if book.prints("trial.cloud.cycle-after") else None
    return Continuation("paid", plan, cycle, end, working=True)


def _data_center_trial(book: Book, trial: Trial) -> AssessedTrial:
    products = book.texts("trial.data-center.products", silent=())
    printed = book.if_printed(book.integer, "trial.data-center.days")
    days = book.ask(DATA_CENTER_TRIAL_DAYS, trial.product.id, products, printed)
    full = "trial.data-center.full-functionality"
    assessed = replace(
        _begun(book, trial),
        full_functionality=book.if_printed(book.flag, full),
        start_guidance=book.guidance("trial.data-center.start"),
        extension_guidance=book.guidance("request.guidance.trial-extension.data_center"),
    )
    return _timed(assessed, days)


def _app_trial(book: Book, case: TrialCase) -> AssessedTrial:
    if not book.prints("trial.app.days"):
        return AssessedTrial(findings=(not_covered(edition=book.edition),))
    trial = case.trial
    platform = trial.product.platform
    days = app_trial_days(platform, book.integer("trial.app.days"))
    if isinstance(days, Finding):
        return _timed(_begun(book, trial), days)
    roles = book.texts(_APP_ROLES["cloud" if platform is not None and platform.hosted else platform], silent=())
    annual = book.guidance("trial.app.keep.annual") if trial.host_cycle is Cycle.ANNUAL else None
    assessed = _found(_begun(book, trial), *_barred(case, platform, roles))
    assessed = _timed(replace(assessed, allowed_roles=roles, annual_guidance=annual), days)
    return _continued(assessed, _after_app_trial(book, trial, assessed.end))


def _barred(case: TrialCase, platform: Platform | None, roles: Collection[str]) -> list[Finding]:
    """What stands against the person who wants to start the trial of an app."""
    if case.actor is None:
        return []
    if platform is None:
        return [undetermined("INPUT_MISSING", "trial.product.platform")]
    if may_start_app_trial(sorted(case.actor.effective_roles), roles):
        return []
    return [refused("ROLE_NOT_ALLOWED", roles=", ".join(roles)).about("actor")]


def _after_app_trial(book: Book, trial: Trial, end: date | None) -> Continuation | Finding:
    platform = trial.product.platform
    if platform is None:
        return undetermined("INPUT_MISSING", "trial.product.platform")
    if platform.hosted and trial.host_cycle is None:
        return undetermined("INPUT_MISSING", "trial.host_billing_cycle")
    after = book.ask(
        APP_AFTER_TRIAL,
        platform,
        trial.host_cycle,
        deactivated=trial.deactivated,
        quote_purchased=trial.quote_purchased,
    )
    if after is None:
        return not_covered(edition=book.edition)
    if isinstance(after, Finding):
        return after
    return Continuation(
        state="paid" if after.working else "expired",
        cycle=trial.host_cycle,
        effective=end,
        working=after.working,
        charged_automatically=after.charged,
    )


def _migration_trial(book: Book, trial: Trial) -> AssessedTrial:
    if not book.prints("trial.migration.terms") or not (trial.product.platform or Platform.CLOUD).hosted:
        return AssessedTrial(findings=(not_covered(edition=book.edition),))
    free = replace(_with_cloud_services(book, trial), terms_basis=book.text("trial.migration.terms"))
    source = trial.source
    if trial.self_managed_customer is False:
        return _found(free, refused("NOT_SELF_MANAGED_CUSTOMER"))
    if source is None or source.product is None or source.product.platform is None:
        return _found(free, undetermined("INPUT_MISSING", "trial.migration_source.product.platform"))
    if source.product.platform is Platform.SERVER:
        return _timed(free, _days_from_server(book, trial.start, source))
    if source.product.platform is not Platform.DATA_CENTER or source.state in ("expired", "cancelled"):
        return _found(free, refused("NOT_SELF_MANAGED_CUSTOMER"))
    return _from_data_center(book, free, source)


def _days_from_server(book: Book, start: date | None, source: Subscription) -> int | Finding:
    days = book.integer("trial.migration.server-days")
    supported = start is None or book.ask(SERVER_IS_SUPPORTED, start, server_support_end(book)) is True
    return book.ask(SERVER_TRIAL_DAYS, start, source.maintenance_end, supported, days)


def _from_data_center(book: Book, free: AssessedTrial, source: Subscription) -> AssessedTrial:
    """The trial of a Data Center customer: as long as the subscription, for as many users."""
    if source.user_tier is None:
        free = _found(free, as_remark(undetermined("INPUT_MISSING", "trial.migration_source.user_tier"), "user_tier"))
    else:
        users = migration_trial_users(source.user_tier, book.integer("trial.migration.most-users"))
        free = replace(free, user_tier=users)
    if free.start is None:
        return _found(free, undetermined("INPUT_MISSING", "trial.start_date"))
    if source.current_end is None:
        absent = f"trial.migration_source.{source.absent_of_term}"
        return _found(free, undetermined("INPUT_MISSING", absent))
    end = migration_trial_end(free.start, source.current_end, book.integer("trial.migration.most-months"))
    return _found(free, end) if isinstance(end, Finding) else replace(free, end=end)
