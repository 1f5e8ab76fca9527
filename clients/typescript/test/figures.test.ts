import { readFileSync } from "node:fs";

import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";

import {
  dateText,
  decimalText,
  explain,
  minorUnits,
  moneyOf,
  moneyText,
  parseDate,
  parseDecimal,
  parseMoney,
  receipt,
} from "../src/node.js";
import { DateSchema, MoneySchema, PriceQuoteResponseSchema } from "../src/v1.js";

interface Cases {
  money: { money: JsonValue; minor: string; text: string }[];
  money_finer_than_minor_units: { money: JsonValue; text: string }[];
  money_wrong: { money: JsonValue; why: string }[];
  money_text_wrong: string[];
  dates: { date: JsonValue; text: string }[];
  dates_wrong: JsonValue[];
  decimals: string[];
  decimals_wrong: string[];
  priced: { response: JsonValue; receipt: string; explained_answer: string; explained: string }[];
}

/** What the helpers of all clients are held to. */
const cases = JSON.parse(readFileSync(new URL("../../helper-cases.json", import.meta.url), "utf8")) as Cases;

test("every kind of case is there", () => {
  expect(Object.values(cases).every(each => Array.isArray(each) && each.length > 0)).toBe(true);
});

describe("amounts", () => {
  test.each(cases.money)("$text is exact both ways", ({ money, minor, text }) => {
    const amount = fromJson(MoneySchema, money);
    expect(minorUnits(amount)).toBe(BigInt(minor));
    expect(moneyOf(BigInt(minor), amount.currencyCode)).toEqual(amount);
    expect(moneyText(amount)).toBe(text);
    expect(parseMoney(text)).toEqual(amount);
  });

  test.each(cases.money_finer_than_minor_units)("$text has text alone", ({ money, text }) => {
    const amount = fromJson(MoneySchema, money);
    expect(moneyText(amount)).toBe(text);
    expect(() => minorUnits(amount)).toThrow(RangeError);
  });

  test.each(cases.money_wrong)("$why", ({ money }) => {
    expect(() => minorUnits(fromJson(MoneySchema, money))).toThrow(RangeError);
  });

  test.each(cases.money_text_wrong)("%j is none", text => {
    expect(() => parseMoney(text)).toThrow(SyntaxError);
  });

  test("an absent amount is no zero", () => {
    expect(() => minorUnits(undefined)).toThrow("absent");
  });

  test("there is one zero", () => {
    expect(Object.is(parseMoney("-0.00 USD").nanos, 0)).toBe(true);
    expect(Object.is(moneyOf(-100n, "USD").nanos, 0)).toBe(true);
  });
});

describe("dates", () => {
  test.each(cases.dates)("$text", ({ date, text }) => {
    expect(dateText(fromJson(DateSchema, date))).toBe(text);
    expect(parseDate(text)).toEqual(fromJson(DateSchema, date));
  });

  test.each(cases.dates_wrong)("%j is none", date => {
    expect(() => dateText(fromJson(DateSchema, date))).toThrow(RangeError);
  });

  test.each(["2026-02-29", "2026-13-01", "2026-3-1", "tomorrow", ""])("%j is none", text => {
    expect(() => parseDate(text)).toThrow();
  });
});

describe("decimals", () => {
  test.each(cases.decimals)("%s keeps its value", text => {
    // decimal.js keeps values, not zeros at the end.
    const shortest = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    expect(decimalText(parseDecimal(text))).toBe(shortest);
  });

  test.each(cases.decimals_wrong)("%j is none", text => {
    expect(() => parseDecimal(text)).toThrow(SyntaxError);
  });
});

describe("explanations", () => {
  test.each(cases.priced)("$receipt", each => {
    const quote = fromJson(PriceQuoteResponseSchema, each.response);
    expect(receipt(quote)).toBe(each.receipt);
    expect(quote.answer && explain(quote.answer)).toBe(each.explained_answer);
    expect(explain(quote)).toBe(each.explained);
  });
});
