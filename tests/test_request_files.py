"""Files that people write: text stays text, nothing is guessed or dropped, every fault has its place."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotary import source
from quotary.messages import read_file, read_text
from quotary.source import SourceError, decoded, parse, plain
from quotary.v1 import common_pb2, quote_service_pb2
from quotary.v1.quote_service_pb2 import OrderRequest


def _order(text: str, name: str = "order.yaml") -> OrderRequest:
    return read_text(text, OrderRequest(), name)


def _faults(text: str, name: str = "order.yaml") -> list[tuple[str, int, int]]:
    with pytest.raises(SourceError) as raised:
        _order(text, name)
    return [
        (each.path, each.mark.line if each.mark else 0, each.mark.column if each.mark else 0)
        for each in raised.value.problems
    ]


def test_text_keeps_what_was_written() -> None:
    order = _order(
        "deal: {purchase_order_number: 0123, order_date: 2026-03-01, billing_party: "
        "{address: {region_code: NO, administrative_area: ON, postal_code: 01067, locality: 1:30}}}\n"
        "lines: [{price: {unit_price: 100.00}}, {price: {unit_price: 4_500}}]"
    )
    address = order.deal.billing_party.address
    assert order.deal.purchase_order_number == "0123"
    assert (address.region_code, address.administrative_area) == ("NO", "ON")
    assert (address.postal_code, address.locality) == ("01067", "1:30")
    assert [line.price.unit_price for line in order.lines] == ["100.00", "4_500"]


@pytest.mark.parametrize("written", ["010", "1_000", "1:30", "0x10", "1e3", "10.0", "+5", "true", '"ten"', "9" * 20])
def test_a_whole_number_is_plain_digits(written: str) -> None:
    assert _faults(f"lines:\n  - quantity: {written}") == [("lines[0].quantity", 2, 15)]


@pytest.mark.parametrize(("written", "read"), [("10", 10), ('"10"', 10), ("0", 0), ("-3", -3)])
def test_plain_digits_are_read(written: str, read: int) -> None:
    assert _order(f"lines: [{{quantity: {written}}}]").lines[0].quantity == read


@pytest.mark.parametrize("written", ["yes", "no", "on", "True", "1"])
def test_only_true_and_false_are_yes_and_no(written: str) -> None:
    assert _faults(f"lines: [{{product: {{app: {written}}}}}]")[0][0] == "lines[0].product.app"


@pytest.mark.parametrize(
    "written", ["2026-02-30", "2026-13-01", "2026-3-1", "2026-03-01T10:00:00Z", "01.03.2026", "yesterday"]
)
def test_a_day_is_a_day_of_the_calendar(written: str) -> None:
    assert _faults(f"deal:\n  order_date: {written}") == [("deal.order_date", 2, 15)]


def test_both_members_of_a_choice_are_refused() -> None:
    assert _faults("lines:\n  - discount: {rate: 0.10, amount: 20.00 USD}") == [("lines[0].discount.amount", 2, 28)]


def test_one_field_by_two_names_is_refused() -> None:
    assert _faults("deal: {order_date: 2026-03-01, orderDate: 2026-03-02}") == [("deal.orderDate", 1, 32)]


def test_every_fault_is_told_at_once_with_its_place() -> None:
    text = "deal:\n  order_date: 2026-02-30\n  chanel: direct\nlines:\n  - action: renwal\n    quantity: 010\n"
    assert _faults(text) == [
        ("deal.order_date", 2, 15),
        ("deal.chanel", 3, 3),
        ("lines[0].action", 5, 13),
        ("lines[0].quantity", 6, 15),
    ]


def test_near_names_are_suggested() -> None:
    with pytest.raises(SourceError, match=r"order\.yaml:1:8: .*did you mean channel\?"):
        _order("deal: {chanel: direct}")
    with pytest.raises(SourceError, match=r"did you mean renewal\?"):
        _order("lines: [{action: renwal}]")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\na: 2", "order.yaml:2:1: a: it stands twice"),
        ("lines:\n  - &x {quantity: 1}\n  - <<: *x", "merge keys are not read"),
        ("a: &a [*a]", "too deep"),
        ("[" * 60 + "]" * 60, "too deep"),
        ("[" * 3_000 + "]" * 3_000, "order.yaml"),
        ("lines: [", "order.yaml:"),
        ("--- 1\n--- 2", "not YAML"),
        ("a: \x07", "U\\+0007"),
        ("? [a]\n: b", "a name must be a single word"),
        ("deal: 5", "expected fields of Deal, found 5"),
        ("lines: {}", "expected a list, found fields"),
        ("just text", "expected fields of OrderRequest"),
    ],
)
def test_what_is_no_request_is_told(text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        _order(text)


def test_aliases_that_multiply_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_NODES", 10_000)
    bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
    bomb += "".join(f"{n}: &{n} [{', '.join([f'*{o}'] * 10)}]\n" for o, n in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(SourceError, match="too many values"):
        _order(bomb)


def test_json_is_read_as_json() -> None:
    text = json.dumps({"deal": {"billing_party": {"display_name": "Orbit \U0001f680 Ltd"}}, "lines": [{"quantity": 3}]})
    for name in ("order.json", "order.yaml"):
        order = _order(text, name)
        assert order.deal.billing_party.display_name == "Orbit \U0001f680 Ltd"
        assert order.lines[0].quantity == 3


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"deal": {\n  "chanel": "direct"}}', ("deal.chanel", 2, 13)),
        ('{"deal": {"order_date": "2026-03-01", "order_date": "2026-03-02"}}', ("deal.order_date", 1, 53)),
        ('{"lines": [{"quantity": 1.5}]}', ("lines[0].quantity", 1, 25)),
        ('{"deal": {"billing_party": {"display_name": "\\ud83d"}}}', ("deal.billing_party.display_name", 1, 45)),
        ('{"deal": {"purchase_order_number": true}}', ("deal.purchase_order_number", 1, 36)),
        ('{"deal": }', ("", 1, 10)),
        ("deal: {}", ("", 1, 1)),
    ],
)
def test_faults_of_json_have_their_place(text: str, place: tuple[str, int, int]) -> None:
    assert _faults(text, "order.json") == [place]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_however_it_is_written(encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "order.yaml"
    file.write_bytes("deal: {billing_party: {display_name: Jürgen 東京}}".encode(encoding))
    assert read_file(file, OrderRequest()).deal.billing_party.display_name == "Jürgen 東京"


def test_other_letters_are_told_with_their_place() -> None:
    with pytest.raises(SourceError, match=r"order\.yaml:2:6: file: the letter here \(byte 0xfc\) is not UTF-8"):
        decoded("deal:\n  # für".encode("latin-1"), "order.yaml")


def test_an_enumeration_takes_a_name_or_a_known_number() -> None:
    for written in ("cloud", "CLOUD", "PLATFORM_CLOUD", str(common_pb2.PLATFORM_CLOUD)):
        assert _order(f"lines: [{{product: {{platform: {written}}}}}]").lines[0].product.platform == (
            common_pb2.PLATFORM_CLOUD
        )
    assert _faults("lines: [{product: {platform: 99}}]") == [("lines[0].product.platform", 1, 30)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(categories=["L", "N"])),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(categories=["L"])), inner),
        max_leaves=8,
    )
)
def test_json_comes_back_as_it_was(data: object) -> None:
    assert plain(parse(json.dumps(data), "data.json")) == data


@given(st.text(max_size=60))
def test_no_text_ends_in_anything_but_a_message_or_its_faults(text: str) -> None:
    for name in ("request.yaml", "request.json"):
        with contextlib.suppress(SourceError):
            read_text(text, quote_service_pb2.PriceQuoteRequest(), name)
