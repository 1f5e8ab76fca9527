import { moneyText } from "./figures.js";
import type { Money } from "./gen/google/type/money_pb.js";
import { type Answer, type Citation, Outcome, type Reason, type Step } from "./gen/quotary/v1/common_pb.js";
import type { PriceQuoteResponse } from "./gen/quotary/v1/quote_service_pb.js";

/** An outcome in a word: "GRANTED", "REFUSED", "UNDETERMINED" or "NOT_COVERED". */
export function outcomeText(outcome: Outcome): string {
  return (Outcome as Record<number, string | undefined>)[outcome] ?? String(outcome);
}

/** A reason in a line, with its facts and what to do next. */
export function reasonText({ outcome, code, subject, text, metadata, remedy }: Reason): string {
  const facts = Object.keys(metadata)
    .sort()
    .map(name => `${name} ${metadata[name] ?? ""}`)
    .join(", ");
  return (
    `${outcomeText(outcome)} ${code}${subject && ` ${subject}`}${text && `: ${text}`}` +
    `${facts && ` (${facts})`}${remedy && ` Next: ${remedy}`}`
  );
}

/** Why an answer is as it is, and which fields of the request are missing, a line each. */
export function reasonLines(answer: Answer | undefined): string[] {
  if (!answer) return [];
  return [...answer.reasons.map(reasonText), ...answer.missing.map(path => `missing ${path}`)];
}

/** A place in a document: "000:689" or "000:705-715". */
export function passageText({ document, firstLine, lastLine }: Citation): string {
  return `${document}:${firstLine}${lastLine > firstLine ? `-${lastLine}` : ""}`;
}

/** A step of the trace in two or three lines: what was asked, what came of it, and what that rests on. */
export function stepText({ id, subject, statement, inputs, result, citations, rulings }: Step): string {
  const given = inputs.map(({ name, value }) => `${name} ${value}`).join(", ");
  const sources = [citations.map(passageText).join(", "), rulings.join(", ")].filter(Boolean).join("; ");
  return [
    `${id}${subject && ` on ${subject}`}: ${statement}`,
    `  ${given && `${given} -> `}${result}`,
    ...(sources ? [`  ${sources}`] : []),
  ].join("\n");
}

/**
 * The whole explanation: outcome, reasons, and each step of the trace with rule, passages and rulings; of a priced order
 * after its receipt. Ask with VIEW_FULL for the steps.
 */
export function explain(what: Answer | PriceQuoteResponse): string {
  if (what.$typeName === "quotary.v1.PriceQuoteResponse") {
    return `${receipt(what)}\n${what.answer ? explain(what.answer) : ""}`;
  }
  return [
    `${outcomeText(what.outcome)}, edition ${what.edition}`,
    ...reasonLines(what),
    ...what.steps.map(stepText),
    ...(what.stepsOmitted > 0 ? [`${what.stepsOmitted} more steps`] : []),
    "",
  ].join("\n");
}

/** A priced order as a customer reads it: net, fee, each tax, total, and what the fee rests on. */
export function receipt(quote: PriceQuoteResponse): string {
  const amount = (money: Money | undefined): string => (money ? moneyText(money) : "undecided");
  const { fee } = quote;
  const rows: [string, string][] = [
    ["net", amount(quote.netTotal)],
    ...(fee ? [["fee", amount(fee.amount)] as [string, string]] : []),
    ...quote.taxComponents.map(tax => [`${tax.tax} ${tax.regionCode}`, amount(tax.amount)] as [string, string]),
    ["total", amount(quote.total)],
  ];
  const labels = Math.max(...rows.map(([label]) => label.length));
  const amounts = Math.max(...rows.map(([, text]) => text.length));
  const lines = rows.map(([label, text]) => `${label.padEnd(labels)}  ${text.padStart(amounts)}\n`);
  if (fee) {
    const decided = quote.answer?.steps.find(step => step.id === fee.ruleId);
    const passages = decided?.citations.map(passageText).join(", ") ?? "";
    lines.push(`fee by rule ${fee.ruleId}${passages && `, passage ${passages}`}\n`);
  }
  return lines.join("");
}
