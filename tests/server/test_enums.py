"""Closed sets are mapped by name: where a class lists a member changes nothing, and both sides have the same names."""

import subprocess
import sys
from enum import StrEnum
from pathlib import Path

import pytest

from quotary.v1 import common_pb2
from quotary_server.adapter import enums
from quotary_server.adapter.enums import EnumMap
from quotary_server.adapter.faults import Faults
from quotary_spec.model.order import Cycle

MAPS = {name: each for name, each in vars(enums).items() if isinstance(each, EnumMap)}


@pytest.mark.parametrize("name", MAPS)
def test_a_member_comes_back_as_itself(name: str) -> None:
    pairs = MAPS[name]._number
    assert pairs
    for member, number in pairs.items():
        faults = Faults()
        assert MAPS[name].read(faults, "field", number) is member
        assert MAPS[name].write(member) == number
        assert faults.found == []


def test_an_absent_value_is_no_fault_and_an_unknown_number_is_one() -> None:
    faults = Faults()
    assert enums.CYCLE.read(faults, "billing_cycle", 0) is None
    assert enums.CYCLE.read(faults, "billing_cycle", 0, Cycle.ANNUAL) is Cycle.ANNUAL
    assert faults.found == []
    assert enums.CYCLE.read(faults, "billing_cycle", 3, Cycle.ANNUAL) is Cycle.ANNUAL
    assert [(each.field, each.reason, each.detail) for each in faults.found] == [
        ("billing_cycle", "UNKNOWN_VALUE", "3")
    ]


class Weekly(StrEnum):
    MONTHLY = "monthly"
    WEEKLY = "weekly"


def test_sets_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="BILLING_CYCLE_ANNUAL, BILLING_CYCLE_WEEKLY"):
        EnumMap(common_pb2.BillingCycle, Weekly, "BILLING_CYCLE_")


def test_the_order_of_members_changes_no_answer() -> None:
    program = (sys.executable, "-m", "server.reversed_enumerations")
    done = subprocess.run(program, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
