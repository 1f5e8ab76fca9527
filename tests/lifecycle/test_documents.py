"""Quotes and invoices as HTML and PDF: everything stands there, on one page, in any script, as searchable text."""

from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from lifecycle.world import accept, cloud, create, data_center, order, pay, world
from quotary.documents import FontMissing, Sheet, invoice_sheet, pdf, quote_sheet, to_html, to_pdf
from quotary.v1 import order_service_pb2, quote_service_pb2

TOKYO = {
    "kind": "business",
    "display_name": "株式会社 <東京> & Söhne",
    "address": {"region_code": "JP", "locality": "東京都", "address_lines": ["丸の内 1-1"]},
    "tax_identifiers": [{"kind": "vat", "value": "DE 123"}],
}
SHANGHAI = {"display_name": "上海软件有限公司", "address": {"region_code": "CN", "locality": "上海市"}}

Kept = tuple[quote_service_pb2.Quote, order_service_pb2.Order, order_service_pb2.Invoice]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A quote of ten lines with a discount, a purchase order number and two parties, and its half-paid invoice."""
    folder = tmp_path_factory.mktemp("documents")
    deal: dict[str, Any] = {"billing_party": TOKYO, "sold_to_party": SHANGHAI, "purchase_order_number": "PO 4711"}
    lines = [cloud("1234.56", discount={"rate": "0.15"})] * 5 + [data_center(), cloud(user_tier=500)] * 2 + [cloud()]
    with world(f"sqlite:///{folder}/q.db", folder) as made:
        client = made.clients[0]
        quote = create(client, order(*lines, **deal))
        placed = pay(client, accept(client, quote).order, 100000, payment={"reference": "<wire 1>"}).order
        invoice = client.orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=placed.invoice))
    return quote, placed, invoice


@pytest.fixture(scope="module")
def turkish(tmp_path_factory: pytest.TempPathFactory) -> quote_service_pb2.Quote:
    folder = tmp_path_factory.mktemp("turkish")
    with world(f"sqlite:///{folder}/q.db", folder) as made:
        return create(made.clients[0], order(cloud(), data_center()), edition="2024")


class Text(HTMLParser):
    """The text of a page, as a browser shows it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def text_of(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages)


def every_text(sheet: Sheet) -> list[str]:
    parts = [sheet.title, sheet.status]
    parts += [text for fact in sheet.facts for text in fact]
    parts += [text for label, lines in (*sheet.parties, *sheet.notes) for text in (label, *lines)]
    parts += [text for row in (*sheet.lines, *sheet.totals) for text in row]
    return [text for text in parts if text]


def test_a_quote_shows_what_people_expect(turkish: quote_service_pb2.Quote) -> None:
    sheet = quote_sheet(turkish, ["Bank of Examples, IBAN XX00"])
    assert sheet.lines[1][1:] == ("jira (Data Center)", "1", "2026-03-02 to 2027-03-02", "200", "200.00", "", "200.00")
    # 2024: the fee is 7.5 % of the Data Center line, and VAT is 18 % of everything.
    assert sheet.totals == (
        ("Net", "", "300.00"),
        ("Administration fee TR", "7.5 % of 200.00", "15.00"),
        ("VAT TR", "18 % of 315.00", "56.70"),
        ("Total in USD", "", "371.70"),
    )
    facts = dict(sheet.facts)
    assert (facts["Valid through"], facts["Edition of the rules"]) == ("2026-04-01", "2024")
    notes = dict(sheet.notes)
    assert notes["Validity"] == ("It can be accepted through 2026-04-01, as the rules print.",)
    assert notes["Payment details"][-1] == "Bank of Examples, IBAN XX00"
    assert any(turkish.digest in each for each in notes["Terms"])


def test_an_invoice_shows_what_was_paid_and_what_is_open(kept: Kept) -> None:
    _, placed, invoice = kept
    sheet = invoice_sheet(invoice, placed)
    assert dict(sheet.facts)["Purchase order"] == "PO 4711"
    assert [label for label, _ in sheet.parties] == ["Billed to", "End customer"]
    assert sheet.lines[0][6] == "185.18"  # 15 % of 1,234.56
    assert ("Paid", "", "1,000.00") in sheet.totals
    assert sheet.totals[-1][0] == "To pay in USD"
    assert dict(sheet.notes)["Payments"] == ("2026-03-02: 1,000.00 USD by bank transfer, reference <wire 1>",)


def test_an_undecided_quote_says_what_it_lacks(tmp_path: Path) -> None:
    undecided = {**cloud(), "price": {"unit_price": "7", "currency_code": "USD"}}
    with world(f"sqlite:///{tmp_path}/q.db", tmp_path) as made:
        sheet = quote_sheet(create(made.clients[0], order(undecided, place="JP", currency="JPY")))
    assert sheet.totals[-1] == ("Total in JPY", "", "open")
    assert any("order.deal.currency.exchange_rate" in each for each in dict(sheet.notes)["Terms"])


def test_invented_prices_and_unconfirmed_facts_are_said_on_the_quote(tmp_path: Path) -> None:
    invented = {key: value for key, value in cloud().items() if key != "price"} | {"billing_cycle": "annual"}
    german: dict[str, Any] = {"kind": "business", "address": {"region_code": "DE"}}
    german["tax_identifiers"] = [{"kind": "vat", "value": "DE136695976"}]
    with world(f"sqlite:///{tmp_path}/q.db", tmp_path) as made:
        quote = create(made.clients[0], order({**invented, "user_tier": 100}, billing_party=german))
        plain = create(made.clients[0], order(cloud()))
    sheet = quote_sheet(quote)
    (note,) = [lines for heading, lines in sheet.notes if heading == "Please note"]
    assert sheet.status == "open, SAMPLE"
    assert note[0].startswith("Sample: its prices are invented")
    assert any(line.startswith("If so, the total is ") for line in note[1:])
    assert quote_sheet(plain).status == "open"
    assert "Please note" not in dict(quote_sheet(plain).notes)


def test_quote_and_invoice_say_why_there_is_no_tax(tmp_path: Path) -> None:
    dutch: dict[str, Any] = {"kind": "business", "address": {"region_code": "NL"}}
    dutch["tax_identifiers"] = [{"kind": "vat", "value": "NL004495445B01", "register_verdict": "valid"}]
    with world(f"sqlite:///{tmp_path}/q.db", tmp_path) as made:
        client = made.clients[0]
        quote = create(client, order(cloud(), billing_party=dutch))
        placed = accept(client, quote).order
        invoice = client.orders.GetInvoice(order_service_pb2.GetInvoiceRequest(name=placed.invoice))
    for sheet in (quote_sheet(quote), invoice_sheet(invoice, placed)):
        (line,) = dict(sheet.notes)["Taxes not charged"]
        assert line.startswith("VAT NL: ")


@pytest.mark.parametrize("which", ["quote", "invoice"])
def test_a_page_holds_every_text_and_no_markup_of_others(kept: Kept, which: str) -> None:
    quote, placed, invoice = kept
    sheet = quote_sheet(quote) if which == "quote" else invoice_sheet(invoice, placed)
    page = Text(to_html(sheet))
    assert set(every_text(sheet)) <= set(page.found)
    assert not {"東京", "wire"} & set(page.tags)


@pytest.mark.parametrize("which", ["quote", "invoice"])
def test_a_pdf_is_one_page_of_text_in_any_script(kept: Kept, which: str) -> None:
    quote, placed, invoice = kept
    sheet = quote_sheet(quote) if which == "quote" else invoice_sheet(invoice, placed)
    document = to_pdf(sheet)
    assert len(PdfReader(BytesIO(document)).pages) == 1
    found = "".join(text_of(document).split())
    for text in every_text(sheet):
        for word in text.split():
            assert word in found, f"{word} of {text}"
    assert PdfReader(BytesIO(document)).metadata is not None
    assert PdfReader(BytesIO(document)).metadata.title == sheet.title  # type: ignore[union-attr]


def test_letters_without_a_font_are_said_and_not_printed_as_boxes(
    kept: Kept, turkish: quote_service_pb2.Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_font_folders", list)
    monkeypatch.setattr(pdf, "_CJK_NAMES", ())
    monkeypatch.setattr(pdf, "_CJK", {})
    monkeypatch.setattr(pdf, "_CJK_USUAL", "No such font")
    with pytest.raises(FontMissing, match=r"quotary\[cjk\]"):
        to_pdf(quote_sheet(kept[0]))
    assert to_pdf(quote_sheet(turkish)).startswith(b"%PDF")


def test_a_long_order_goes_on_over_pages(tmp_path: Path) -> None:
    with world(f"sqlite:///{tmp_path}/q.db", tmp_path) as made:
        sheet = quote_sheet(create(made.clients[0], order(*[cloud()] * 120)))
    pages = PdfReader(BytesIO(to_pdf(sheet))).pages
    assert len(pages) > 1
    assert all("Unit price" in page.extract_text() for page in pages[:2])
