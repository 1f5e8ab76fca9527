"""Measures the clients: ``python clients/check.py [LANGUAGE ...]``, after ``make kit``.

Starts a reference server that makes faults on demand, and runs ``clients/LANGUAGE/check.sh TARGET KIT`` of each client.
What a script prints goes to ``.build/clients/LANGUAGE.log``; its last line says how many vectors agreed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import stubs

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / ".build" / "clients"
HEARTBEAT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its language, the tools that its check needs, and where its version stands (files, pattern)."""

    language: str
    tools: tuple[str, ...]
    version: tuple[str, str]

    @property
    def folder(self) -> Path:
        """Where it stands."""
        return ROOT / "clients" / self.language


CLIENTS = {
    client.language: client
    for client in (
        Client("python", (), ("pyproject.toml", r'^version = "(.+)"$')),
        Client("go", ("go",), ("quotary/*.go", r'^const Version = "(.+)"$')),
        Client("typescript", ("node", "npm"), ("package.json", r'^  "version": "(.+)",$')),
        Client("java", ("java", "mvn"), ("pom.xml", r"^  <version>(.+)</version>$")),
        Client("rust", ("cargo",), ("Cargo.toml", r'^version = "(.+)"$')),
        Client("cpp", ("cmake", "c++", "protoc", "grpc_cpp_plugin"), ("CMakeLists.txt", r"VERSION (\d+\.\d+\.\d+)\b")),
    )
}


class CheckError(Exception):
    """A client that does not hold; says what and where."""


def project_version() -> str:
    """The version of the project, which every client has."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def version_of(client: Client) -> str | None:
    """The version that a client says it has; None when it says none."""
    name, pattern = client.version
    for file in sorted(client.folder.glob(name)):
        if found := re.search(pattern, file.read_text("utf-8"), re.MULTILINE):
            return found[1]
    return None


@contextmanager
def reference() -> Iterator[str]:
    """A reference server with faults on demand, on a free port of the loopback address."""
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="quotary-clients-") as folder:
        free.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{free.getsockname()[1]}"
        free.close()
        quotary = Path(sys.executable).with_name("quotary")
        store = f"sqlite:///{folder}/quotary.db"
        command = [str(quotary), "serve", "--test-faults", "--port", target.rpartition(":")[2], "--store-url", store]
        with (LOGS / "server.log").open("w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _await(target, server)
            yield target
        finally:
            server.terminate()
            server.wait()


def _await(target: str, server: subprocess.Popen[bytes]) -> None:
    host, _, port = target.rpartition(":")
    ends = time.monotonic() + 60
    while time.monotonic() < ends and server.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.2)
    raise CheckError(f"the server did not start: {LOGS / 'server.log'}")


def check(client: Client, target: str) -> str:
    """Measure one client, and return its last line.

    Raises:
        CheckError: something does not hold.
    """
    script = client.folder / "check.sh"
    if not script.is_file():
        raise CheckError(f"{script.relative_to(ROOT)} is not there")
    if (found := version_of(client)) != project_version():
        raise CheckError(f"its version is {found}, the project's is {project_version()}: {client.version[0]}")
    if client.language in stubs.committed():
        _check_generated(client)
    log = LOGS / f"{client.language}.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            ["./check.sh", target, str(ROOT / "dist" / "kit")],
            cwd=client.folder,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        status = _wait(process, client.language, log)
    lines = log.read_text("utf-8", "replace").splitlines()
    if status:
        raise CheckError("\n".join([f"exit status {status}; the end of {log.relative_to(ROOT)}:", *lines[-40:]]))
    last = next((line for line in reversed(lines) if line.strip()), "")
    if re.fullmatch(r"vectors: (\d+) of \1", last) is None:
        raise CheckError(f"its last line is {last!r}, not `vectors: N of N`")
    return last


def _check_generated(client: Client) -> None:
    """Generate anew: nothing that is committed may change."""
    before = _state(client)
    stubs.make([client.language])
    if _state(client) != before:
        raise CheckError("what is committed is not what is generated: `make stubs`, and commit")


def _state(client: Client) -> tuple[str, str]:
    def git(*arguments: str) -> str:
        command = ["git", *arguments, "--", "."]
        return subprocess.run(command, cwd=client.folder, check=True, capture_output=True, text=True).stdout

    return git("diff", "HEAD"), git("status", "--porcelain", "--untracked-files=all")


def _wait(process: subprocess.Popen[bytes], language: str, log: Path) -> int:
    """Wait for a script, and say now and then what it is about."""
    started = time.monotonic()
    over = threading.Event()

    def tell() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            last = (log.read_text("utf-8", "replace").splitlines() or [""])[-1]
            print(f"{language}: {time.monotonic() - started:.0f} s: {last[:100]}", flush=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        return process.wait()
    finally:
        over.set()


def chosen(names: list[str]) -> list[Client]:
    """The clients to measure: those named, or all.

    Raises:
        CheckError: there is no client in that language.
    """
    if unknown := set(names) - set(CLIENTS):
        raise CheckError(f"there is no client in {', '.join(sorted(unknown))}: {', '.join(CLIENTS)}")
    return [CLIENTS[name] for name in names or CLIENTS]


def absent(client: Client) -> list[str]:
    """The tools that the check of ``client`` needs and the machine has not."""
    return [tool for tool in client.tools if shutil.which(tool) is None]


def secured(clients: list[Client]) -> bool:
    """Whether the example of each client, once built, is served by certificate and token (clients/secured.py)."""
    print("\n== by certificate and token", flush=True)
    languages = [client.language for client in clients]
    with (LOGS / "secured.log").open("w") as log:
        return subprocess.run([sys.executable, ROOT / "clients" / "secured.py", *languages], stderr=log).returncode == 0


def measure(clients: list[Client], target: str, *, in_ci: bool) -> bool:
    """Measure each client, print what came of it, and say whether all is well."""
    counts: dict[str, str] = {}
    failed = False
    for client in clients:
        started = time.monotonic()
        print(f"\n== {client.language}", flush=True)
        if missing := absent(client):
            print(f"{client.language}: not measured, since {', '.join(missing)} is not installed", flush=True)
            failed = failed or in_ci
            continue
        # Deadlines, cancellation and connections that drop hang on what else the machine does: one failure is
        # asked again.
        for last in (False, True):
            try:
                counts[client.language] = check(client, target)
                break
            except (CheckError, subprocess.CalledProcessError) as error:
                print(f"{client.language}: FAILED{'' if last else ', asked once more'}: {error}", flush=True)
        if client.language not in counts:
            failed = True
            continue
        print(f"{client.language}: {counts[client.language]}, in {time.monotonic() - started:.0f} s", flush=True)
    shared = set(counts.values())
    told = f"{shared.pop()} each" if len(shared) == 1 else ", ".join(f"{name} {line}" for name, line in counts.items())
    print(f"\nclients: {len(counts)} of {len(clients)}, {told}".rstrip(", "), flush=True)
    return not failed and len(set(counts.values())) == 1


def main() -> int:
    """The command."""
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        clients = chosen(sys.argv[1:])
        vectors = ROOT / "dist" / "kit" / "manifest.json"
        if not vectors.is_file():
            raise CheckError("the kit is not there: `make kit`")
        print(f"{json.loads(vectors.read_text('utf-8'))['counts']['vectors']} vectors; what is printed: {LOGS}")
        with reference() as target:
            well = measure(clients, target, in_ci="CI" in os.environ)
        return 0 if well and secured([client for client in clients if not absent(client)]) else 1
    except CheckError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
