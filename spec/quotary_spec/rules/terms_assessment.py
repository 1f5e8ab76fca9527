"""The terms of an order: the rules on lengths and alignment asked of every line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from quotary_spec.calendar import Term, add_months, is_whole_months
from quotary_spec.model.guidance import Guidance
from quotary_spec.model.order import Action, Cycle, Deal, Line
from quotary_spec.model.product import Platform, Product
from quotary_spec.outcome import Finding, refused, remark, undetermined
from quotary_spec.register.parameters import Keys
from quotary_spec.rule import RuleFunction
from quotary_spec.rulebook import Book
from quotary_spec.rules.lifecycle.data_center import has_end, term_until_end_of_life
from quotary_spec.rules.terms import (
    alignment_is_reviewed_by_hand,
    data_center_length_is_sold,
    data_center_upgrade_may_end_on,
    data_center_year_is_whole,
    downgrade_follows_held_term,
    is_core_product,
    is_sold_monthly,
    length_is_sold,
    length_may_be_chosen,
    lower_tier_has_no_term,
    may_be_aligned,
    one_is_renewed_long_enough,
    platforms_may_be_aligned,
    renewal_may_end_with,
    upgrade_may_end_with,
    upgrade_may_extend,
    years_are_whole,
)
from quotary_spec.rules.terms_start import (
    asked_term,
    default_months,
    full_months,
    is_upgrade,
    settled_lines,
    starts_at_held_end,
)

_ALIGNMENT = Keys("term.alignment.*")


_CORE = "term.core-products"


_LONGEST = "term.most-months"


_YEARLY = "term.renewal-least-months"


@dataclass(frozen=True, slots=True)
class CoTerm:
    """Lines of one quote, by position, that shall end on one day."""

    lines: tuple[int, ...]
    end: date


@dataclass(frozen=True, slots=True)
class CheckedTerm:
    """The term of one line.

    Attributes:
        term: The term, completed, and cut by the end of life of the product; None while its days are not known.
        cut_short: True when the end of life cut it.
        core: True for a core product.
        anchor: Position of the line whose end permits this one.
        earliest_end: Earliest end that needs no anchor, where the edition sets one.
        latest_end: Latest end, where the edition sets one.
        findings: What stands against it, and remarks.
    """

    term: Term | None
    cut_short: bool = False
    core: bool = False
    anchor: int | None = None
    earliest_end: date | None = None
    latest_end: date | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TermCheck:
    """Whether the lines of a quote may run as asked.

    Attributes:
        terms: One entry a line.
        manual_review: True when a person of the vendor reviews the request first; None where the edition is silent.
        guidance: How alignment is asked for.
        findings: Remarks on the whole.
    """

    terms: tuple[CheckedTerm, ...]
    manual_review: bool | None
    guidance: Guidance | None
    findings: tuple[Finding, ...]


def check_term(
    book: Book,
    deal: Deal,
    lines: Sequence[Line],
    co_terms: Sequence[CoTerm] = (),
    length_requested: bool = True,
    request_channel: str | None = None,
) -> TermCheck:
    """Whether each line may run as long as asked, and end with the others."""
    common = {i: co_term.end for co_term in co_terms for i in co_term.lines}
    lines, contradictions = settled_lines(deal, [_ending(line, common.get(i)) for i, line in enumerate(lines)])
    terms = [asked_term(deal, line, full_months(line)) for line in lines]
    checked = [
        term if finding is None else CheckedTerm(None, findings=(finding,))
        for term, finding in zip(
            check_terms(book, lines, terms, frozenset(common), length_requested), contradictions, strict=True
        )
    ]
    across = _across_platforms(book, lines, co_terms)
    reviewed = None if request_channel is None else book.if_served(alignment_is_reviewed_by_hand, request_channel)
    remarks = [] if _prints_conditions(book) else [remark("TERM_NO_CONDITION_PRINTED")]
    if reviewed:
        remarks.append(remark("TERM_REVIEWED_BY_HAND").by(alignment_is_reviewed_by_hand.info.id))
    return TermCheck(
        tuple(
            replace(term, findings=(*term.findings, *across[i])) if i in across else term
            for i, term in enumerate(checked)
        ),
        reviewed,
        book.guidance(_ALIGNMENT[request_channel or "order_form"]),
        tuple(remarks),
    )


def _ending(line: Line, end: date | None) -> Line:
    """The line with the end that it shall share, in place of its own."""
    if end is None:
        return line
    start = line.term.start if line.term is not None else line.term_start
    return replace(line, term=None, term_months=None, term_start=start, term_end=end)


def check_terms(
    book: Book,
    lines: Sequence[Line],
    terms: Sequence[Term | None],
    aligned: Collection[int] = (),
    length_requested: bool = True,
) -> list[CheckedTerm]:
    """Whether each line may run for its term; ``aligned`` are the lines that are asked to end together."""
    if book.prints(_LONGEST):
        undated = _undated(lines, terms, lambda line: _may_anchor(book.texts(_CORE), line))
        quote = _TermCheck(book, lines, terms, length_requested, _anchors(book, lines, terms), undated)
        return [quote.check(i) for i in range(len(lines))]
    if book.prints(_YEARLY):
        renewed = _months_renewed(lines, terms)
        undated = _undated(lines, terms, lambda line: line.action is Action.RENEWAL)
        absent = next(iter(undated.values()), None)
        return [_check_2021(book, lines[i], terms[i], i in aligned, renewed, absent) for i in range(len(lines))]
    return [CheckedTerm(term) for term in terms]


_CUT = term_until_end_of_life.info.id


def cut(book: Book, line: Line, term: Term) -> tuple[Term, tuple[Finding, ...]]:
    """The term up to the end of life of the product, and what is to be said of that.

    It has no day where a downgrade takes effect only then.
    """
    if not has_end(book, line):
        return term, ()
    end_of_life = book.day("eol.data-center.end")
    follows = line.action is Action.DOWNGRADE and line.term is None and term.start == line.held_end
    if follows and lower_tier_has_no_term(term.start, end_of_life):
        without = remark("DOWNGRADE_WITHOUT_TERM", end=end_of_life.isoformat()).by(lower_tier_has_no_term.info.id)
        return Term(term.start, term.start), (without,)
    shortened = term_until_end_of_life(term, end_of_life)
    if isinstance(shortened, Finding):
        return term, (shortened,)
    return shortened, (
        remark("TERM_CUT_AT_END_OF_LIFE", end=shortened.end.isoformat()).by(_CUT),
    ) if shortened != term else ()


def _with_bounds(finding: Finding, earliest: date | None, latest: date | None) -> Finding:
    """What is said against the length of a term, with the ends that are sold."""
    if finding.reason not in ("TERM_LENGTH", "TERM_NEEDS_ANCHOR"):
        return finding
    ends = (("earliest_end", earliest), ("latest_end", latest))
    return replace(
        finding, detail=(*finding.detail, *((name, end.isoformat()) for name, end in ends if end is not None))
    )


@dataclass(frozen=True, slots=True)
class _TermCheck:
    """The lines of a quote with their terms, checked one by one against the editions with printed conditions."""

    book: Book
    lines: Sequence[Line]
    terms: Sequence[Term | None]
    length_requested: bool
    anchors: Mapping[date, Sequence[int]]
    undated: Mapping[bool, str]

    def check(self, i: int) -> CheckedTerm:
        """Length, alignment and end of life of one line."""
        line, term = self.lines[i], self.terms[i]
        months = line.term_months if term is None else _whole_months(term)
        core = _is_core(self.book, line.product)
        if line.product.platform is None:
            return CheckedTerm(term, core=core, findings=(undetermined("INPUT_MISSING", "product.platform"),))
        if line.dual_licence and term is not None:
            # Its length has a rule of its own.
            shortened, findings = cut(self.book, line, term)
            return CheckedTerm(shortened, shortened != term, core, findings=findings)
        if is_upgrade(line):
            held_end = line.held_end
            if term is None or held_end is None:
                absent = "term" if held_end is not None else "prior.term"
                return CheckedTerm(term, core=core, findings=(undetermined("INPUT_MISSING", absent),))
            checked = self._upgrade(i, term, held_end)
        elif term is None and (months is None or not line.product.platform.hosted):
            return CheckedTerm(term, core=core, findings=(undetermined("INPUT_MISSING", "term"),))
        else:
            checked = self._length(i, term, months)
        if starts_at_held_end(line):
            checked = replace(checked, findings=(*checked.findings, *_early(line, term)))
        return self._finish(line, replace(checked, core=core), months)

    def _finish(self, line: Line, checked: CheckedTerm, months: int | None) -> CheckedTerm:
        """The same with the choice of length examined and the end of life applied."""
        findings = checked.findings
        if line.cycle is not Cycle.MONTHLY and not length_may_be_chosen(
            months, self.book.integer("term.standard-months"), self.length_requested
        ):
            findings = (*findings, refused("TERM_NOT_REQUESTED").by(length_may_be_chosen.info.id))
        if checked.term is None:
            return replace(checked, findings=findings)
        term, of_cut = cut(self.book, line, checked.term)
        latest = checked.latest_end
        if has_end(self.book, line):
            end_of_life = self.book.day("eol.data-center.end")
            latest = end_of_life if latest is None else min(latest, end_of_life)
        bounded = (_with_bounds(each, checked.earliest_end, latest) for each in (*findings, *of_cut))
        return replace(checked, term=term, cut_short=term != checked.term, latest_end=latest, findings=tuple(bounded))

    def _length(self, i: int, term: Term | None, months: int | None) -> CheckedTerm:
        """New purchases and renewals."""
        line = self.lines[i]
        platform = line.product.platform
        # Without a cycle, one month tells a monthly subscription.
        monthly = line.cycle is Cycle.MONTHLY or (line.cycle is None and months == 1)
        if monthly and platform is not None and platform.hosted:
            return self._monthly(term, months)
        if platform is Platform.DATA_CENTER and term is not None and self.book.prints("term.data-center.most-months"):
            return self._data_center(i, term)
        least, most = self.book.integer("term.standard-months"), self.book.integer("term.most-months")
        anchor: int | None = None
        findings: tuple[Finding, ...] = ()
        if not length_is_sold(months, least, most):
            findings = (refused("TERM_LENGTH").by(length_is_sold.info.id),)
            if line.action in (Action.RENEWAL, Action.DOWNGRADE) and term is not None:
                anchor, findings = self._renewal_anchor(i, term, most)
        if term is None:
            return CheckedTerm(term, findings=findings)
        earliest, latest = add_months(term.start, least), add_months(term.start, most)
        return CheckedTerm(term, anchor=anchor, earliest_end=earliest, latest_end=latest, findings=findings)

    def _monthly(self, term: Term | None, months: int | None) -> CheckedTerm:
        only = None if term is None else add_months(term.start, 1)
        findings = () if is_sold_monthly(months) else (refused("TERM_LENGTH").by(is_sold_monthly.info.id),)
        return CheckedTerm(term, earliest_end=only, latest_end=only, findings=findings)

    def _data_center(self, i: int, term: Term) -> CheckedTerm:
        """Twelve months, neither less nor more; a renewal may end earlier with a core line."""
        least, most = self.book.integer("term.standard-months"), self.book.integer("term.data-center.most-months")
        # A term that the end of life cuts was sold for a whole one.
        full, _ = cut(self.book, self.lines[i], Term.of_months(term.start, least))
        bounds = CheckedTerm(term, earliest_end=full.end, latest_end=add_months(term.start, most))
        if not data_center_length_is_sold(term, most):
            return replace(bounds, findings=(refused("TERM_LENGTH").by(data_center_length_is_sold.info.id),))
        if data_center_year_is_whole(term, full.end):
            return bounds
        if self.lines[i].action not in (Action.RENEWAL, Action.DOWNGRADE):
            return replace(bounds, findings=(refused("TERM_LENGTH").by(data_center_year_is_whole.info.id),))
        anchor, findings = self._renewal_anchor(i, term, most)
        return replace(bounds, anchor=anchor, findings=findings)

    def _renewal_anchor(self, i: int, term: Term, most: int) -> tuple[int | None, tuple[Finding, ...]]:
        if term.end > add_months(term.start, most):
            return None, (refused("TERM_LENGTH").by(renewal_may_end_with.info.id),)
        core_least = self.book.integer("term.core-least-months")
        # The line itself first: a core product needs no other.
        own = [i] if _is_core(self.book, self.lines[i].product) else []
        return self._anchored([*own, *self.anchors.get(term.end, ())], i, term, renewal_may_end_with, core_least, most)

    def _upgrade(self, i: int, term: Term, held_end: date) -> CheckedTerm:
        """Upgrades: to the current end, or further on the printed conditions."""
        book, line = self.book, self.lines[i]
        most = add_months(term.start, book.integer("term.most-months"))
        ends = has_end(book, line)
        latest = book.day("eol.data-center.end") if ends else max(most, held_end)
        bounds = CheckedTerm(term, earliest_end=None if ends else held_end, latest_end=latest)
        platform = line.product.platform
        if platform is not None and platform.hosted and term.end < held_end:
            shortened = refused("TERM_SHORTENED", end=held_end.isoformat())
            return replace(bounds, findings=(shortened.by(upgrade_may_extend.info.id),))
        if ends and data_center_upgrade_may_end_on(term.start, term.end):
            return bounds
        if term.end == held_end or upgrade_may_extend(
            term, book.integer("term.extension-least-months"), book.integer("term.most-months")
        ):
            return bounds
        if term.end > most:
            return replace(bounds, findings=(refused("TERM_LENGTH").by(upgrade_may_extend.info.id),))
        core_least = book.integer("term.core-least-months")
        others = self.anchors.get(term.end, ())
        anchor, findings = self._anchored(others, i, term, upgrade_may_end_with, core_least)
        return replace(bounds, anchor=anchor, findings=findings)

    def _anchored(
        self, candidates: Sequence[int], i: int, term: Term, tied: RuleFunction[..., bool], *rest: int
    ) -> tuple[int | None, tuple[Finding, ...]]:
        """The first of the core lines with whose end the rule ``tied`` lets line ``i`` end, or why there is none."""
        platform = self.lines[i].product.platform
        finding = refused("TERM_NEEDS_ANCHOR").by(tied.info.id)
        for j in candidates:
            core_term, other = self.terms[j], self.lines[j].product
            if core_term is None or not tied(term, core_term, *rest):
                continue
            if platform is None or other.platform is None or platforms_may_be_aligned(platform, other.platform):
                return j, ()
            finding = refused("TERM_CROSS_PLATFORM").by(platforms_may_be_aligned.info.id)
        # A core line whose days are not known may be the one.
        absent = self.undated.get(platform.hosted) if platform is not None else None
        return None, (finding if absent is None else undetermined("INPUT_MISSING", absent).by(tied.info.id),)


def _early(line: Line, term: Term | None) -> tuple[Finding, ...]:
    """What stands against a lower tier that would start within the term that is held."""
    end = line.held_end
    if term is None or end is None or downgrade_follows_held_term(term.start, end):
        return ()
    return (refused("DOWNGRADE_BEFORE_HELD_END", end=end.isoformat()).by(downgrade_follows_held_term.info.id),)


def _is_core(book: Book, product: Product) -> bool:
    return not product.app and is_core_product(product.id, book.texts(_CORE))


def _anchors(book: Book, lines: Sequence[Line], terms: Sequence[Term | None]) -> Mapping[date, Sequence[int]]:
    """For each end, the lines that sell or renew a core product until then: the first of each term and platform."""
    core_products = book.texts(_CORE)
    first: dict[date, dict[tuple[Term, Platform | None], int]] = {}
    for j, (line, term) in enumerate(zip(lines, terms, strict=True)):
        if term is not None and _may_anchor(core_products, line):
            first.setdefault(term.end, {}).setdefault((term, line.product.platform), j)
    return {end: list(found.values()) for end, found in first.items()}


def _may_anchor(core_products: Collection[str], line: Line) -> bool:
    """True for a line that sells or renews a core product."""
    core = line.product.id in core_products and not line.product.app
    return core and line.action in (Action.NEW, Action.RENEWAL)


def _undated(
    lines: Sequence[Line], terms: Sequence[Term | None], may_anchor: Callable[[Line], bool]
) -> Mapping[bool, str]:
    """For what is hosted and what is not, what is absent of the first line whose term could let another end with it."""
    absent: dict[bool, str] = {}
    for j, (line, term) in enumerate(zip(lines, terms, strict=True)):
        platform = line.product.platform
        by_the_month = line.cycle is Cycle.MONTHLY and not line.names_length
        if term is not None or platform is None or by_the_month or not may_anchor(line):
            continue
        long_known = line.names_length or default_months(line.product, line.cycle) is not None
        absent.setdefault(platform.hosted, "deal.order_date" if long_known else f"lines[{j}].term")
    return absent


def _months_renewed(lines: Sequence[Line], terms: Sequence[Term | None]) -> Mapping[date, Sequence[int]]:
    """For each end, the lengths for which lines are renewed until then."""
    renewed: dict[date, dict[int, None]] = {}
    for line, term in zip(lines, terms, strict=True):
        if term is not None and line.action is Action.RENEWAL:
            renewed.setdefault(term.end, {})[term.months] = None
    return {end: list(months) for end, months in renewed.items()}


def _check_2021(
    book: Book,
    line: Line,
    term: Term | None,
    aligned: bool,
    renewed: Mapping[date, Sequence[int]],
    absent: str | None,
) -> CheckedTerm:
    """Renewals alone are aligned, one of them for a year or more; a broken number of years is an alignment."""
    months = line.term_months if term is None else _whole_months(term)
    if line.cycle is Cycle.MONTHLY:
        return CheckedTerm(term)
    whole_years = years_are_whole(months, book.integer("term.included-months"))
    # A term that nobody asks for is aligned with nothing.
    if (whole_years or not line.names_length) and not aligned:
        return CheckedTerm(term)
    if not may_be_aligned(line.action):
        return CheckedTerm(term, findings=(refused("TERM_RENEWALS_ONLY").by(may_be_aligned.info.id),))
    if term is None:
        return CheckedTerm(term, findings=(undetermined("INPUT_MISSING", "term"),))
    if one_is_renewed_long_enough(renewed[term.end], book.integer("term.renewal-least-months")):
        return CheckedTerm(term)
    finding = refused("TERM_NO_YEARLY_RENEWAL") if absent is None else undetermined("INPUT_MISSING", absent)
    return CheckedTerm(term, findings=(finding.by(one_is_renewed_long_enough.info.id),))


def _whole_months(term: Term) -> int | None:
    """Length in whole months, None for a broken number of them."""
    return term.months if is_whole_months(term.start, term.end) else None


def _across_platforms(
    book: Book, lines: Sequence[Line], co_terms: Sequence[CoTerm]
) -> Mapping[int, tuple[Finding, ...]]:
    """For each line that is to end with one of another platform, that this is not done."""
    across: dict[int, tuple[Finding, ...]] = {}
    if not book.prints(_LONGEST):
        return across
    for co_term in co_terms:
        platforms = {i: lines[i].product.platform for i in co_term.lines}
        others = {platform: None for platform in platforms.values() if platform is not None}
        for i, platform in platforms.items():
            if platform is not None and not all(platforms_may_be_aligned(platform, other) for other in others):
                across[i] = (refused("TERM_CROSS_PLATFORM").by(platforms_may_be_aligned.info.id),)
    return across


def _prints_conditions(book: Book) -> bool:
    """True in the editions that say how long terms may be, or what may be aligned."""
    return book.prints(_LONGEST) or book.prints(_YEARLY)
