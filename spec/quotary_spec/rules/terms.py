"""How long a licence or subscription may be sold for, and when lines of a quote may end together.

Edition 2023 aligns terms on request and prints no condition.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from quotary_spec.calendar import Term, add_months
from quotary_spec.model.order import Action
from quotary_spec.model.product import Platform
from quotary_spec.rule import rule


@rule("TERM-MONTHLY", "000:162 002:260", rulings="R-04 R-20")
def is_sold_monthly(months: int | None) -> bool:
    """A monthly cloud subscription is sold for one month at a time; ``months`` is None for a broken number of them."""
    return months == 1


@rule("TERM-NEW-PURCHASE", "000:924-928 002:840-842", rulings="R-20 R-20-WHOLE-MONTHS")
def length_is_sold(months: int | None, least_months: int, most_months: int) -> bool:
    """New licences and subscriptions are sold, and renewed by themselves, for any number of months from 12 to 24.

    Reading: whole months (``months`` is None for a broken number), 12 and 24 included.
    """
    return months is not None and least_months <= months <= most_months


@rule("TERM-ON-REQUEST", "000:925 002:840", rulings="R-20")
def length_may_be_chosen(months: int | None, standard_months: int, length_requested: bool) -> bool:
    """Another length than 12 months is sold when the reseller, the partner or the customer asks for it."""
    return length_requested or months == standard_months


@rule("TERM-DC-MAX-12", "000:940", rulings="R-20")
def data_center_length_is_sold(term: Term, most_months: int) -> bool:
    """Data Center is bought and renewed for no more than 12 months.

    Reading: the note on longer terms, whose mark is lost, belongs to the sentences on their length.
    """
    return term.end <= add_months(term.start, most_months)


@rule("TERM-DC-LEAST-12", "000:928", rulings="R-19 R-20 R-20-DATA-CENTER-FLOOR")
def data_center_year_is_whole(term: Term, first_end: date) -> bool:
    """Data Center is bought for no less than 12 months, or up to its end of life where that comes first.

    Reading: the floor of 12 months for new purchases is said of both platforms, and 940 lowers the ceiling alone.
    """
    return term.end >= first_end


@rule("TERM-DC-DOWNGRADE-START", "000:1192 002:1056", rulings="R-37")
def downgrade_follows_held_term(start: date, held_end: date) -> bool:
    """A lower tier of Data Center starts when the term that is held has ended; before that nothing changes."""
    return start >= held_end


@rule("TERM-CORE-APPS", "000:939 002:850", rulings="R-20")
def is_core_product(product_id: str, core_products: Collection[str]) -> bool:
    """Core are the products that the edition lists by name; edition 2024 lists Fisheye and Crucible besides."""
    return product_id in core_products


@rule("TERM-CROSS-PLATFORM", "000:937 002:848", rulings="R-20")
def platforms_may_be_aligned(platform: Platform, other: Platform) -> bool:
    """Terms of cloud and Data Center are not aligned with each other."""
    return platform.hosted == other.hosted


@rule("TERM-RENEWAL-COTERM", "000:931 002:844", rulings="R-20 R-20-SELF-ANCHOR")
def renewal_may_end_with(term: Term, core_term: Term, core_least_months: int, most_months: int) -> bool:
    """A renewal ends on any day up to 24 months ahead on which a core licence of the quote ends.

    That licence, new or renewed on the same quote, has a term of 12 months or more.

    Reading: counted from the start of the renewal; a core product renewed for 12 months or more is its own anchor.
    """
    return (
        term.end == core_term.end
        and add_months(core_term.start, core_least_months) <= core_term.end
        and term.end <= add_months(term.start, most_months)
    )


@rule("TERM-UPGRADE-EXTEND", "000:934 002:846", rulings="R-20")
def upgrade_may_extend(term: Term, least_months: int, most_months: int) -> bool:
    """An upgrade that runs past the current end lasts at least 12 months from its own start.

    Reading: and at most 24, as every term.
    """
    return add_months(term.start, least_months) <= term.end <= add_months(term.start, most_months)


@rule("TERM-UPGRADE-COTERM", "000:934 002:846", rulings="R-20")
def upgrade_may_end_with(term: Term, core_term: Term, core_least_months: int) -> bool:
    """Or it ends with another core licence that the same order sells or renews for at least 12 months."""
    return term.end == core_term.end and add_months(core_term.start, core_least_months) <= core_term.end


@rule("UPGRADE-DC-COTERM-ANY", "000:1202", rulings="R-19 R-20 R-21")
def data_center_upgrade_may_end_on(upgrade_date: date, end: date) -> bool:
    """An upgrade of Data Center ends on any later day that is wished.

    Reading: the section on upgrades prevails over the twelve months of the others; the end of life cuts it.
    """
    return end > upgrade_date


@rule("TERM-COTERM-RENEWALS-ONLY", "004:60", rulings="R-20")
def may_be_aligned(action: Action) -> bool:
    """Only renewals of maintenance are aligned; new and upgraded licences keep the 12 months that they include."""
    return action is Action.RENEWAL


@rule("TERM-WHOLE-YEARS", "004:19 004:60", rulings="R-20")
def years_are_whole(months: int | None, months_of_year: int) -> bool:
    """Licences are bought and renewed for whole years of maintenance; ``months`` is None for a broken number."""
    return months is not None and months % months_of_year == 0


@rule("TERM-COTERM-ANCHOR", "004:58", rulings="R-20")
def one_is_renewed_long_enough(months_renewed: Sequence[int], least_months: int) -> bool:
    """At least one of the licences that are aligned is renewed for a year or more.

    Reading: the sentence literally has it renewed at least once a year.
    """
    return any(months >= least_months for months in months_renewed)


@rule("TERM-COTERM-REVIEW", "003:49-51")
def alignment_is_reviewed_by_hand(request_channel: str) -> bool:
    """Alignment noted on the order form is reviewed by a person; the vendor's team, when asked, sees to it itself."""
    return request_channel == "order_form"


@rule("TERM-DC-DOWNGRADE-WITHOUT-TERM", "000:1192", rulings="R-19 R-37")
def lower_tier_has_no_term(start: date, end_of_life: date) -> bool:
    """Data Center is downgraded up to its end of life, though a lower tier from then on has no term any more.

    Reading: of a term that is held to the end of life too. Nothing is charged, since no renewal follows.
    """
    return start >= end_of_life
