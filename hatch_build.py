"""Generates quotary.v1 from proto/ when the distribution is built, editable or not."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "proto"))
from generate import generate


class ContractBuildHook(BuildHookInterface[Any]):
    """Adds the stubs, which git does not know, to what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate before the files are collected; `version` is hatchling's word for the kind of build."""
        build_data["artifacts"] += [f"/{path}" for path in generate(Path(self.root))]
