"""``make crash``: kill the server again and again under load, and look whether anything was lost or done twice.

Clients create, accept, pay and refund at once, some of them racing for the same quote or order. At seeded points (after
a number of answers, and a moment more) the server gets SIGKILL and is started again on the same store. After each start

- every change that was answered is there, with the very answer (else it is lost), and
- every call whose answer never came is repeated with its request id.

In the end the whole history is put against the store: each quote, order, payment and refund in it belongs to exactly
one request id (else it is doubled), and every order's amounts are those of the history, by line and component.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lifecycle.world import (
    accept,
    cloud,
    create,
    data_center,
    minor,
    order,
    pay,
    reason_of,
    refund,
    request_id,
)
from quotary.v1 import (
    change_service_pb2,
    change_service_pb2_grpc,
    order_service_pb2,
    order_service_pb2_grpc,
    quote_service_pb2,
    quote_service_pb2_grpc,
    refund_service_pb2,
    refund_service_pb2_grpc,
)

CLIENTS = 8
CALL_SECONDS = 30


@dataclass
class Call:
    """One changing call: what is asked, and what came of it (None while that is not known)."""

    id: str
    make: Callable[[Any], Any]
    answer: Any = None
    refusal: str = ""
    checked: bool = False

    @property
    def settled(self) -> bool:
        """Whether it was answered or refused."""
        return self.answer is not None or bool(self.refusal)


@dataclass
class History:
    """Every call that was made, and what the clients know of."""

    calls: list[Call] = field(default_factory=list)
    quotes: list[Any] = field(default_factory=list)
    orders: list[Any] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    answered: int = 0

    def note(self, call: Call) -> None:
        """Count an answer, and make what it tells known to all clients."""
        with self.lock:
            self.answered += 1
            if isinstance(call.answer, quote_service_pb2.Quote):
                self.quotes.append(call.answer)
            elif isinstance(call.answer, quote_service_pb2.AcceptQuoteResponse):
                self.orders.append(call.answer.order)


class Server:
    """``quotary serve`` as users start it, on one port and one store."""

    def __init__(self, store_url: str) -> None:
        self.environment = {**os.environ, "QUOTARY_STORE_URL": store_url, "QUOTARY_LOG_LEVEL": "error"}
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        command = [str(Path(sys.executable).with_name("quotary")), "serve", "--port", str(self.port)]
        environment = {**self.environment, "COLUMNS": "200", "NO_COLOR": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"listens on \S+:(\d+)", said)
        if found is None:
            raise SystemExit(f"the server did not start: {said!r}")
        self.port = int(found[1])

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End it, by default without any warning."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def client(self) -> SimpleNamespace:
        """Stubs that never repeat a call by themselves."""
        channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", [("grpc.enable_retries", 0)])
        return SimpleNamespace(
            quotes=quote_service_pb2_grpc.QuoteServiceStub(channel),
            orders=order_service_pb2_grpc.OrderServiceStub(channel),
            refunds=refund_service_pb2_grpc.RefundServiceStub(channel),
            changes=change_service_pb2_grpc.ChangeServiceStub(channel),
            close=channel.close,
        )


def choose(history: History, chance: random.Random) -> Call:
    """What a client does next; what there is to accept, pay or refund is shared, so that clients race for it."""
    id = request_id()
    with history.lock:
        quotes, orders = history.quotes[-12:], history.orders[-12:]
    what = chance.random()
    if what < 0.35 or not quotes:
        lines = [chance.choice((cloud, data_center))(chance.choice(("0.05", "33.33", "100.00"))) for _ in range(2)]
        place = chance.choice(("TR", "QC"))
        return Call(id, lambda client: create(client, order(*lines, place=place), request_id=id, **TODAY))
    if what < 0.6 or not orders:
        quote = chance.choice(quotes)
        return Call(id, lambda client: accept(client, quote, request_id=id))
    placed = chance.choice(orders)
    if what < 0.8:
        part = max(1, minor(placed.total) // chance.choice((1, 1, 2)))
        return Call(id, lambda client: pay(client, placed, part, request_id=id))
    positions = chance.choice((None, [0], [1]))
    return Call(id, lambda client: refund(client, placed, positions, request_id=id))


TODAY: dict[str, Any] = {}


def settle(call: Call, client: Any, history: History) -> bool:
    """Make a call; false when its outcome is not known."""
    try:
        answer = call.make(client)
    except grpc.RpcError as error:
        if error.code() not in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED):
            if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                return False
            raise
        call.refusal = reason_of(error)
    else:
        call.answer = answer
    history.note(call)
    return True


def load(server: Server, history: History, seed: int, stop: threading.Event, faults: list[BaseException]) -> None:
    """One client: call after call until the server is gone."""
    chance = random.Random(seed)
    client = server.client()
    try:
        while not stop.is_set():
            call = choose(history, chance)
            with history.lock:
                history.calls.append(call)
            if not settle(call, client, history):
                return
    except BaseException as error:
        faults.append(error)
    finally:
        client.close()


def kill_under_load(server: Server, history: History, chance: random.Random) -> None:
    """Let clients work, and kill the server after a seeded number of answers and a moment more."""
    stop = threading.Event()
    faults: list[BaseException] = []
    threads = [
        threading.Thread(target=load, args=(server, history, chance.getrandbits(64), stop, faults))
        for _ in range(CLIENTS)
    ]
    until = history.answered + chance.randint(CLIENTS, 60)
    patience = time.monotonic() + CALL_SECONDS
    for thread in threads:
        thread.start()
    while history.answered < until and not faults:
        if time.monotonic() > patience:
            raise SystemExit("the server does not answer")
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.004))
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def check_answers(client: Any, history: History) -> int:
    """How many answered changes are not there, or are there with another answer; each is looked at once."""
    lost = 0
    for call in history.calls:
        if call.answer is None or call.checked:
            continue
        call.checked = True
        try:
            change = client.changes.GetChange(change_service_pb2.GetChangeRequest(name=f"changes/{call.id}"))
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            lost += 1
            continue
        lost += getattr(change, change.WhichOneof("result")) != call.answer
    return lost


def everything(ask: Callable[[Any], Any], request: Any) -> Iterator[Any]:
    """All entries of a list, page by page."""
    request.page_size = 500
    while True:
        page = ask(request)
        for field_of_page, entries in page.ListFields():
            if field_of_page.name != "next_page_token":
                yield from entries
        request.page_token = page.next_page_token
        if not request.page_token:
            return


def check_store(client: Any, history: History) -> tuple[int, int]:
    """The whole store against the whole history: how many effects are missing, and how many nobody asked for."""
    answers = [call.answer for call in history.calls if call.answer is not None]
    told: Counter[str] = Counter()
    expected: dict[str, dict[str, Any]] = {}
    for answer in answers:
        if isinstance(answer, quote_service_pb2.Quote):
            told[answer.name] += 1
        elif isinstance(answer, quote_service_pb2.AcceptQuoteResponse):
            told[answer.order.name] += 1
            expected[answer.order.name] = {"total": minor(answer.order.total), "paid": 0, "refunded": 0}
    for answer in answers:
        if isinstance(answer, order_service_pb2.RecordPaymentResponse):
            told[answer.payment.name] += 1
            expected[answer.order.name]["paid"] += minor(answer.payment.amount)
        elif isinstance(answer, refund_service_pb2.Refund):
            told[answer.name] += 1
            expected[answer.name.partition("/refunds/")[0]]["refunded"] += minor(answer.total)
    found: Counter[str] = Counter()
    found.update(each.name for each in everything(client.quotes.ListQuotes, quote_service_pb2.ListQuotesRequest()))
    found.update(
        each.name
        for each in everything(client.refunds.ListRefunds, refund_service_pb2.ListRefundsRequest(parent="orders/-"))
    )
    wrong = 0
    for each in everything(client.orders.ListOrders, order_service_pb2.ListOrdersRequest()):
        found[each.name] += 1
        found.update(payment.name for payment in each.payments)
        amounts = {
            "total": minor(each.total),
            "paid": minor(each.paid_amount),
            "refunded": minor(each.refunded_amount),
        }
        wrong += amounts != expected.get(each.name)
        wrong += sum(minor(payment.amount) for payment in each.payments) != amounts["paid"] or above_paid(each)
    return (told - found).total(), (found - told).total() + wrong


def above_paid(placed: order_service_pb2.Order) -> bool:
    """Whether more was returned of any component of any line than was paid on it."""
    for line in placed.paid_order.lines:
        paid = {(tax.tax, tax.region_code, tax.locality): minor(tax.amount) for tax in line.paid.taxes}
        back = {(tax.tax, tax.region_code, tax.locality): minor(tax.amount) for tax in line.refunded.taxes}
        if minor(line.refunded.net_amount) > minor(line.paid.net_amount):
            return True
        if minor(line.refunded.fee_amount) > minor(line.paid.fee_amount):
            return True
        if any(amount > paid.get(key, 0) for key, amount in back.items()):
            return True
    return False


def run(store_url: str, kills: int, seed: int, say: Callable[[str], None] = print) -> tuple[int, int]:
    """Kill the server so many times; how many effects were lost, and how many done twice."""
    TODAY["edition"] = "2024"  # sells what these orders hold on any day
    chance = random.Random(seed)
    history = History()
    server = Server(store_url)
    server.start()
    client = server.client()
    if client.quotes.ListQuotes(quote_service_pb2.ListQuotesRequest(page_size=1)).quotes:
        server.kill()
        raise SystemExit("the store has quotes already: name an empty one")
    client.close()
    lost = doubled = 0
    for number in range(1, kills + 1):
        kill_under_load(server, history, chance)
        server.start()
        client = server.client()
        lost += check_answers(client, history)
        open_calls = [call for call in history.calls if not call.settled]
        for call in open_calls:
            if not settle(call, client, history):
                raise SystemExit("a repeated call was not answered")
        client.close()
        if number % 20 == 0 or number == kills:
            say(f"{number} kills, {len(history.calls)} calls, {history.answered} answered")
    client = server.client()
    lost += check_answers(client, history)
    missing, more = check_store(client, history)
    client.close()
    server.kill(signal.SIGTERM)
    return lost + missing, doubled + more


def main() -> None:
    """Read the command line, run, and end with what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20260302)
    parser.add_argument("--store-url", help="an empty store; by default a SQLite file that is removed")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.store_url or f"sqlite:///{folder}/crash.db"
        lost, doubled = run(url, chosen.kills, chosen.seed)
    print(f"kills: {chosen.kills} lost: {lost} doubled: {doubled}")
    sys.exit(1 if lost or doubled else 0)


if __name__ == "__main__":
    main()
