"""What it costs to keep: durable quotes a second beside the raw pair of inserts, and lists as rows grow.

``python -m bench.store`` prints the figures; ``bench.bench`` takes them from ``measure_create`` and ``measure_lists``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import grpc
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import insert

from bench.orders import order_of
from quotary.v1 import quote_service_pb2
from quotary_server.calls.list_quotes import list_quotes
from quotary_server.settings import load
from quotary_server.store.quotes import ACCEPTED, EXPIRED, OPEN
from quotary_server.store.store import Store
from quotary_server.store.tables import QUOTE_REVISIONS, QUOTE_STANDINGS

CREATE = "/quotary.v1.QuoteService/CreateQuote"
RAW = "/quotary.bench.Raw/Call"
CALLERS = 8
SLICES = 25
SLICE_SECONDS = 0.3
LIST_ROWS = (10_000, 100_000, 1_000_000)
CUSTOMERS = 50

console = Console(stderr=True)


@dataclass(slots=True)
class Side:
    """What was measured of one handler."""

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Calls a second in the median slice."""
        return statistics.median(self.rates)


@contextmanager
def host(store_url: str, lines: int) -> Iterator[str]:
    """A host process; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.store_host", store_url, str(lines)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(20)


def measure_create(store_url: str | None = None, lines: int = 10, slices: int = SLICES) -> tuple[Side, Side]:
    """CreateQuote and the raw pair of inserts, by the same callers, slice by slice in turn on one store.

    Args:
        store_url: Store to fill; by default a SQLite file that is removed.
    """
    with tempfile.TemporaryDirectory() as folder, host(store_url or f"sqlite:///{folder}/bench.db", lines) as address:
        order = quote_service_pb2.Quote(order=order_of(lines).order)
        request = quote_service_pb2.CreateQuoteRequest(quote=order).SerializeToString()
        channels = [grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(CALLERS)]
        sides = {CREATE: Side(), RAW: Side()}
        for method in sides:
            run_slice(channels, method, request, Side(), 1.0)
        for _ in track(range(slices), f"durable quotes, {slices} slices of each side", console=console):
            for method, side in sides.items():
                run_slice(channels, method, request, side, SLICE_SECONDS)
        for channel in channels:
            channel.close()
    return sides[CREATE], sides[RAW]


def run_slice(channels: list[grpc.Channel], method: str, request: bytes, side: Side, seconds: float) -> None:
    """Call from every caller at once for a while, each call with a request id of its own."""
    ending = perf_counter() + seconds
    times: list[list[float]] = [[] for _ in channels]

    def caller(own: list[float], call: Callable[[bytes], object]) -> None:
        now = perf_counter()
        while now < ending:
            # Field 2 of the request, a text of 36 bytes, written behind the others.
            call(request + b"\x12\x24" + str(uuid.uuid4()).encode())
            done = perf_counter()
            own.append(done - now)
            now = done

    threads = [
        threading.Thread(target=caller, args=(own, channel.unary_unary(method)))
        for own, channel in zip(times, channels, strict=True)
    ]
    started = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    side.rates.append(sum(map(len, times)) / (perf_counter() - started))
    side.seconds.extend(each for own in times for each in own)


def measure_lists(rows: tuple[int, ...] = LIST_ROWS) -> dict[str, list[float]]:
    """Milliseconds of a page of 100 quotes, for each filter and each number of rows."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = Store(load(store_url=f"sqlite:///{folder}/lists.db"))
        filled = 0
        for count in rows:
            fill(store, filled, count)
            filled = count
            for name, request in list_requests().items():
                found.setdefault(name, []).append(milliseconds_of_page(store, request))
        store.close()
    return found


def list_requests() -> dict[str, quote_service_pb2.ListQuotesRequest]:
    """The filters that are measured."""
    return {
        "all": quote_service_pb2.ListQuotesRequest(),
        "open": quote_service_pb2.ListQuotesRequest(states=[OPEN]),
        "expired": quote_service_pb2.ListQuotesRequest(states=[EXPIRED]),
        "of one customer": quote_service_pb2.ListQuotesRequest(customer_id="customer-7"),
        "accepted, of one customer": quote_service_pb2.ListQuotesRequest(states=[ACCEPTED], customer_id="customer-7"),
    }


def milliseconds_of_page(store: Store, request: quote_service_pb2.ListQuotesRequest) -> float:
    """The median of the first page and of the pages after it."""
    times = []
    token = ""
    for _ in range(15):
        request.page_token = token
        started = perf_counter()
        page = list_quotes(store, request)
        times.append((perf_counter() - started) * 1000)
        token = page.next_page_token
    request.page_token = ""
    return statistics.median(times)


def fill(store: Store, first: int, count: int) -> None:
    """Rows of quotes, the newest hundredth open, others accepted or expired, as years of use leave them."""
    database = store.open()
    for start in track(range(first, count, 20_000), f"filling to {count:,} rows", console=console):
        numbers = range(start, min(start + 20_000, count))
        revisions, standings = [], []
        for n in numbers:
            number = f"AT-{n:07d}"
            message = quote_service_pb2.Quote(
                name=f"quotes/{number}", revision=1, customer_id=f"customer-{n % CUSTOMERS}"
            )
            row = {"number": number, "revision": 1, "expire_time": None if n % 100 == 0 else 1}
            state = OPEN if n % 100 == 0 else ACCEPTED if n % 3 else EXPIRED
            revisions.append(
                {
                    **row,
                    "digest": "",
                    "currency": "USD",
                    "total": 1,
                    "message": message.SerializeToString(),
                    "trace": b"",
                    "create_time": n,
                }
            )
            standings.append({**row, "customer_id": message.customer_id, "state": state})
        with database.engine.execution_options(quotary_writes=True).begin() as connection:
            connection.execute(insert(QUOTE_REVISIONS), revisions)
            connection.execute(insert(QUOTE_STANDINGS), standings)


def main() -> None:
    """Measure, print tables, and end with lines for machines."""
    out = Console()
    table = Table("8 callers", "Calls a second", "p50 (ms)", "p99 (ms)")
    ratios = {}
    for lines, name in ((10, "durable_create_ratio"), (1, "durable_create_ratio_1_line")):
        created, raw = measure_create(lines=lines)
        ratios[name] = created.rate / raw.rate
        for what, side in ((f"CreateQuote, {lines} lines", created), ("raw pair of inserts of that size", raw)):
            ordered = sorted(side.seconds)
            table.add_row(
                what,
                f"{side.rate:,.0f}",
                f"{ordered[len(ordered) // 2] * 1e3:.2f}",
                f"{ordered[len(ordered) * 99 // 100] * 1e3:.2f}",
            )
    out.print(table)
    pages = measure_lists()
    lists = Table("A page of 100 quotes (ms)", *(f"{rows:,} rows" for rows in LIST_ROWS))
    for name, times in pages.items():
        lists.add_row(name, *(f"{each:.2f}" for each in times))
    out.print(lists)
    for name, ratio in ratios.items():
        sys.stdout.write(f"{name}: {ratio:.2f}\n")
    sys.stdout.write(f"list_growth: {max(times[-1] / times[0] for times in pages.values()):.2f}\n")


if __name__ == "__main__":
    main()
