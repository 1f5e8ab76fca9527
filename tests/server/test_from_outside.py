"""A running server as a stranger meets it: `buf curl` and grpcurl, with nothing but reflection to go by."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import json_format
from google.type.money_pb2 import Money

from quotary.v1.quote_service_pb2 import PriceQuoteResponse

ROOT = Path(__file__).resolve().parents[2]

# 200.00 less 10 % and 100.00 less 10 % are 270.00; the fee is 7.5 % of the first, 13.50; 18 % of 283.50 are 51.03.
TURKISH_ORDER = {
    "edition": "2026",
    "order": {
        "deal": {
            "order_date": {"year": 2026, "month": 3, "day": 1},
            "billing_party": {"address": {"region_code": "TR"}},
        },
        "lines": [
            {
                "product": {"id": "jira", "platform": "PLATFORM_DATA_CENTER"},
                "price": {"unit_price": "200"},
                "discount": {"rate": "0.10"},
            },
            {
                "product": {"id": "confluence", "platform": "PLATFORM_CLOUD"},
                "price": {"unit_price": "100"},
                "discount": {"rate": "0.10"},
            },
        ],
    },
}
TOTAL = Money(currency_code="USD", units=334, nanos=530_000_000)
SERVICES = {
    "grpc.health.v1.Health",
    "quotary.v1.QuoteService",
    "quotary.v1.TaxService",
    "quotary.v1.RulebookService",
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a server that was started as users start it listens."""
    command = [str(Path(sys.executable).with_name("quotary")), "serve", "--port", "0"]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout
        try:
            found = re.search(r"listens on (\S+:\d+)", server.stdout.readline())
            assert found
            yield found[1]
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=20) == 0
        finally:
            server.kill()


def run(*command: str | Path) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def grpcurl() -> str:
    """Built by .ci/run; there is none in the Python environment."""
    built = ROOT / ".build" / "bin" / "grpcurl"
    found = str(built) if built.exists() else shutil.which("grpcurl")
    if not found:
        pytest.skip("grpcurl is neither built (.ci/run does it) nor installed")
    return found


def test_buf_curl_prices_an_order(address: str) -> None:
    url = f"http://{address}/quotary.v1.QuoteService/PriceQuote"
    buf = Path(sys.executable).with_name("buf")
    answer = json_format.Parse(
        run(buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d", json.dumps(TURKISH_ORDER), url),
        PriceQuoteResponse(),
    )
    assert answer.total == TOTAL


def test_grpcurl_prices_an_order(address: str, grpcurl: str) -> None:
    call = "quotary.v1.QuoteService/PriceQuote"
    # Reflection leaves JSON names out, so that grpcurl prints names as the contract writes them; both are read alike.
    text = run(grpcurl, "-plaintext", "-d", json.dumps(TURKISH_ORDER), address, call)
    answer = json_format.Parse(text, PriceQuoteResponse())
    assert answer.total == TOTAL


def test_grpcurl_lists_the_services(address: str, grpcurl: str) -> None:
    assert set(run(grpcurl, "-plaintext", address, "list").split()) >= SERVICES


def test_grpcurl_describes_a_method_a_field_and_a_detail_with_their_comments(address: str, grpcurl: str) -> None:
    method = run(grpcurl, "-plaintext", address, "describe", "quotary.v1.QuoteService.PriceQuote")
    assert "rpc PriceQuote" in method
    assert "Prices and taxes an order under one edition" in method
    message = run(grpcurl, "-plaintext", address, "describe", "quotary.v1.PriceQuoteRequest")
    assert "// " in message
    assert "message BadRequest" in run(grpcurl, "-plaintext", address, "describe", "google.rpc.BadRequest")


def test_grpcurl_spells_out_the_violations_of_a_request(address: str, grpcurl: str) -> None:
    faulty = {"order": {"deal": {}, "lines": [{"product": {"id": "nope"}}]}}
    call = "quotary.v1.QuoteService/PriceQuote"
    command = [grpcurl, "-plaintext", "-d", json.dumps(faulty), address, call]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode != 0
    assert "UNKNOWN_PRODUCT" in finished.stderr
    assert "order.lines[0].product.id" in finished.stderr


def test_grpcurl_finds_the_server_healthy(address: str, grpcurl: str) -> None:
    answer = json.loads(run(grpcurl, "-plaintext", address, "grpc.health.v1.Health/Check"))
    assert answer == {"status": "SERVING"}
