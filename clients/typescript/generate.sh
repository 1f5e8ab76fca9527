#!/usr/bin/env bash
# Makes src/gen from the contract: messages, services, and the service config as a module that browsers can take.
set -euo pipefail
cd "$(dirname "$0")"
rm -rf src/gen
../../.venv/bin/buf generate ../.. --path ../../proto/quotary --path ../../.build/googleapis/google/rpc/error_details.proto
{
  echo "// Made of proto/service_config.json."
  printf 'export default '
  cat ../../proto/service_config.json
} >src/gen/service_config.ts
