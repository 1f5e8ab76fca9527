"""The release: the same tree gives the same bytes, and what is in it is what stands in the vector files."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

import release
from quotary_conformance import data, schemas, strict_yaml
from quotary_conformance.comparing import differences
from quotary_conformance.contract import call_of, calls, message_class
from quotary_conformance.knowledge import Knowledge
from quotary_conformance.matchers import from_matcher
from quotary_conformance.running import Manner, run
from quotary_conformance.vectors import Vector, load
from sampling import every

ROOT = Path(__file__).resolve().parents[2]
VECTORS = load()


ELSEWHERE = """
import hashlib, json, sys
import release
named = {id: frozenset(ids) for id, ids in json.load(sys.stdin).items()}
made = release.artefact([each for each in release.load() if each.id in named], named)
print(json.dumps({name: hashlib.sha256(content).hexdigest() for name, content in made.items()}))
"""


def test_the_same_tree_gives_the_same_bytes(named: Mapping[str, frozenset[str]], tmp_path: Path) -> None:
    some = {each.id: named.get(each.id, frozenset()) for each in every(10, VECTORS)}
    made = release.artefact([each for each in VECTORS if each.id in some], some)
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kolkata", "LC_ALL": "C"}
    given = json.dumps({id: sorted(ids, reverse=True) for id, ids in some.items()})
    run = [sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(run, input=given, check=True, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert json.loads(done.stdout) == {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}


def test_released_vectors_ask_and_expect_what_their_files_say(shipped: list[Vector]) -> None:
    assert [each.name for each in shipped] == [each.name for each in VECTORS]
    for mine, theirs in zip(shipped, VECTORS, strict=True):
        call = call_of(mine)
        assert call.requests(mine) == call.requests(replace(theirs, view=mine.view)), mine.name
        assert mine.view in (theirs.view, "VIEW_FULL"), mine.name
        assert (mine.level, mine.error, mine.cites, mine.working) == (
            theirs.level,
            theirs.error,
            theirs.cites,
            theirs.working,
        )
        assert [(each.ruling, each.id) for each in mine.readings] == [
            (each.ruling, each.id) for each in theirs.readings
        ]


def test_the_reference_agrees_with_what_isreleased(made: dict[str, bytes], shipped: list[Vector], channel: Any) -> None:
    """Also with the rules that the release adds, and with the rule book that it checks citations against."""
    manner = Manner(knowledge=release.knowledge())
    some = [each for each in shipped if each.rules][::7] + [each for each in shipped if each.view or each.error]
    assert [(each.vector.name, each.faults()) for each in run(some, channel, (), manner) if each.faults()] == []
    named = sum(bool(each.rules) for each in shipped)
    assert named > 0.75 * len(shipped), "most vectors say which rules an answer names"


def test_no_short_form_is_left(made: dict[str, bytes]) -> None:
    for row in json.loads(made[data.VECTORS])["vectors"]:
        request = row["request"][0] if isinstance(row["request"], list) else row["request"]
        json_format.ParseDict(request, message_class(calls()[row["call"]].request.full_name)())
        assert all(each["heading"] for each in row["cites"]), row["id"]


def test_the_manifest_counts_what_is_there(made: dict[str, bytes]) -> None:
    manifest = json.loads(made[data.MANIFEST])
    assert set(manifest["sha256"]) == set(made) - {data.MANIFEST}
    assert manifest["counts"]["vectors"] == len(VECTORS)
    assert manifest["content"] == data.content()


def test_matcher_cases_are_judged_so(made: dict[str, bytes]) -> None:
    cases = json.loads(made[data.MATCHER_CASES])["cases"]
    assert {case["accepts"] for case in cases} == {True, False}
    for case in cases:
        message = message_class(case["message"])()
        json_format.ParseDict(case["answer"], message)
        accepted = not list(differences(from_matcher(case["expect"]), message))
        assert accepted is case["accepts"], case


@pytest.mark.parametrize("node", [{}, {"equals": 1, "absent": True}, {"absent": False}, {"same": 1}, None, []])
def test_what_is_no_matcher_is_refused(node: Any) -> None:
    with pytest.raises(ValueError, match="matcher"):
        from_matcher(node)


def test_the_schema_accepts_every_file_and_refuses_slips() -> None:
    check = Draft202012Validator(schemas.of_vectors())
    files = sorted((ROOT / "conformance" / "vectors" / "fees").glob("*.yaml"))
    for file in files:
        assert [str(error) for error in check.iter_errors(strict_yaml.load(file.read_text("utf-8")))][:1] == [], file
    good = strict_yaml.load((ROOT / "conformance/vectors/tax/canada.yaml").read_text("utf-8"))["vectors"][0]
    slips: list[dict[str, Any]] = [
        {"request": {"dael": {}}},
        {"request": {"deal": {"channel": "DIRECT"}}},
        {"request": {"deal": {"order_date": "12.10.2021"}}},
        {"expect": {"total": "160,97 USD"}},
        {"expect": {"totl": "160.97 USD"}},
        {"call": "TaxService.Calculate"},
        {"level": "OPTIONAL"},
        {"cites": []},
    ]
    for slip in slips:
        with pytest.raises(ValidationError):
            check.validate({"vectors": [good | slip]})


def test_a_request_schema_completes_what_a_call_takes() -> None:
    check = Draft202012Validator(schemas.of_requests(calls()["TaxService.CalculateTax"]))
    (vector,) = (each for each in VECTORS if each.id == "canada-quebec")
    check.validate(json_format.MessageToDict(call_of(vector).requests(vector)[0], preserving_proto_field_name=True))
    with pytest.raises(ValidationError):
        check.validate({"deal": {"order_date": "2026-03-02"}})


def test_knowledge_finds_headings_and_rules() -> None:
    knows = Knowledge(
        rules={
            "A": {"editions": ["2026"], "passages": ["000:5-9"]},
            "B": {"editions": ["2024"], "passages": ["000:7"]},
        },
        headings=(("000", 3, "first"), ("000", 8, "second"), ("002", 1, "other")),
    )
    assert [knows.heading(each) for each in ("000:2", "000:3", "000:7-9", "000:8", "001:9", "002:1")] == [
        "",
        "first",
        "first",
        "second",
        "",
        "other",
    ]
    assert knows.resting_on(["000:9-12"], "2026") == ["A"]
    assert knows.resting_on(["000:10"], "2026") == []
    assert knows.resting_on(["002:7"], "2026") == []


def test_the_reading_of_yaml_is_that_of_others() -> None:
    """A file that is strict means the same to any reader of YAML 1.2; nothing in it hangs on this one."""
    text = (ROOT / "conformance/vectors/tax/canada.yaml").read_text("utf-8")
    assert len(strict_yaml.load(text)["vectors"]) == len(yaml.safe_load(text)["vectors"])
