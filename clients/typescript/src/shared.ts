export { Code } from "@connectrpc/connect";
export { type AnyIterable, QuotaryClient } from "./client.js";
export { QuotaryError, type Violation, violationText } from "./errors.js";
export { explain, outcomeText, passageText, reasonLines, reasonText, receipt, stepText } from "./explain.js";
export {
  currencyDigits,
  dateText,
  decimalText,
  minorUnits,
  moneyOf,
  moneyText,
  parseDate,
  parseDecimal,
  parseMoney,
} from "./figures.js";
export { type CallSettings, contractTransport } from "./transport.js";

/** Version of the client, which is that of the project. */
export const VERSION = "0.1.0";
