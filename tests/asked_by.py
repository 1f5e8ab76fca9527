"""Writes the register of who asks each rule, and which figures it is given, with the smallest request that does.

Run it as ``make asked-by`` after rules or vectors have changed; a test says when it is out of date.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format

from figures import Figures, told_apart
from quotary_conformance.contract import Call, call_of, message_class
from quotary_conformance.vectors import load
from quotary_server.app import start
from quotary_server.settings import Settings
from quotary_spec import rules
from quotary_spec.register import asked_by
from quotary_spec.rule import registered_rules

FILE = Path(asked_by.__file__).with_name("generated") / "asked_by.json"
ON_ITS_OWN = "RulebookService.EvaluateRule"


def ask(channel: Any, call: Call, request: dict[str, Any]) -> list[str]:
    """Ids of the rules that a call asks for a request."""
    (response,) = call.send(channel, [json_format.ParseDict(request, message_class(call.request.full_name)())], 30)
    answer = getattr(response, "answer", None)
    return [] if answer is None else list(answer.rule_ids)


def candidates() -> Iterable[tuple[str, str, Call, dict[str, Any]]]:
    """Vector, name of the call, the call and its request, the smallest first and of equals the newest edition's."""
    found = []
    for vector in load():
        call = call_of(vector)
        if vector.error is None and vector.call != ON_ITS_OWN and not (call.streams_requests or call.streams_responses):
            (message,) = call.requests(vector)
            request = json_format.MessageToDict(message, preserving_proto_field_name=True)
            found.append((len(json.dumps(request)), -int(vector.edition), vector.id, vector.call, call, request))
    for _, _, id, name, call, request in sorted(found, key=lambda each: each[:3]):
        yield id, name, call, request


def register(channel: Any, figures: Figures) -> dict[str, Any]:
    """What the file holds."""
    rules.load()
    known = set(registered_rules())
    by_rule: dict[str, dict[str, str]] = {}
    given: dict[str, dict[str, tuple[str, str]]] = {}
    requests: dict[str, Any] = {}
    for id, name, call, request in candidates():
        for rule in ask(channel, call, request):
            if rule in known and name not in by_rule.setdefault(rule, {}):
                by_rule[rule][name] = id
                requests[id] = request
        for rule, key in figures.given():
            if key not in given.setdefault(rule, {}):
                given[rule][key] = name, id
                requests[id] = request
    return {
        "rules": {rule: dict(sorted(calls.items())) for rule, calls in sorted(by_rule.items())},
        "figures": {rule: dict(sorted(keys.items())) for rule, keys in sorted(given.items())},
        "requests": dict(sorted(requests.items())),
    }


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder:
        running = start(Settings(port=0, grace_seconds=0, store_url=f"sqlite:///{folder}/quotary.db"))
        with grpc.insecure_channel(running.address) as channel, told_apart() as figures:
            content = register(channel, figures)
        running.stop()
    FILE.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{len(content['rules'])} rules, {len(content['requests'])} requests\n")


if __name__ == "__main__":
    main()
