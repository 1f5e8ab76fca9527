import { create } from "@bufbuild/protobuf";
import { Decimal } from "decimal.js";

import { type Date as DateMessage, DateSchema } from "./gen/google/type/date_pb.js";
import { type Money, MoneySchema } from "./gen/google/type/money_pb.js";

const NANOS = 1_000_000_000n;

/** Digits of the minor unit that are not two. */
const DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map(code => [code, 0]),
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map(code => [code, 3])),
};

/** Digits of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD. */
export function currencyDigits(currency: string): number {
  return DIGITS[currency] ?? 2;
}

/** An amount from whole minor units: moneyOf(3000n, "USD") is 30.00 USD. */
export function moneyOf(minor: bigint, currencyCode: string): Money {
  const inUnit = 10n ** BigInt(currencyDigits(currencyCode));
  const nanos = Number((minor % inUnit) * (NANOS / inUnit));
  return create(MoneySchema, { currencyCode, units: minor / inUnit, nanos });
}

/**
 * An amount in whole minor units: 3000n for 30.00 USD.
 *
 * @throws RangeError when it is absent, has no currency, is finer than the minor unit, or units and nanos disagree
 */
export function minorUnits(amount: Money | undefined): bigint {
  if (!amount) throw new RangeError("the amount is absent");
  const { currencyCode, units, nanos } = amount;
  if (!currencyCode) throw new RangeError("the amount has no currency");
  if (Math.abs(nanos) >= Number(NANOS)) throw new RangeError("nanos of an amount are less than a unit");
  if ((units > 0n && nanos < 0) || (units < 0n && nanos > 0)) {
    throw new RangeError("units and nanos of an amount have different signs");
  }
  const inUnit = 10n ** BigInt(currencyDigits(currencyCode));
  if (BigInt(nanos) % (NANOS / inUnit) !== 0n)
    throw new RangeError(`${moneyText(amount)} is finer than the minor unit`);
  return units * inUnit + BigInt(nanos) / (NANOS / inUnit);
}

/** An amount with the digits of its currency, or as many as it needs: "30.00 USD". */
export function moneyText({ currencyCode, units, nanos }: Pick<Money, "currencyCode" | "units" | "nanos">): string {
  const sign = units < 0n || nanos < 0 ? "-" : "";
  const fraction = String(Math.abs(nanos))
    .padStart(9, "0")
    .replace(/0+$/, "")
    .padEnd(currencyDigits(currencyCode), "0");
  return `${sign}${String(units < 0n ? -units : units)}${fraction && `.${fraction}`} ${currencyCode}`.trimEnd();
}

/**
 * Reads an amount such as "30.00 USD", exactly.
 *
 * @throws SyntaxError when it is none
 */
export function parseMoney(text: string): Money {
  const [, sign, units, fraction = "", currencyCode] = /^(-?)(\d{1,18})(?:\.(\d{1,9}))? ([A-Z]{3})$/.exec(text) ?? [];
  if (units === undefined) throw new SyntaxError(`${JSON.stringify(text)} is not an amount such as 30.00 USD`);
  const signed = sign ? -1 : 1;
  const nanos = signed * Number(fraction.padEnd(9, "0"));
  // There is one zero.
  return create(MoneySchema, { currencyCode, units: BigInt(signed) * BigInt(units), nanos: nanos || 0 });
}

/**
 * Reads a rate or unit price of the contract, such as "0.075", exactly.
 *
 * @throws SyntaxError when it is not in plain digits
 */
export function parseDecimal(text: string): Decimal {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new SyntaxError(`${JSON.stringify(text)} is not a decimal such as 0.075`);
  return new Decimal(text);
}

/** A decimal as the contract takes it: plain digits, no exponent. */
export function decimalText(number: Decimal): string {
  return number.toFixed();
}

/**
 * Reads a civil date such as "2026-03-01" into the contract's date, which has year, month and day as Temporal.PlainDate has.
 *
 * @throws SyntaxError when there is no such day
 */
export function parseDate(text: string): DateMessage {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) throw new SyntaxError(`${JSON.stringify(text)} is not a day such as 2026-03-01`);
  const date = create(DateSchema, { year: Number(year), month: Number(month), day: Number(day) });
  dateText(date);
  return date;
}

/**
 * A civil date as text, "2026-03-01".
 *
 * @throws RangeError when a year, a month or a day is absent, or there is no such day
 */
export function dateText({ year, month, day }: Pick<DateMessage, "year" | "month" | "day">): string {
  const text = [String(year).padStart(4, "0"), String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
  const real = new Date(`${text}T00:00:00Z`);
  if (year < 1 || Number.isNaN(real.getTime()) || real.getUTCDate() !== day || real.getUTCMonth() + 1 !== month) {
    throw new RangeError(`there is no day ${text}`);
  }
  return text;
}
