"""A yardstick must fail those who know nothing, however they answer."""

import grpc
import pytest

import cheats
import release
import strength
from quotary_conformance.contract import call_of
from quotary_conformance.running import Manner, Verdict, judge
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


def test_what_is_lost_or_altered_in_an_answer_is_noticed_where_the_vector_names_it(
    shipped: list[Vector], manner: Manner, channel: grpc.Channel
) -> None:
    (vector,) = (each for each in shipped if each.id == "canada-quebec")
    call = call_of(vector)
    (answer,) = call.send(channel, call.requests(vector), 30)
    assert judge(vector, call, [answer], "", manner).verdict is Verdict.AGREED
    seen = strength.noticed([vector], {vector.id: answer}, manner)
    for name in ("answer.outcome", "answer.edition", "tax_total", "total", "tax_components.amount", "net_total"):
        assert seen[f"CalculateTaxResponse.{name}"][True], name
    assert not any(name.endswith((".text", ".digests")) for name in seen)
