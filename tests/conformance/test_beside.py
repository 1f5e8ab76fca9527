"""Live comparison, shown on an engine that is wrong on purpose: each fault is found, and shrunk to what matters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

from conformance.runner_cases import command
from quotary_conformance import contract
from quotary_conformance.beside import (
    Asking,
    Comparison,
    Coverage,
    Found,
    Reply,
    as_vector,
    over,
    rests_on,
    write_vector,
)
from quotary_conformance.contract import Call, calls, message_class
from quotary_conformance.drawing import Drawer
from quotary_conformance.running import Manner, Verdict, judge, run
from quotary_conformance.shrinking import leaves, shrink
from quotary_conformance.vectors import Choice, choose, load

ROOT = Path(__file__).resolve().parents[2]
GRANTED, NOT_COVERED, UNDETERMINED, REFUSED = 1, 2, 3, 4


def minor(money: Any) -> int:
    return int(money.units) * 100 + int(money.nanos) // 10**7


def one_more(money: Any) -> None:
    units, rest = divmod(minor(money) + 1, 100)
    money.units, money.nanos = units, rest * 10**7


@dataclass(frozen=True)
class Fault:
    """A slip in an engine: alters the answer and says whether it did; how many fields a request needs to show it."""

    name: str
    call: str
    alter: Callable[[Any, Any], bool]
    fields: int


FAULTS: list[Fault] = []


def fault(call: str, fields: int) -> Callable[[Callable[[Any, Any], bool]], Callable[[Any, Any], bool]]:
    def planted(alter: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
        FAULTS.append(Fault(alter.__name__, call, alter, fields))
        return alter

    return planted


def components(answer: Any, tax: str, region: str = "") -> Iterator[Any]:
    return (each for each in answer.tax_components if each.tax == tax and each.region_code.startswith(region))


def wrong_rate(answer: Any, tax: str, region: str, rate: str) -> bool:
    found = list(components(answer, tax, region))
    for each in found:
        each.rate = rate
    return bool(found)


TAX = "TaxService.CalculateTax"


@fault(TAX, 9)
def qst_at_another_rate(request: Any, answer: Any) -> bool:
    return wrong_rate(answer, "QST", "CA-QC", "0.0995")


@fault(TAX, 9)
def turkish_tax_of_another_year(request: Any, answer: Any) -> bool:
    return wrong_rate(answer, "VAT", "TR", "0.20001")


@fault(TAX, 9)
def jct_without_its_rise(request: Any, answer: Any) -> bool:
    return wrong_rate(answer, "JCT", "JP", "0.08001")


@fault(TAX, 9)
def australian_gst_a_cent_high(request: Any, answer: Any) -> bool:
    found = list(components(answer, "GST", "AU"))
    for each in found:
        one_more(each.amount)
    return bool(found)


@fault(TAX, 9)
def half_a_cent_rounded_to_even(request: Any, answer: Any) -> bool:
    altered = False
    for each in answer.tax_components:
        exact = minor(each.base) * Decimal(each.rate or "0")
        if exact % 1 == Decimal("0.5") and minor(each.amount) % 2 and minor(each.amount) > 0:
            each.amount.nanos -= 10**7
            altered = True
    return altered


@fault(TAX, 9)
def evidence_of_another_province_accepted(request: Any, answer: Any) -> bool:
    parties = (request.deal.billing_party, request.deal.sold_to_party)
    elsewhere = [
        evidence
        for party in parties
        if party.address.region_code == "CA"
        for evidence in party.evidence
        if evidence.region_code and not evidence.region_code.endswith(party.address.administrative_area)
    ]
    found = [each for each in answer.tax_components if each.tax == "PST"] if elsewhere else []
    for each in found:
        answer.tax_components.remove(each)
    return bool(found)


@fault(TAX, 13)
def the_third_line_is_forgotten(request: Any, answer: Any) -> bool:
    if len(request.lines) < 3 or not answer.HasField("net_total"):
        return False
    one_more(answer.net_total)
    return True


@fault(TAX, 9)
def leap_day_unknown(request: Any, answer: Any) -> bool:
    day = request.deal.order_date
    if (day.month, day.day) != (2, 29) or answer.answer.outcome == REFUSED:
        return False
    answer.answer.outcome = REFUSED
    return True


@fault(TAX, 6)
def nothing_is_missing(request: Any, answer: Any) -> bool:
    if "deal.order_date" not in answer.answer.missing:
        return False
    answer.answer.missing.remove("deal.order_date")
    return True


@fault("TaxService.ValidateTaxIdentifier", 4)
def register_not_heard(request: Any, answer: Any) -> bool:
    if request.tax_identifier.register_verdict != 2 or answer.standing != 3:
        return False
    answer.standing = 2
    return True


@fault("TaxService.ValidateTaxIdentifier", 4)
def spaces_are_kept(request: Any, answer: Any) -> bool:
    if " " not in request.tax_identifier.value:
        return False
    answer.compact_value = request.tax_identifier.value
    return True


REFUND = "RefundService.AssessRefund"


@fault(REFUND, 12)
def window_a_day_longer(request: Any, answer: Any) -> bool:
    dated = [each for each in answer.lines if each.HasField("window_last_date")]
    for each in dated:
        each.window_last_date.day += 1
    return bool(dated)


@fault(REFUND, 14)
def fee_kept(request: Any, answer: Any) -> bool:
    if not minor(answer.fee_total):
        return False
    answer.ClearField("fee_total")
    return True


@fault(REFUND, 14)
def vendor_pays_everything_back(request: Any, answer: Any) -> bool:
    if answer.payer != "tax_authority":
        return False
    answer.payer = "vendor"
    return True


@fault(REFUND, 10)
def paid_day_does_not_matter(request: Any, answer: Any) -> bool:
    if answer.answer.outcome != REFUSED or not request.HasField("request_date"):
        return False
    answer.answer.outcome = GRANTED
    return True


TRIAL = "SubscriptionService.AssessTrial"


@fault(TRIAL, 4)
def trial_of_guard_too_short(request: Any, answer: Any) -> bool:
    if not answer.days or not request.trial.product.id.startswith("guard"):
        return False
    answer.days -= 1
    return True


@fault(TRIAL, 6)
def trial_runs_on(request: Any, answer: Any) -> bool:
    if not answer.HasField("running") or answer.running:
        return False
    answer.running = True
    return True


@fault("EntitlementService.CheckSourceAccess", 4)
def source_for_everybody(request: Any, answer: Any) -> bool:
    if answer.answer.outcome != REFUSED:
        return False
    answer.answer.outcome = GRANTED
    return True


@fault("EntitlementService.ClassifyExport", 4)
def server_not_classified(request: Any, answer: Any) -> bool:
    if request.product.platform != 4 or answer.answer.outcome != GRANTED:
        return False
    answer.answer.outcome = NOT_COVERED
    return True


@fault("LicenceTierService.CheckAppTier", 8)
def app_tier_not_compared(request: Any, answer: Any) -> bool:
    if answer.answer.outcome != REFUSED:
        return False
    answer.answer.outcome = GRANTED
    return True


@fault("LicenceTierService.ResolveTier", 6)
def eleven_users_in_ten(request: Any, answer: Any) -> bool:
    if not answer.user_tier:
        return False
    answer.user_tier -= 1
    return True


CALLS = frozenset(each.call for each in FAULTS)
DRAWN = [each for each in choose(load(), Choice(calls=CALLS)) if not each.error]


def remembering(ask: Asking) -> Asking:
    """The same, asked once for each request."""
    known: dict[tuple[str, bytes], Reply] = {}

    def asked(call: Call, request: Any) -> Callable[[], Reply]:
        key = (call.name, request.SerializeToString(deterministic=True))
        if key not in known:
            known[key] = ask(call, request)()
        return lambda: known[key]

    return asked


def wrong(reference: Asking, faults: list[Fault]) -> Asking:
    """An engine that answers as the reference does, but for its faults."""

    def asked(call: Call, request: Any) -> Callable[[], Reply]:
        right = reference(call, request)()
        if right.status != "OK":
            return lambda: right
        answer = message_class(call.response.full_name).FromString(right.answer)
        for each in faults:
            if each.call == call.name:
                each.alter(request, answer)
        return lambda: Reply("OK", answer.SerializeToString())

    return asked


@pytest.fixture(scope="module")
def reference(channel: grpc.Channel) -> Asking:
    return remembering(over(channel, 30))


def test_every_planted_fault_is_found_and_shrunk(reference: Asking) -> None:
    assert len(FAULTS) >= 20
    unseen, large = [], []
    for each in FAULTS:
        drawer = Drawer(choose(DRAWN, Choice(calls=frozenset({each.call}))), seed=1)
        comparison = Comparison(drawer, reference, wrong(reference, [each]))
        found = next(comparison.run(3000, window=1), None)
        if found is None:
            unseen.append(each.name)
        else:
            assert found.unlike, each.name
            if leaves(found.request) > each.fields:
                large.append((each.name, leaves(found.request)))
    assert (unseen, large) == ([], [])


def test_an_engine_with_all_faults_at_once_is_told_apart(reference: Asking) -> None:
    """Differences of one kind are told once; those of another are not hidden by them."""
    drawer = Drawer(choose(DRAWN, Choice(calls=frozenset({TRIAL, "TaxService.ValidateTaxIdentifier"}))), seed=2)
    found = list(Comparison(drawer, reference, wrong(reference, FAULTS)).run(200, window=1))
    kinds = {unlike.kind for each in found for unlike in each.unlike}
    assert {"days", "running", "standing", "compact_value"} <= kinds
    assert len({each.id for each in found}) == len(found)


def test_an_engine_that_agrees_is_not_accused(reference: Asking) -> None:
    comparison = Comparison(Drawer(DRAWN[::9], seed=3), reference, reference)
    assert list(comparison.run(200, window=1)) == []
    assert comparison.coverage.compared == 200
    assert {"GRANTED", "REFUSED", "UNDETERMINED"} <= set(comparison.coverage.outcomes)
    assert comparison.coverage.rules
    assert comparison.coverage.reasons


def test_draws_are_the_same_each_time_and_are_taken_up(reference: Asking, tmp_path: Path) -> None:
    one, other = Drawer(DRAWN[:60], 7), Drawer(DRAWN[:60], 7)
    assert [one.draw(i)[1] for i in range(100)] == [other.draw(i)[1] for i in reversed(range(100))][::-1]
    another = Drawer(DRAWN[:60], 8)
    assert [one.draw(i)[1] for i in range(60, 100)] != [another.draw(i)[1] for i in range(60, 100)]
    half = Comparison(one, reference, reference)
    list(half.run(30))
    half.coverage.write(tmp_path / "state.json", {"seed": 7})
    taken_up = Coverage()
    taken_up.read(tmp_path / "state.json", {"seed": 7})
    list(Comparison(one, reference, reference, coverage=taken_up).run(30))
    whole = Comparison(other, reference, reference)
    list(whole.run(60))
    assert taken_up == whole.coverage
    with pytest.raises(ValueError, match="another seed"):
        taken_up.read(tmp_path / "state.json", {"seed": 8})


def first_found(reference: Asking, of: Fault) -> Found:
    drawer = Drawer(choose(DRAWN, Choice(calls=frozenset({of.call}))), seed=1)
    return next(Comparison(drawer, reference, wrong(reference, [of])).run(3000, window=1))


@pytest.mark.parametrize("name", ["qst_at_another_rate", "trial_runs_on", "nothing_is_missing"])
def test_a_difference_becomes_a_vector(name: str, reference: Asking, channel: grpc.Channel, tmp_path: Path) -> None:
    (of,) = (each for each in FAULTS if each.name == name)
    found = first_found(reference, of)
    rules = rests_on(found, reference)
    assert rules
    assert all(rule["statement"] and rule["passages"] for rule in rules)
    write_vector(as_vector(found, rules), tmp_path)
    (vector,) = load(tmp_path)
    assert list(contract.problems(vector)) == []
    (result,) = run([vector], channel)
    assert result.verdict is Verdict.AGREED, result.faults()
    call = calls()[vector.call]
    got = wrong(reference, [of])(call, call.requests(vector)[0])()
    bad = message_class(call.response.full_name).FromString(got.answer)
    assert judge(vector, call, [bad], "", Manner(allowed=None)).verdict is Verdict.DISAGREED


def test_shrinking_keeps_what_matters() -> None:
    call = calls()[TAX]
    request: Any = message_class(call.request.full_name)()
    request.deal.channel = 1
    request.deal.billing_party.address.region_code = "CA"
    request.deal.billing_party.address.administrative_area = "QC"
    for units in (140, 7):
        request.lines.add().net_amount.units = units
    request.edition = "2026"
    small: Any = shrink(request, lambda it: it.deal.billing_party.address.administrative_area == "QC")  # type: ignore[attr-defined]
    assert leaves(small) == 1
    two: Any = shrink(request, lambda it: sum(line.net_amount.units for line in it.lines) > 6)  # type: ignore[attr-defined]
    assert [line.net_amount.units for line in two.lines] == [7]


def test_the_command_compares(channel: grpc.Channel, tmp_path: Path) -> None:
    from quotary_server.app import start
    from quotary_server.settings import Settings

    running = start(Settings(port=0, grace_seconds=0, log_level="error", store_url=f"sqlite:///{tmp_path}/q.db"))
    few = tmp_path / "vectors" / "export"
    few.mkdir(parents=True)
    few.joinpath("export.yaml").write_bytes((ROOT / "conformance/vectors/export/export.yaml").read_bytes())
    try:
        compare = ("compare", running.address, "--with", running.address, "--vectors", str(few), "--count", "60")
        ended = command(*compare, "--state", str(tmp_path / "state.json"))
        assert (ended.exit_code, "60 compared" in ended.output) == (0, True)
        assert "0 differ" in ended.output
        again = command(*compare, "--state", str(tmp_path / "state.json"))
        assert "120 compared" in again.output
        assert command(*compare, "--seed", "2", "--state", str(tmp_path / "state.json")).exit_code == 2
        nobody = ("compare", running.address, "--with", "127.0.0.1:1", "--vectors", str(few), "--wait", "0.5")
        assert command(*nobody).exit_code == 2
    finally:
        running.stop()
