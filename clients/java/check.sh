#!/usr/bin/env bash
# Measures the client: check.sh TARGET KIT (a server with --test-faults, the folder of the kit).
set -euo pipefail
cd "$(dirname "$0")"
target=$1 kit=$(realpath "$2")
export QUOTARY=$(realpath ../..) QUOTARY_TARGET=$target

step() { printf '== %s\n' "$*"; }

step "layout, build, unit tests, faults, every vector, jars"
mvn -B -ntp -q clean install -Dquotary.target="$target" -Dquotary.kit="$kit"

step "the jar holds stubs, contract and service config"
version=$(sed -n 's|^  <version>\(.*\)</version>$|\1|p' pom.xml)
entries=$(jar tf "client/target/quotary-client-$version.jar")
for entry in dev/quotary/v1/QuoteServiceGrpc.class quotary/v1/quote_service.proto dev/quotary/client/service_config.json META-INF/LICENSE; do
  grep -qx "$entry" <<<"$entries" || { echo "the jar has no $entry"; exit 1; }
done

step "the receipt of examples/turkey.yaml"
java -cp 'example/target/classes:example/target/lib/*' dev.quotary.example.Example "$target" >example/target/receipt.txt 2>example/target/told.txt
diff - example/target/receipt.txt <<'RECEIPT'
net     270.00 USD
fee      13.50 USD
VAT TR   51.03 USD
total   334.53 USD
fee by rule FEE-RATE, passage 000:689, 000:705-715
RECEIPT
grep -q '^INVALID_ARGUMENT UNKNOWN_PRODUCT$' example/target/told.txt
grep -q '^REFUSED ' example/target/told.txt

step "the page"
python3 ../run_page.py ../../docs/clients/java.md

python3 - "$kit" <<'COUNT'
import json, sys
from pathlib import Path
from xml.etree import ElementTree

wanted = json.loads(Path(sys.argv[1], "manifest.json").read_text())["counts"]["vectors"]
suite = ElementTree.parse("conformance/target/surefire-reports/TEST-dev.quotary.conformance.VectorsTest.xml").getroot()
agreed = sum(
    case.get("name").startswith("everyVector") and not any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
    for case in suite.iter("testcase")
)
print(f"vectors: {agreed} of {wanted}")
sys.exit(agreed != wanted)
COUNT
