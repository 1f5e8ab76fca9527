import type { MessageInitShape } from "@bufbuild/protobuf";

import { parseDate } from "../src/node.js";
import { type OrderRequestSchema, Platform } from "../src/v1.js";

/** A small order from Turkey, of a product. */
export function order(id = "jira"): MessageInitShape<typeof OrderRequestSchema> {
  return {
    deal: { orderDate: parseDate("2026-03-01"), billingParty: { address: { regionCode: "TR" } } },
    lines: [{ product: { id, platform: Platform.CLOUD }, price: { unitPrice: "200" } }],
  };
}
