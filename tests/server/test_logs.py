"""What a server and a command say of a failure inside: types and places, and nothing that a customer gave."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from quotary_server.logs import set_up_command_logs, set_up_logs

SENTINEL = "Sentinel Street 7"


@pytest.fixture(autouse=True)
def _defaults_afterwards() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def fail(address: str) -> None:
    """Fail with a value in the frame, in the text of the error and in that of its cause."""
    try:
        int(address)
    except ValueError as error:
        raise KeyError(address) from error


def log_failure() -> None:
    try:
        fail(SENTINEL)
    except KeyError as error:
        structlog.get_logger("quotary.call").error("failed", incident="0f", exc_info=error)


def test_a_failure_is_logged_without_the_values_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    log_failure()
    (line,) = capsys.readouterr().err.splitlines()
    assert SENTINEL not in line
    entry = json.loads(line)
    assert (entry["event"], entry["level"], entry["incident"]) == ("failed", "error", "0f")
    assert [each["type"] for each in entry["failure"]] == ["KeyError", "ValueError"]
    assert entry["failure"][0]["places"][-1].endswith(" fail")


def test_a_command_says_a_failure_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_command_logs()
    structlog.get_logger("quotary.call").info("refused", method="m")
    log_failure()
    (line,) = capsys.readouterr().err.splitlines()
    assert SENTINEL not in line
    assert line.startswith("failed: KeyError at ")
    assert line.endswith("incident=0f")


def test_a_local_command_that_fails_inside_prints_no_more_than_what_and_where() -> None:
    program = (
        "import quotary_server.calls.price_quote as module, quotary.cli, sys\n"
        "def broken(*given): raise KeyError('Sentinel Street 7')\n"
        "module.fill_quote = broken\n"
        "sys.argv = ['quotary', 'price', 'examples/turkey.yaml']\n"
        "quotary.cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert SENTINEL not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert lines[0].startswith("failed: KeyError at ")
    assert "INTERNAL_ERROR" in done.stderr
    assert len(lines) < 10
