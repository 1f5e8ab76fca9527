"""``make bench``: what a priced order costs beside an empty call, and how cost grows with lines.

The host runs in its own process. Product and empty handler are called in turn, in many short slices, by several
callers at once, and the median slice of each side counts, since single runs on a shared machine swing widely.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

import grpc
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.orders import order_of
from bench.users import messages
from quotary.client import Client
from quotary.v1 import quote_service_pb2, tax_service_pb2
from quotary_server.calls.calculate_tax import calculate_tax
from quotary_server.calls.price_quote import price_quote
from quotary_server.ruleset import load_ruleset
from quotary_server.settings import load

SLICES = 30
SLICE_SECONDS = 0.25
CALLERS = 8
PRICE = "/quotary.v1.QuoteService/PriceQuote"
EMPTY = "/quotary.bench.Empty/Call"
BATCH = "/quotary.v1.QuoteService/BatchPriceQuotes"
ITEMS_A_STREAM = 50
GUARD_USERS = 1_000_000
_TICKS = os.sysconf("SC_CLK_TCK")

console = Console(stderr=True)


@dataclass(slots=True)
class Side:
    """What was measured of one handler."""

    rates: list[float] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@contextmanager
def host(lines: int) -> Iterator[tuple[str, int]]:
    """A host process; yields its address and process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.host", str(lines)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.stdin.close()
        process.wait(10)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def run_slice(
    calls: Sequence[Callable[[bytes], object]],
    request: bytes,
    pid: int,
    side: Side,
    seconds: float,
    orders_a_call: int = 1,
) -> None:
    """Call from every caller at once for a while, and note rate, server CPU a call, and times."""
    ending = perf_counter() + seconds
    times: list[list[float]] = [[] for _ in calls]

    def caller(number: int) -> None:
        own, make = times[number], calls[number]
        now = perf_counter()
        while now < ending:
            make(request)
            done = perf_counter()
            own.append(done - now)
            now = done

    threads = [threading.Thread(target=caller, args=(number,)) for number in range(len(calls))]
    before, started = cpu_seconds(pid), perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = sum(map(len, times)) * orders_a_call
    side.rates.append(count / (perf_counter() - started))
    side.server_cpu.append((cpu_seconds(pid) - before) / count)
    side.seconds.extend(each for own in times for each in own)


def caller_of(channel: grpc.Channel, method: str) -> Callable[[bytes], object]:
    """A call that sends and receives bytes as they are, so that the caller costs as little as it can."""
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
    return call


def measure_unary(lines: int, slices: int, seconds: float) -> tuple[Side, Side]:
    """The product's call and the empty one, slice by slice in turn."""
    request = order_of(lines).SerializeToString()
    priced, empty = Side(), Side()
    with host(lines) as (address, pid):
        channels = [grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(CALLERS)]
        price_calls = [caller_of(channel, PRICE) for channel in channels]
        empty_calls = [caller_of(channel, EMPTY) for channel in channels]
        warm = Side()
        run_slice(price_calls, request, pid, warm, 1.0)
        run_slice(empty_calls, request, pid, warm, 1.0)
        for _ in track(range(slices), f"{lines} lines, {slices} slices of each side", console=console):
            run_slice(price_calls, request, pid, priced, seconds)
            run_slice(empty_calls, request, pid, empty, seconds)
        for channel in channels:
            channel.close()
    return priced, empty


def measure_batch(lines: int, slices: int, seconds: float) -> tuple[Side, Side]:
    """Orders through one stream a caller, and one call an order, slice by slice in turn."""
    order = order_of(lines)
    request = order.SerializeToString()
    item = quote_service_pb2.BatchPriceQuotesRequest(request=order).SerializeToString()
    batch, unary = Side(), Side()
    with host(lines) as (address, pid):
        channels = [grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(CALLERS)]
        streams = [stream_of(channel, item) for channel in channels]
        calls = [caller_of(channel, PRICE) for channel in channels]
        for _ in track(range(slices), f"batches, {slices} slices of each side", console=console):
            run_slice(streams, item, pid, batch, seconds, ITEMS_A_STREAM)
            run_slice(calls, request, pid, unary, seconds)
        for channel in channels:
            channel.close()
    return batch, unary


def stream_of(channel: grpc.Channel, item: bytes) -> Callable[[bytes], object]:
    """A call that sends a stream of equal orders and reads every answer."""
    call: grpc.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(BATCH)

    def send(request: bytes) -> object:
        return sum(len(answer) for answer in call(item for _ in range(ITEMS_A_STREAM)))

    return send


def measure_guard(users: int) -> tuple[float, float]:
    """Seconds for a stream of that many users, and the most memory the host then held, in MiB."""
    with host(1) as (address, pid), Client(address) as client:
        list(messages(10_000))
        started = perf_counter()
        counted = client.tiers.CountBillableUsers(messages(users), timeout=600)
        elapsed = perf_counter() - started
        if counted.total_users != users:
            raise RuntimeError(f"{counted.total_users} of {users} users were counted")
        peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
        return elapsed, int(peak.split()[1]) / 1024


def measure_lines() -> Table:
    """Time in process by number of lines: the rule book alone, and with the adapter around it."""
    from quotary_server.adapter.faults import Faults
    from quotary_server.adapter.reading import read_order
    from quotary_spec.rule import tracing
    from quotary_spec.rulebook import DEFAULT_BOOK
    from quotary_spec.rules.quote.total import price_order

    ruleset = load_ruleset(load(port=0))
    table = Table(
        "Lines", "Whole call (us)", "of it rule book (us)", "of it adapter (us)", "us a line", "CalculateTax (us)"
    )
    for lines in (1, 10, 100, 1_000, 10_000):
        request = order_of(lines)
        wire = request.SerializeToString()
        order = read_order(Faults(), "order", request.order)

        def whole(wire: bytes = wire) -> None:
            price_quote(ruleset, quote_service_pb2.PriceQuoteRequest.FromString(wire)).SerializeToString()

        def rules(order: object = order) -> None:
            with tracing():
                price_order(DEFAULT_BOOK, order, ruleset.prices, ruleset.rates)  # type: ignore[arg-type]

        taxed = tax_of(request, price_quote(ruleset, request))

        def tax(taxed: bytes = taxed) -> None:
            calculate_tax(ruleset, tax_service_pb2.CalculateTaxRequest.FromString(taxed)).SerializeToString()

        repeats = max(3, 3_000 // lines)
        of_whole, of_rules, of_tax = cpu_of(whole, repeats), cpu_of(rules, repeats), cpu_of(tax, repeats)
        table.add_row(
            f"{lines:,}",
            f"{of_whole * 1e6:,.0f}",
            f"{of_rules * 1e6:,.0f}",
            f"{(of_whole - of_rules) * 1e6:,.0f}",
            f"{of_whole * 1e6 / lines:,.1f}",
            f"{of_tax * 1e6:,.0f}",
        )
    return table


def tax_of(request: quote_service_pb2.PriceQuoteRequest, quote: quote_service_pb2.PriceQuoteResponse) -> bytes:
    """The tax call for the same order, with the net amounts of its quote."""
    taxed = tax_service_pb2.CalculateTaxRequest(deal=request.order.deal)
    for line in quote.lines:
        taxed.lines.add(product=line.product, net_amount=line.net_amount)
    return taxed.SerializeToString()


def cpu_of(work: Callable[[], None], repeats: int) -> float:
    """Least CPU seconds of one run among five rounds, which is what noise adds least to."""
    work()
    rounds = []
    for _ in range(5):
        started = process_time()
        for _ in range(repeats):
            work()
        rounds.append((process_time() - started) / repeats)
    return min(rounds)


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    """Measure, print tables, and end with lines for machines."""
    priced, empty = measure_unary(10, SLICES, SLICE_SECONDS)
    table = Table("10 lines", "Calls a second", "Server CPU (us)", "p50 (ms)", "p99 (ms)")
    for name, side in (("PriceQuote", priced), ("empty handler", empty)):
        table.add_row(
            name,
            f"{statistics.median(side.rates):,.0f}",
            f"{statistics.median(side.server_cpu) * 1e6:,.0f}",
            f"{quantile(side.seconds, 0.50) * 1e3:.2f}",
            f"{quantile(side.seconds, 0.99) * 1e3:.2f}",
        )
    out = Console()
    out.print(table)
    out.print(measure_lines())
    batch, unary = measure_batch(10, SLICES, SLICE_SECONDS)
    guard_seconds, guard_peak = measure_guard(GUARD_USERS)
    out.print(
        f"{GUARD_USERS:,} users of Guard streamed in {guard_seconds:.1f} s, {guard_peak:.0f} MiB at most in the host"
    )
    figures = {
        "unary_ratio_10_lines": statistics.median(priced.rates) / statistics.median(empty.rates),
        "server_cpu_ratio_10_lines": statistics.median(priced.server_cpu) / statistics.median(empty.server_cpu),
        "batch_ratio": statistics.median(batch.rates) / statistics.median(unary.rates),
        "guard_peak_mib": guard_peak,
    }
    for name, figure in figures.items():
        sys.stdout.write(f"{name}: {figure:.2f}\n")


if __name__ == "__main__":
    main()
