"""Trials of cloud plans, Data Center and apps, and trials for a move to cloud; Guard has a module of its own.

Editions 2021 and 2023 know of cloud trials but print no length.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from quotary_spec.calendar import add_months
from quotary_spec.model.order import Cycle
from quotary_spec.model.product import Platform
from quotary_spec.outcome import Finding, not_covered, refused, undetermined
from quotary_spec.rule import ByEdition, Question, rule

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
    platform: Platform, host_cycle: Cycle | None, *, deactivated: bool | None, quote_purchased: bool | None
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
    platform: Platform, host_cycle: Cycle | None, *, deactivated: bool | None, quote_purchased: bool | None
) -> AppAfterTrial | Finding | None:
    """On an annual cloud subscription the app works on only when it was quoted and bought by hand."""
    if not platform.hosted or host_cycle is not Cycle.ANNUAL:
        return None
    if quote_purchased is None:
        return undetermined("INPUT_MISSING", "trial.quote_purchased")
    return AppAfterTrial(working=quote_purchased, charged=False)


@rule("TRIAL-APP-DATA-CENTER-CONVERT", "000:25 002:23", rulings="R-000-TRIAL-APP-ANNUAL-CONVERT")
def app_of_data_center(
    platform: Platform, host_cycle: Cycle | None, *, deactivated: bool | None, quote_purchased: bool | None
) -> AppAfterTrial | Finding | None:
    """A Data Center app works on only when it was bought; nothing is charged by itself.

    Reading: the passage speaks of cloud; Data Center, paid in advance, is treated as annual cloud is.
    """
    if platform is not Platform.DATA_CENTER:
        return None
    if quote_purchased is None:
        return undetermined("INPUT_MISSING", "trial.quote_purchased")
    return AppAfterTrial(working=quote_purchased, charged=False)


APP_AFTER_TRIAL: Question[..., AppAfterTrial | Finding] = Question(
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
