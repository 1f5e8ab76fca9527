"""Every difference between two editions has its causes, and only what makes it is named."""

from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quotary_conformance.contract import call_of
from quotary_conformance.vectors import load
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading import read_order
from quotary_server.ruleset import load_ruleset
from quotary_server.settings import Settings
from quotary_spec import exchange
from quotary_spec.exchange import Difference, ask, differences, figures
from quotary_spec.mixed_book import MixedBook
from quotary_spec.model.order import Order
from quotary_spec.register.editions import EDITIONS
from quotary_spec.register.parameters import PARAMETERS
from quotary_spec.rule import registered_rules
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.quote.total import price_order
from sampling import every

RULESET = load_ruleset(Settings())
PRICES, RATES = RULESET.prices, RULESET.rates
PAIRS = list(combinations(EDITIONS, 2))


@cache
def orders() -> dict[str, Order]:
    """The orders of the vectors."""
    found = {}
    for vector in load():
        if vector.call == "QuoteService.PriceQuote" and vector.error is None:
            faults = Faults()
            (request,) = call_of(vector).requests(vector)
            found[vector.id] = read_order(faults, "order", request.order)  # type: ignore[attr-defined]
            assert not faults.found
    return found


def compare(order: Order, base: str, later: str) -> list[Difference]:
    one, two = BOOK[base], BOOK[later]
    asked = ask(one, two, order, PRICES, RATES), ask(two, one, order, PRICES, RATES)
    return differences(order, *asked, PRICES, RATES)


@pytest.mark.parametrize(("base", "later"), PAIRS)
def test_no_difference_is_without_a_cause(base: str, later: str) -> None:
    for id, order in every(4, list(orders().items())):
        for each in compare(order, base, later):
            assert each.base_value != each.value
            assert each.base_causes or each.causes, (id, each.place)
            for edition, names in ((base, each.base_causes), (later, each.causes)):
                serving = {id for id, rule in registered_rules().items() if edition in rule.info.editions}
                assert set(names) <= serving | set(PARAMETERS[edition]), (id, each.place)


@given(st.data())
def test_the_rows_that_are_named_make_the_difference(data: st.DataObject) -> None:
    """Where only rows are named: all of them exchanged give the other edition's figure, in one direction at least."""
    id = data.draw(st.sampled_from(sorted(orders())))
    base, later = data.draw(st.sampled_from(PAIRS))
    order = orders()[id]
    for each in compare(order, base, later):
        names = {*each.base_causes, *each.causes}
        if not names <= {*PARAMETERS[base], *PARAMETERS[later]}:
            continue
        ways = []
        for home, other, value in ((base, later, each.value), (later, base, each.base_value)):
            mixed = MixedBook(BOOK[home], BOOK[other], frozenset(names))
            ways.append(figures(price_order(mixed, order, PRICES, RATES)).get(each.place) == value)
        assert any(ways), (each.place, names)


def test_a_part_that_makes_no_difference_is_not_named() -> None:
    """India, 2024 against 2026: the fee and its rate are gone and GST is 18 % of another row; nothing else counts."""
    found = {each.place: each for each in compare(orders()["fee-india-cloud-jira"], "2024", "2026")}
    named = {name for each in found.values() for name in (*each.base_causes, *each.causes)}
    assert named <= {"fee.countries", "fee.rate.IN", "tax.rate.GST.IN", "fee.products.IN.cloud", "FEE-BEARING-INDIA"}, (
        named
    )
    assert {*found[None, "fee.amount"].base_causes, *found[None, "fee.amount"].causes} == {
        "fee.countries",
        "fee.products.IN.cloud",
        "FEE-BEARING-INDIA",
    }
    rate = found[None, "reason :RATE_NOT_KNOWN"]
    assert (rate.base_causes, rate.causes) == (("tax.rate.GST.IN",), ())


def test_a_book_in_which_nothing_is_exchanged_is_the_edition() -> None:
    for order in orders().values():
        for home, other in (("2024", "2026"), ("2026", "2021")):
            plain = price_order(BOOK[home], order, PRICES, RATES)
            assert figures(price_order(MixedBook(BOOK[home], BOOK[other]), order, PRICES, RATES)) == figures(plain)


def test_lines_that_differ_alike_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is priced beyond the two answers does not grow with the number of lines."""
    priced = []

    def counting(book, order, prices, rates):  # type: ignore[no-untyped-def]
        priced.append(len(order.lines))
        return price_order(book, order, prices, rates)

    monkeypatch.setattr(exchange, "price_order", counting)
    order = orders()["fee-india-data-center-crowd"]
    counts = []
    for times in (10, 1_000):
        priced.clear()
        many = replace(order, lines=order.lines * times)
        found = compare(many, "2024", "2026")
        assert found
        counts.append(sum(priced) - 2 * len(many.lines))
    assert counts[0] == counts[1]


def test_alike_lines_have_the_same_causes_as_one_alone() -> None:
    for id in ("fee-india-data-center-crowd", "discount-list-community-cloud-2024"):
        order = orders()[id]
        alone = {each.place: each for each in compare(order, "2024", "2026")}
        twice = {each.place: each for each in compare(replace(order, lines=order.lines * 2), "2024", "2026")}
        for (position, name), each in twice.items():
            if position is not None:
                one = alone[position % len(order.lines), name]
                assert (each.base_causes, each.causes) == (one.base_causes, one.causes)


@given(st.data())
def test_an_answer_that_is_taken_over_is_the_one_that_pricing_gives(data: st.DataObject) -> None:
    """Parts that nothing consulted change nothing, whichever exchanges were priced before."""
    order = orders()[data.draw(st.sampled_from(sorted(orders())))]
    base, later = (BOOK[edition] for edition in data.draw(st.sampled_from(PAIRS)))
    asked = ask(base, later, order, PRICES, RATES), ask(later, base, order, PRICES, RATES)
    search = exchange._Search(exchange._Pair(order, *asked, PRICES, RATES))
    (onward, back), parts = search._directions, search._parts
    assume(parts)
    for direction, home, other in ((onward, base, later), (back, later, base)):
        for _ in range(4):
            exchanged = frozenset(data.draw(st.lists(st.sampled_from(parts))))
            try:
                expected = figures(price_order(MixedBook(home, other, exchanged), order, PRICES, RATES))
            except Exception:
                expected = None
            assert direction._answer(exchanged).figures == expected


def test_few_exchanges_are_priced_where_little_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exchanges that agree on what was consulted are priced once."""
    priced = []

    def counting(*given):  # type: ignore[no-untyped-def]
        priced.append(given)
        return price_order(*given)

    monkeypatch.setattr(exchange, "price_order", counting)
    assert compare(orders()["fee-india-2024"], "2023", "2024")
    assert len(priced) <= 19
