"""A yardstick must fail those who know nothing, however they answer."""

import pytest

import cheats
import release
import strength
from in_process import Engine, asked
from quotary_conformance.running import Manner
from quotary_conformance.vectors import Vector
from sampling import every


@pytest.fixture(scope="module")
def manner() -> Manner:
    return Manner(knowledge=release.knowledge())


def test_engines_that_cheat_pass_next_to_nothing(shipped: list[Vector], manner: Manner) -> None:
    for cheat in cheats.cheats(shipped):
        asked = shipped if cheat.limit == cheats.LEARNT else every(4, shipped)
        passed = cheats.passed(cheat, asked, manner)
        assert len(passed) <= cheat.limit * len(asked), f"{cheat.name} passes {len(passed)}: {passed}"


def test_what_is_lost_or_altered_is_noticed_where_the_vector_names_it(shipped: list[Vector], manner: Manner) -> None:
    engine = Engine()
    some = asked([each for each in shipped if each.id == "canada-quebec"], engine, manner)
    seen = strength.noticed(some, manner)
    for name in ("Answer.outcome", "Answer.edition", "TaxComponent.amount", "CalculateTaxResponse.total"):
        assert seen[name][True], name
    assert not any(name.endswith((".text", ".digests")) for name in seen)
    given = strength.noticed_of_requests(some, engine, manner)
    for name in ("Deal.billing_party", "Party.address", "TaxableLine.net_amount", "Deal.order_date"):
        assert given[name][True], name
