#!/usr/bin/env bash
# Puts requests drawn from /openapi.json to the web door, with schemathesis: no server error, and every answer as described.
set -euo pipefail
cd "$(dirname "$0")/.."

# A tool of its own: nothing of the project needs it.
tool=.build/schemathesis
test -x "$tool/bin/schemathesis" || { python3 -m venv "$tool" && "$tool/bin/pip" install --quiet --disable-pip-version-check 'schemathesis>=4.32,<5'; }

folder=$(mktemp -d)
.venv/bin/quotary serve --port 0 --web 0 --store-url "sqlite:///$folder/quotary.db" >"$folder/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" || true; rm -rf "$folder"' EXIT
for _ in $(seq 120); do
  url=$(sed -n 's#^JSON over HTTP is at \(http://[^ ]*\).*#\1#p' "$folder/log")
  test -z "$url" || break
  kill -0 "$server" || { cat "$folder/log"; exit 1; }
  sleep 0.5
done
test -n "$url" || { cat "$folder/log"; exit 1; }

cd "$folder"
"$OLDPWD/$tool/bin/schemathesis" run "$url/openapi.json" --phases fuzzing --max-examples "${EXAMPLES:-5}" \
  --checks not_a_server_error,response_schema_conformance,content_type_conformance --suppress-health-check all
