"""Generates quotary.v1 from proto/ when the distribution is built, editable or not."""

import shutil
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
        root = Path(self.root)
        build_data["artifacts"] += [f"/{path}" for path in generate(root)]
        if self.target_name == "wheel" and version == "standard":
            # A copy: a file that is put elsewhere by force does not stand in its own place any more.
            contract = root / "clients" / "python" / "quotary" / "v1" / "contract.binpb"
            copy = shutil.copyfile(contract, root / ".build" / "quotary.binpb")
            build_data["force_include"][str(copy)] = "quotary_conformance/data/quotary.binpb"
