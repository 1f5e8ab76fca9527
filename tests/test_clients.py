"""The clients as far as Python can tell: generated code is of this contract, and what all share is one thing."""

import json
from pathlib import Path
from typing import Any

import pytest
import stubs
from google.protobuf import json_format

from quotary.v1 import quote_service_pb2

ROOT = Path(__file__).resolve().parents[1]
CASES: dict[str, Any] = json.loads((ROOT / "clients" / "helper-cases.json").read_text("utf-8"))


def test_generated_code_is_of_this_contract() -> None:
    assert stubs.stale() == [], "run `make stubs` and commit"


def test_another_contract_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "proto" / "quotary").mkdir(parents=True)
    contract = tmp_path / "proto" / "quotary" / "a.proto"
    contract.write_text("message A {}", "utf-8")
    folder = tmp_path / "clients" / "go"
    folder.mkdir(parents=True)
    script = folder / "stubs.sh"
    script.write_text("#!/bin/sh\ntouch made\n", "utf-8")
    script.chmod(0o755)
    monkeypatch.setattr(stubs, "ROOT", tmp_path)
    assert stubs.stale() == ["go"]
    stubs.make([])
    assert (folder / "made").exists()
    assert stubs.stale() == []
    contract.write_text("message B {}", "utf-8")
    assert stubs.stale() == ["go"]


@pytest.mark.parametrize("case", CASES["priced"])
def test_the_answers_of_the_shared_cases_are_of_the_contract(case: dict[str, Any]) -> None:
    message = json_format.ParseDict(case["response"], quote_service_pb2.PriceQuoteResponse())
    assert json_format.MessageToDict(message, preserving_proto_field_name=True) == case["response"]
    assert case["explained"] == f"{case['receipt']}\n{case['explained_answer']}"
