"""Generates quotary.v1 from the contract of the working copy when the client is built."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "proto"))
from generate import generate  # noqa: E402


class ContractBuildHook(BuildHookInterface[Any]):
    """Adds the stubs, which git does not know, to what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate before the files are collected."""
        here = Path(self.root).resolve().relative_to(ROOT)
        build_data["artifacts"] += [f"/{Path(path).relative_to(here)}" for path in generate(ROOT)]
