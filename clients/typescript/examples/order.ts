/**
 * Prices the order of examples/turkey.yaml and prints its receipt; beside it, on standard error, a figure explained, a bad
 * request and a refusal. `node examples/order.ts 127.0.0.1:50051` with Node 24; check.sh shows how for Node 20.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { connect, parseDate, QuotaryError, reasonLines, receipt, stepText, violationText } from "@quotary/client";
import {
  BillingCycle,
  Channel,
  LineAction,
  type OrderRequestSchema,
  PartyKind,
  Platform,
  View,
} from "@quotary/client/v1";

/** An order from Turkey: the fee is on the Data Center line, VAT on everything. */
function turkey(product = "confluence", unitPrice = "200.00", platform = Platform.DATA_CENTER) {
  return {
    deal: {
      orderDate: parseDate("2026-03-01"),
      channel: Channel.DIRECT,
      billingParty: { kind: PartyKind.BUSINESS, address: { regionCode: "TR" } },
    },
    lines: [
      {
        product: { id: product, platform: Platform.CLOUD },
        billingCycle: BillingCycle.ANNUAL,
        price: { unitPrice: "100.00" },
        discount: { size: { case: "rate", value: "0.10" } },
      },
      {
        product: { id: "jira", platform },
        action: LineAction.RENEWAL,
        billingCycle: BillingCycle.ANNUAL,
        price: { unitPrice },
        discount: { size: { case: "rate", value: "0.10" } },
      },
    ],
  } satisfies MessageInitShape<typeof OrderRequestSchema>;
}

const client = connect(process.argv[2]); // an address, or what QUOTARY_TARGET says
try {
  const quote = await client.quotes.priceQuote({ order: turkey(), view: View.FULL });
  process.stdout.write(receipt(quote));

  // Why is the fee as it is? The step of its rule says so.
  const step = quote.answer?.steps.find(each => each.id === quote.fee?.ruleId);
  if (step) console.error(`why: ${stepText(step)}`);

  // A malformed request is an error, with every violation at once.
  try {
    await client.quotes.priceQuote({ order: turkey("no-such-product", "-1") });
  } catch (reason) {
    if (!(reason instanceof QuotaryError)) throw reason;
    for (const violation of reason.violations) console.error(`bad request: ${violationText(violation)}`);
  }

  // A refusal is an answer.
  const refused = await client.quotes.priceQuote({ order: turkey("confluence", "200.00", Platform.SERVER) });
  for (const line of reasonLines(refused.answer)) console.error(`refusal: ${line}`);
} finally {
  client.close();
}
