"""The clients as far as Python can tell: generated code is of this contract, and what all share is one thing."""

import json
from pathlib import Path
from typing import Any

import check
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


@pytest.mark.parametrize("client", check.CLIENTS.values(), ids=check.CLIENTS)
def test_a_client_has_the_version_of_the_project(client: check.Client) -> None:
    if not (client.folder / "check.sh").is_file():
        pytest.skip(f"there is no client in {client.language} yet")
    assert check.version_of(client) == check.project_version()


def scripted(folder: Path, script: str) -> check.Client:
    """A client whose check is this."""
    folder.mkdir(parents=True)
    (folder / "check.sh").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / "check.sh").chmod(0o755)
    (folder / "version").write_text("0.1.0\n", "utf-8")
    return check.Client(folder.name, (), ("version", r"^(.+)$"))


@pytest.mark.parametrize(
    ("script", "well", "says"),
    [
        ("echo target $1; echo vectors: 7 of 7", True, "clients: 1 of 1, vectors: 7 of 7 each"),
        ("echo vectors: 6 of 7", False, "its last line is 'vectors: 6 of 7'"),
        ("echo vectors: 7 of 7; exit 3", False, "exit status 3"),
        ("echo vectors: 7 of 7; echo and more", False, "its last line is 'and more'"),
    ],
)
def test_what_a_client_says_is_judged(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str,
    well: bool,
    says: str,
) -> None:
    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setattr(check, "LOGS", tmp_path)
    monkeypatch.setattr(stubs, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\n', "utf-8")
    client = scripted(tmp_path / "clients" / "go", script)
    assert check.measure([client], "127.0.0.1:1", in_ci=True) is well
    assert says in capsys.readouterr().out


def test_a_language_without_its_tools_fails_in_ci_and_is_told_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    client = check.Client("cobol", ("no-such-tool",), ("version", ""))
    assert not check.measure([client], "127.0.0.1:1", in_ci=True)
    assert "no-such-tool is not installed" in capsys.readouterr().out
