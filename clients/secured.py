"""Each client's example against a server with mutual TLS and tokens: ``python clients/secured.py [LANGUAGE ...]``.

Run by ``clients/check.py`` when it has built them. All that the examples are told stands in the environment
(docs/security.md), and what each prints must be the receipt to the letter; without its token it must be refused.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from quotary_server.app import start  # noqa: E402
from quotary_server.logs import set_up_logs  # noqa: E402
from quotary_server.settings import Settings  # noqa: E402
from server.certificates import Authority  # noqa: E402

SECONDS = 300

# How each example is run, in its client's folder.
EXAMPLES = {
    "python": f"{sys.executable} examples/turkey.py",
    "go": "go run ./examples/order",
    "typescript": "npx --no-install esbuild examples/order.ts --format=esm | node --input-type=module -",
    "java": "java -cp 'example/target/classes:example/target/lib/*' dev.quotary.example.Example",
    "rust": "cargo run --quiet --example order",
    "cpp": "build/order",
}


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """A server that wants certificate and token of its callers, and the environment of one who has both."""
    with tempfile.TemporaryDirectory(prefix="quotary-secured-") as name:
        folder = Path(name)
        authority = Authority(folder)
        certificate, key = authority.sign("server")
        own, own_key = authority.sign("example")
        callers, token = folder / "callers.toml", folder / "token"
        quotary = Path(sys.executable).with_name("quotary")
        adding = [quotary, "token", "add", "example", "--role", "reader", "--callers", callers]
        token.write_bytes(subprocess.run(adding, check=True, capture_output=True).stdout)
        settings = Settings(
            port=0,
            grace_seconds=0,
            log_level="error",
            tls_certificate=certificate,
            tls_key=key,
            client_ca=authority.ca,
            callers=callers,
        )
        running = start(settings)
        try:
            yield os.environ | {
                "QUOTARY_TARGET": f"localhost:{running.address.rpartition(':')[2]}",
                "QUOTARY_CA": str(authority.ca),
                "QUOTARY_CERT": str(own),
                "QUOTARY_KEY": str(own_key),
                "QUOTARY_TOKEN_FILE": str(token),
            }
        finally:
            running.stop()


def printed(language: str, environment: dict[str, str]) -> tuple[str, str]:
    """What the example of ``language`` prints, and what it tells beside it."""
    done = subprocess.run(
        ["bash", "-c", EXAMPLES[language]],
        cwd=ROOT / "clients" / language,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    return done.stdout, done.stderr


def main() -> int:
    """The command."""
    receipt = json.loads((ROOT / "clients" / "helper-cases.json").read_text("utf-8"))["priced"][0]["receipt"]
    languages = sys.argv[1:] or list(EXAMPLES)
    failed = []
    set_up_logs("error")
    with serving() as environment:
        nobody = {name: value for name, value in environment.items() if name != "QUOTARY_TOKEN_FILE"}
        for language in languages:
            got, told = printed(language, environment)
            refused, why = printed(language, nobody)
            well = got == receipt and refused == "" and "CALLER_UNKNOWN" in why
            print(f"{language}: {'the receipt, by certificate and token' if well else 'FAILED'}", flush=True)
            if not well:
                print(got, told[-2000:], refused, why[-2000:], sep="\n", file=sys.stderr)
                failed.append(language)
    print(f"secured: {len(languages) - len(failed)} of {len(languages)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
