#!/usr/bin/env bash
# Writes src/generated and conformance/src/calls.rs from the contract, and copies its service config (after `make setup`, which
# lays out Google's protos).
set -euo pipefail
cd "$(dirname "$0")"
cargo run --quiet --package quotary-generate -- ../../proto ../../.build/googleapis .
cp ../../proto/service_config.json src/service_config.json
rustfmt --edition 2024 src/generated/*.rs conformance/src/calls.rs
