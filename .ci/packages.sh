#!/usr/bin/env bash
# The Debian packages that the clients need beside Go, Node, Java with Maven and Rust: those of docs/clients/cpp.md. Does nothing
# where they are installed; otherwise it must be run as root.
set -euo pipefail

wanted=(cmake clang-format g++ libgrpc++-dev libgtest-dev libprotobuf-dev ninja-build nlohmann-json3-dev pkg-config protobuf-compiler
  protobuf-compiler-grpc)
missing=()
for name in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
