"""Trials of cloud plans, Data Center and apps, and trials for a move to cloud; Guard has a module of its own.

Editions 2021 and 2023 know of cloud trials but print no length.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from quotary_spec.calendar import add_months
from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform
from quotary_spec.model.subscription import Subscription
from quotary_spec.model.trial import AssessedTrial, Continuation, Trial, TrialCase, TrialKind
from quotary_spec.outcome import Finding, as_remark, not_covered, refused, undetermined
from quotary_spec.rule import ByEdition, Question, rule
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.trials import assess_guard_trial
from quotary_spec.rules.lifecycle.server import SERVER_IS_SUPPORTED, server_support_end

TRIAL = "trial"
"""State of a subscription that is being tried."""


@rule("TRIAL-CLOUD-LENGTH", "000:11 002:8", rulings="R-28 R-28-SEVEN-DAYS")
def cloud_trial_days(plan: str | None, printed_days: int | None) -> int | Finding:
    """A cloud trial lasts 14 days on the Standard plan, 30 on Premium and Enterprise.

    Reading: the section on trials decides, not the seven days of the aside on migration; other plans are not named.
    """
    if plan is None:
        return undetermined("INPUT_MISSING", "trial.product.plan")
    return not_covered("TRIAL_PLAN_NOT_NAMED", plan=plan) if printed_days is None else printed_days


@rule("TRIAL-CLOUD-LENGTH-NOT-PRINTED", "003:59 004:66", only="2021 2023", rulings="R-03")
def cloud_trial_days_are_open(plan: str | None, printed_days: int | None) -> int | Finding:
    """Customers of resellers sign up for cloud trials, whose length is not printed."""
    return undetermined("FIGURE_NOT_PRINTED")


CLOUD_TRIAL_DAYS = ByEdition(cloud_trial_days, cloud_trial_days_are_open)


@rule("TRIAL-DC-LENGTH", "002:12", rulings="R-28")
def data_center_trial_days(product_id: str, products: Collection[str], printed_days: int | None) -> int | Finding:
    """Every Data Center product can be tried for 30 days, with all that it offers once it is bought."""
    return undetermined("FIGURE_NOT_PRINTED") if printed_days is None else printed_days


@rule("TRIAL-DC-PRODUCTS", "000:15", rulings="R-28 R-000-TRIAL-DC-PRODUCTS")
def data_center_trial_days_are_open(
    product_id: str, products: Collection[str], printed_days: int | None
) -> int | Finding:
    """Six Data Center products can be tried; for how long is not printed.

    Reading: the end of sales to new customers does not close trials.
    """
    if product_id not in products:
        return not_covered("TRIAL_PRODUCT_NOT_NAMED", product=product_id)
    return undetermined("FIGURE_NOT_PRINTED")


DATA_CENTER_TRIAL_DAYS = ByEdition(data_center_trial_days, data_center_trial_days_are_open)


@rule(
    "TRIAL-APP-LENGTH",
    "000:23 002:21",
    rulings="R-28 R-000-TRIAL-APP-LENGTH R-002-TRIAL-MARKETPLACE-DURATION",
)
def app_trial_days(platform: Platform | None, printed_days: int) -> int | Finding:
    """Every Marketplace app for cloud or Data Center can be tried for 30 days.

    Reading: counted from its own start, whatever trial the host product is in.
    """
    return not_covered() if platform is Platform.SERVER else printed_days


@rule("TRIAL-END", "000:11 000:23 000:147 002:8 002:12 002:17 002:21", rulings="R-05")
def trial_end(start: date, days: int) -> date:
    """A trial is over on the day that lies its number of days after its start; that day is no longer part of it."""
    return start + timedelta(days=days)


@rule("TRIAL-RUNNING", "000:11 002:8", rulings="R-05")
def trial_is_running(start: date, end: date, day: date) -> bool:
    """A trial runs from its first day until the day before its end."""
    return start <= day < end


@rule("TRIAL-MIGRATION-DURATION", "000:19 000:147 002:15 002:249", rulings="R-04 R-28")
def migration_trial_end(start: date, subscription_end: date, most_months: int) -> date | Finding:
    """A Data Center customer tries cloud for the time left of the subscription, for 12 months at most.

    Reading: the limit of the detailed sentence holds; the time left is counted from the start of the trial.
    """
    if subscription_end <= start:
        return refused("NO_TERM_LEFT", end=subscription_end.isoformat())
    return min(subscription_end, add_months(start, most_months))


@rule("TRIAL-MIGRATION-TIER", "000:19 002:15", rulings="R-28 R-28-10000")
def migration_trial_users(users_held: int, most_users: int) -> int:
    """The trial holds as many users as the Data Center tier, 10,000 at most.

    Reading: a customer with more users gets the trial, for 10,000 of them.
    """
    return min(users_held, most_users)


@rule("TRIAL-MIGRATION-SERVER-EXPIRED", "002:17 002:249", rulings="R-28")
def server_trial_days_once_expired(
    start: date | None, maintenance_end: date | None, supported: bool, printed_days: int
) -> int | Finding:
    """A Server customer whose maintenance is over tries cloud for 60 days.

    Reading: it is over when it ends no later than the trial starts, and for everybody once Server is without support.
    """
    if start is None:
        return undetermined("INPUT_MISSING", "trial.start_date")
    if not supported:
        return printed_days
    if maintenance_end is None:
        return undetermined("INPUT_MISSING", "trial.migration_source.maintenance_end_date")
    return printed_days if maintenance_end <= start else refused("SERVER_MAINTENANCE_RUNS")


@rule("TRIAL-MIGRATION-SERVER", "000:147", rulings="R-28")
def server_trial_days(
    start: date | None, maintenance_end: date | None, supported: bool, printed_days: int
) -> int | Finding:
    """A customer who still runs Server tries cloud for 60 days, whether its maintenance is over or not."""
    return printed_days


SERVER_TRIAL_DAYS = ByEdition(server_trial_days_once_expired, server_trial_days)


@rule(
    "TRIAL-APP-STARTER",
    "000:23 002:21",
    rulings="R-000-TRIAL-APP-STARTER R-002-TRIAL-MARKETPLACE-START-PERMISSION",
)
def may_start_app_trial(roles: Collection[str], roles_of_platform: Collection[str]) -> bool:
    """An app trial is started by the site admin in cloud, by the Data Center admin in Data Center, by no other."""
    return any(role in roles_of_platform for role in roles)


@rule("TRIAL-CLOUD-SUPPORT-INCLUDED", "000:13 002:10")
def trial_has_support(state: str) -> bool | Finding:
    """Technical support comes with a cloud trial."""
    return True if state == TRIAL else not_covered()


@rule("TRIAL-CLOUD-NO-BACKUP", "000:13 002:10", rulings="R-000-TRIAL-CLOUD-NO-BACKUP")
def data_is_backed_up(state: str, cycle: Cycle | None) -> bool:
    """The data of monthly and annual cloud subscriptions is backed up, that of trials never.

    Reading: nor is that of a site that pays neither by the month nor by the year.
    """
    return state != TRIAL and cycle is not None


@rule("TRIAL-CLOUD-NO-SLA", "000:13 002:10", rulings="R-03")
def service_level_is_backed(plan: str | None, state: str) -> bool | Finding:
    """No financially backed service level applies to a trial of the Premium plan.

    Reading: of trials of other plans, Enterprise included, nothing is said.
    """
    return False if (plan, state) == ("premium", TRIAL) else not_covered()


@rule(
    "TRIAL-STANDARD-NO-CARD-DOWNGRADE",
    "000:11 002:8",
    rulings="R-000-TRIAL-CLOUD-CONTINUE-PORTAL R-000-TRIAL-STANDARD-NO-CARD-DOWNGRADE",
)
def plan_after_cloud_trial(
    plan: str | None, payment_stored: bool, plan_that_falls_back: str, free_plan: str
) -> str | Finding:
    """With a means of payment on file the plan goes on; a Standard trial without one falls back to the Free plan.

    Reading: any means that the billing cycle takes will do; what becomes of other plans without one is not said.
    """
    if plan is None:
        return undetermined("INPUT_MISSING", "trial.product.plan")
    if payment_stored:
        return plan
    return free_plan if plan == plan_that_falls_back else not_covered("TRIAL_END_NOT_STATED", plan=plan)


@dataclass(frozen=True, slots=True)
class AppAfterTrial:
    """Whether an app works on after its trial, and whether it is put on the next invoice without anybody's doing."""

    working: bool
    charged: bool


@rule(
    "TRIAL-APP-MONTHLY-CONVERT",
    "000:25 002:23",
    rulings="R-000-TRIAL-APP-MONTHLY-CONVERT R-002-TRIAL-MARKETPLACE-CONVERT-MONTHLY",
)
def app_on_monthly_site(
    platform: Platform, host_cycle: Cycle | None, deactivated: bool | None, quote_purchased: bool | None
) -> AppAfterTrial | Finding | None:
    """On a monthly cloud subscription the app is put on the next invoice, unless somebody switched it off.

    Reading: switched off before the trial ended; the first invoice bears the whole price of the app.
    """
    if not platform.hosted or host_cycle is not Cycle.MONTHLY:
        return None
    if deactivated is None:
        return undetermined("INPUT_MISSING", "trial.deactivated")
    return AppAfterTrial(working=not deactivated, charged=not deactivated)


@rule("TRIAL-APP-ANNUAL-CONVERT", "000:25 002:23")
def app_on_annual_site(
    platform: Platform, host_cycle: Cycle | None, deactivated: bool | None, quote_purchased: bool | None
) -> AppAfterTrial | Finding | None:
    """On an annual cloud subscription the app works on only when it was quoted and bought by hand."""
    if not platform.hosted or host_cycle is not Cycle.ANNUAL:
        return None
    if quote_purchased is None:
        return undetermined("INPUT_MISSING", "trial.quote_purchased")
    return AppAfterTrial(working=quote_purchased, charged=False)


@rule("TRIAL-APP-DATA-CENTER-CONVERT", "000:25 002:23", rulings="R-000-TRIAL-APP-ANNUAL-CONVERT")
def app_of_data_center(
    platform: Platform, host_cycle: Cycle | None, deactivated: bool | None, quote_purchased: bool | None
) -> AppAfterTrial | Finding | None:
    """A Data Center app works on only when it was bought; nothing is charged by itself.

    Reading: the passage speaks of cloud; Data Center, paid in advance, is treated as annual cloud is.
    """
    if platform is not Platform.DATA_CENTER:
        return None
    if quote_purchased is None:
        return undetermined("INPUT_MISSING", "trial.quote_purchased")
    return AppAfterTrial(working=quote_purchased, charged=False)


APP_AFTER_TRIAL: Question[[Platform, Cycle | None, bool | None, bool | None], AppAfterTrial | Finding] = Question(
    "APP-AFTER-TRIAL", app_on_monthly_site, app_on_annual_site, app_of_data_center
)


@rule("TRIAL-CLOUD-REQUIRED", "004:66", rulings="R-38")
def new_cloud_sale_needs_trial(trial_exists: bool | None) -> bool | Finding:
    """A reseller sells a new annual cloud subscription only once the customer has signed up for a trial."""
    return undetermined("INPUT_MISSING", "trial_exists") if trial_exists is None else trial_exists


@rule("TRIAL-CLOUD-RECOMMENDED", "003:59-61", rulings="R-38 R-003-TRIAL-CLOUD-RECOMMENDED-003")
def new_cloud_sale_needs_no_trial(trial_exists: bool | None) -> bool | Finding:
    """A reseller is asked to have the customer try cloud first, and may sell without a trial."""
    return True


NEW_CLOUD_MAY_BE_SOLD = ByEdition(new_cloud_sale_needs_trial, new_cloud_sale_needs_no_trial)


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
    key = f"trial.cloud.days.{plan}"
    days = book.ask(CLOUD_TRIAL_DAYS, plan, book.if_printed(book.integer, key))
    if not book.prints("trial.cloud.full-functionality"):
        return _timed(_begun(book, trial), days)
    keep = book.guidance(f"trial.cloud.keep.{case.billing}") if case.billing is not None else None
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
    roles = book.texts(
        f"trial.app.roles.{'cloud' if platform is not None and platform.hosted else platform}", silent=()
    )
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
    after = book.ask(APP_AFTER_TRIAL, platform, trial.host_cycle, trial.deactivated, trial.quote_purchased)
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
