"""The command line over the whole life of an order, on a store of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from quotary.cli.app import app

ORDER = """
deal:
  channel: direct
  billing_experience: improved
  billing_party: {kind: business, display_name: 株式会社 東京, address: {region_code: TR}}
lines:
  - product: {id: jira, platform: cloud, plan: standard}
    action: new
    billing_cycle: annual
    price: {unit_price: "100"}
"""


class Shell:
    """Runs commands against one store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'q.db'}"
        self.environment = {"QUOTARY_STORE_URL": self.url, "COLUMNS": "200", "NO_COLOR": "1"}
        (folder / "order.yaml").write_text(ORDER, "utf-8")

    def run(self, *words: str, fails: bool = False) -> Result:
        done = CliRunner().invoke(app, list(words), env=self.environment, catch_exceptions=True)
        assert (done.exit_code != 0) is fails, done.output
        return done

    def create(self, *words: str) -> tuple[str, str]:
        """Number and digest of a new quote."""
        made = json.loads(self.run("create", str(self.folder / "order.yaml"), "--json", *words).output)
        return made["name"].removeprefix("quotes/"), made["digest"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_an_order_from_its_quote_to_its_refund(shell: Shell) -> None:
    number, digest = shell.create("--customer", "c-1", "--po", "PO 8")
    shown = shell.run("quote", number).output
    assert all(each in shown for each in ("open", digest, "PO 8", "118.00", "VAT TR"))
    assert number[:6] in shell.run("quotes", "--state", "open", "--customer", "c-1").output
    assert "TAX-AMOUNT" in shell.run("quote", number, "--explain").output
    assert "PO 9" in shell.run("revise", number, "--po", "PO 9").output
    placed = shell.run("accept", number, "--digest", digest[:8])
    assert "awaiting payment" in placed.output
    assert "partly paid" in shell.run("pay", number, "18.00 USD", "--reference", "wire 3").output
    assert "since" in shell.run("pay", number, "--method", "credit_card", "--brand", "visa").output
    invoice = shell.run("invoice", number).output
    assert all(each in invoice for each in ("paid", "PO 9", "wire 3", "株式会社 東京"))
    assert "118.00 USD" in shell.run("refund", number, "--check").output
    assert "refunds/1" in shell.run("refund", number, "--line", "1", "--note", "as agreed").output
    assert "lines" in shell.run("refunds", number).output
    listed = json.loads(shell.run("orders", "--state", "refunded", "--json").output)
    assert [each["name"] for each in listed["orders"]] == [f"orders/{number}"]
    assert "REFUND" not in shell.run("order", number, "--explain").output


def test_a_call_repeated_with_its_id_has_no_second_effect(shell: Shell) -> None:
    id = "0b0e3a5e-6a54-4b5c-9d52-8d1f0a2d7c11"
    assert shell.create("--request-id", id) == shell.create("--request-id", id)
    assert json.loads(shell.run("change", id).output)["method"] == "quotary.v1.QuoteService/CreateQuote"


def test_tokens_are_added_listed_and_revoked(shell: Shell) -> None:
    file = str(shell.folder / "callers.toml")
    given = shell.run("token", "add", "desk", "--tenant", "acme", "--role", "seller", "--days", "9", "--callers", file)
    token = given.output.splitlines()[-1]
    assert token.startswith("qt_")
    shell.run("token", "add", "till", "--role", "cashier", "--callers", file)
    listed = shell.run("token", "list", "--callers", file).output
    assert "acme" in listed
    assert token not in listed
    id = re.search(r"\S*\b[0-9a-f]{8}\b", listed)
    assert id is not None
    shell.run("token", "revoke", id[0], "--callers", file)
    left = shell.run("token", "list", "--callers", file).output
    assert "desk" not in left
    assert "till" in left
    shell.run("token", "revoke", id[0], "--callers", file, fails=True)
    shell.run("token", "add", "desk", "--role", "king", "--callers", file, fails=True)
    shell.run("token", "list", fails=True)


def test_what_is_only_checked_is_not_kept(shell: Shell) -> None:
    shell.run("create", str(shell.folder / "order.yaml"), "--check")
    assert shell.run("quotes").output == ""


def test_documents_are_written(shell: Shell) -> None:
    number, digest = shell.create()
    details = shell.folder / "bank.txt"
    details.write_text("Bank of Examples\nIBAN XX00\n", "utf-8")
    pdf, html = shell.folder / "q.pdf", shell.folder / "q.html"
    shell.run("quote", number, "--pdf", str(pdf), "--html", str(html), "--details", str(details))
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "IBAN XX00" in html.read_text("utf-8")
    shell.run("accept", number, "--digest", digest)
    shell.run("invoice", number, "--pdf", str(pdf))
    assert pdf.stat().st_size > 1000


def test_the_store_is_made_copied_and_audited(shell: Shell) -> None:
    assert "nothing to 0003" in shell.run("migrate").output
    assert "already" in shell.run("migrate").output
    number, digest = shell.create()
    shell.run("accept", number, "--digest", digest)
    copy = shell.folder / "copy.db"
    shell.run("backup", str(copy))
    shell.run("backup", str(copy), fails=True)
    assert re.search(r"^audited: 2 differing: 0$", shell.run("audit", "--store-url", f"sqlite:///{copy}").output, re.M)


@pytest.mark.parametrize(
    "words",
    [
        ("quotes", "--state", "lost"),
        ("accept", "AT-0000000", "--digest", "00000000"),
        ("migrate", "--store-url", "mysql://nowhere/x"),
        ("audit", "--store-url", "sqlite:////no/such/folder/q.db?mode=ro"),
        ("pay", "AT-0000000", "a lot"),
    ],
)
def test_what_cannot_be_done_is_said(shell: Shell, words: tuple[str, ...]) -> None:
    shell.run(*words, fails=True)


TWO_LINES = (
    ORDER
    + """
  - product: {id: confluence, platform: cloud, plan: standard}
    action: new
    billing_cycle: annual
    price: {unit_price: "50"}
"""
)


def test_lines_are_counted_as_they_are_printed_and_named(shell: Shell) -> None:
    (shell.folder / "order.yaml").write_text(TWO_LINES, "utf-8")
    number, digest = shell.create()
    shell.run("accept", number, "--digest", digest)
    shell.run("pay", number)
    printed = json.loads(shell.run("invoice", number, "--json").output)
    assert [each["product"]["id"] for each in printed["lines"]] == ["jira", "confluence"]
    looked = shell.run("refund", number, "--line", "2", "--check").output
    assert "line 2, confluence standard (Cloud): 50.00 USD net" in looked
    assert "line 1" not in looked
    shell.run("refund", number, "--line", "0", fails=True)


@pytest.mark.parametrize(
    "words",
    [
        ("quotes",),
        ("orders",),
        ("refunds",),
        ("audit",),
        ("quote", "AT-0000000"),
        ("revise", "AT-0000000", "--po", "PO 1"),
    ],
)
def test_a_command_that_reads_makes_no_store(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell.run(*words, fails=True)
    assert done.exit_code == 2
    assert "There is no store at" in done.output
    assert not (shell.folder / "q.db").exists()


def test_an_audit_names_its_store_and_an_empty_one_is_no_success(shell: Shell) -> None:
    shell.run("migrate")
    assert "nothing was audited" in shell.run("audit", fails=True).output
    shell.create()
    assert shell.url in shell.run("audit").output


def test_a_list_that_is_piped_has_a_row_a_line_with_nothing_broken(shell: Shell) -> None:
    shell.environment["COLUMNS"] = "40"
    number, _ = shell.create("--customer", "a customer whose id is long enough to wrap in any table")
    rows = [line.split("\t") for line in shell.run("quotes").output.splitlines()]
    assert [(row[0], row[3], row[4]) for row in rows] == [
        (number, "a customer whose id is long enough to wrap in any table", "118.00 USD")
    ]


def test_a_card_that_is_named_and_not_charged_is_told_with_what_is_missing(shell: Shell) -> None:
    (shell.folder / "order.yaml").write_text(ORDER.replace("  billing_experience: improved\n", ""), "utf-8")
    number, digest = shell.create()
    accepted = shell.run("accept", number, "--digest", digest, "--method", "credit_card").output
    assert "Nothing was charged by credit card" in accepted
    assert "deal.billing_experience" in accepted
    assert f"quotary pay {number}" in accepted


def test_since_when_a_monthly_line_is_paid_for_is_told_with_its_refund(shell: Shell) -> None:
    line = "\n    ".join(
        ("  - product: {id: jira, platform: cloud, plan: standard}", "action: renewal", "billing_cycle: monthly")
    )
    order = ORDER.partition("  - product")[0] + line + '\n    price: {unit_price: "5", months: 1}\n'
    (shell.folder / "order.yaml").write_text(order, "utf-8")
    number, digest = shell.create()
    shell.run("accept", number, "--digest", digest)
    shell.run("pay", number, "--method", "credit_card")
    assert "service_start_date" in str(shell.run("refund", number, fails=True).exception)
    shell.run("refund", number, "--service-start", "2020-01-01", fails=True)
    today = json.loads(shell.run("order", number, "--json").output)["deal"]["order_date"]
    day = "-".join(f"{today[part]:02}" for part in ("year", "month", "day")) if isinstance(today, dict) else today
    told = json.loads(shell.run("refund", number, "--service-start", day, "--json").output)
    assert [each["position"] for each in told["histories"]] == [0]
