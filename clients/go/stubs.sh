#!/usr/bin/env bash
# Makes quotary/v1 again from the contract, and copies the service config that the client carries.
set -euo pipefail
cd "$(dirname "$0")"
../../.venv/bin/buf generate ../../proto
cp ../../proto/service_config.json quotary/
