"""Makes the Python stubs (clients/python/quotary/v1) and lays out the Google protos for buf (.build/googleapis).

Beside the stubs stand the descriptors of the whole contract with its comments (contract.binpb), for reflection and for
every tool that asks for a descriptor set, and the service config that each client uses (service_config.json).
"""

import filecmp
import os
import shutil
import sysconfig
import tempfile
from pathlib import Path

import google.type
import grpc_tools
from grpc_tools import protoc

PACKAGE = Path("quotary") / "v1"
MADE = ("*_pb2*.py*", "*.binpb", "*.json")


def generate(root: Path) -> list[str]:
    """Generate the stubs and return their paths relative to root."""
    # The folder that holds google/: the one where googleapis-common-protos is installed.
    googleapis = Path(next(iter(google.type.__path__))).parents[1]
    target = root / "clients" / "python" / PACKAGE
    target.mkdir(parents=True, exist_ok=True)
    (root / ".build").mkdir(exist_ok=True)
    # Made aside and moved file by file, so that a run never shows another run, or an import, half a file.
    with tempfile.TemporaryDirectory(dir=root / ".build", prefix="stubs-") as scratch:
        _compile(root / "proto", googleapis, Path(scratch))
        _describe(root / "proto", googleapis, Path(scratch) / PACKAGE / "contract.binpb")
        shutil.copy(root / "proto" / "service_config.json", Path(scratch) / PACKAGE)
        made = sorted(path for pattern in MADE for path in (Path(scratch) / PACKAGE).glob(pattern))
        for path in made:
            _move_if_different(path, target / path.name)
    names = {path.name for path in made}
    for stale in (path for pattern in MADE for path in target.glob(pattern)):
        if stale.name not in names:
            stale.unlink(missing_ok=True)
    _lay_out_google_protos(root / ".build", googleapis)
    return sorted(str((target / name).relative_to(root)) for name in names)


def _imports(contract: Path, googleapis: Path) -> list[str]:
    return [f"-I{folder}" for folder in (contract, googleapis, Path(grpc_tools.__file__).parent / "_proto")]


def _describe(contract: Path, googleapis: Path, target: Path) -> None:
    """Write the descriptors of the contract, of what it imports, and of the details that its errors carry."""
    arguments = [
        "protoc",
        *_imports(contract, googleapis),
        "--include_imports",
        "--include_source_info",
        f"--descriptor_set_out={target}",
        *sorted(str(path) for path in contract.rglob("*.proto")),
        str(googleapis / "google" / "rpc" / "error_details.proto"),
    ]
    if protoc.main(arguments):
        raise SystemExit("protoc failed")


def _compile(contract: Path, googleapis: Path, target: Path) -> None:
    """Run protoc with the Python, gRPC and type-stub plugins."""
    protos = sorted(str(path) for path in contract.rglob("*.proto"))
    if not protos:
        raise SystemExit(f"no .proto file under {contract}")
    # protoc looks for protoc-gen-mypy and protoc-gen-mypy_grpc on the path.
    os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
    arguments = [
        "protoc",
        *_imports(contract, googleapis),
        f"--python_out={target}",
        f"--grpc_python_out={target}",
        f"--mypy_out=quiet:{target}",
        f"--mypy_grpc_out=quiet:{target}",
        *protos,
    ]
    if protoc.main(arguments):
        raise SystemExit("protoc failed")


def _lay_out_google_protos(build: Path, googleapis: Path) -> None:
    """Copy the Google protos that the contract may import to where buf.yaml and the api-linter look for them."""
    for package in ("api", "rpc", "type"):
        folder = build / "googleapis" / "google" / package
        folder.mkdir(parents=True, exist_ok=True)
        for proto in (googleapis / "google" / package).glob("*.proto"):
            with tempfile.TemporaryDirectory(dir=build, prefix="protos-") as scratch:
                _move_if_different(Path(shutil.copy(proto, scratch)), folder / proto.name)


def _move_if_different(source: Path, target: Path) -> None:
    """Move source to target in one step, leaving an equal target, and its time of change, alone."""
    if not target.exists() or not filecmp.cmp(source, target, shallow=False):
        source.replace(target)


if __name__ == "__main__":
    generate(Path(__file__).resolve().parents[1])
