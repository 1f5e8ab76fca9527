import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type DescMessage, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport, type ServiceImpl, type Transport } from "@connectrpc/connect";
import { afterEach, describe, expect, test, vi } from "vitest";

import { BadRequestSchema, ErrorInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { moneyOf } from "../src/node.js";
import * as contract from "../src/v1.js";
import { TaxService } from "../src/v1.js";
import { patternOf, readKnown, type Vector } from "../src/vectors.js";
import { chooses, differences, put, resultText } from "../src/vitest.js";

const kit = process.env.QUOTARY_KIT;

interface Case {
  message: string;
  answer: JsonValue;
  expect: unknown;
  accepts: boolean;
}

const schemas = new Map<string, DescMessage>();
for (const each of Object.values(contract) as object[]) {
  if ("kind" in each && each.kind === "message") schemas.set((each as DescMessage).typeName, each as DescMessage);
}

describe.skipIf(!kit)("the matcher", () => {
  const { cases } = kit
    ? (JSON.parse(readFileSync(join(kit, "matcher-cases.json"), "utf8")) as { cases: Case[] })
    : { cases: [] };

  test("has cases", () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  test.each(cases)("$message $expect: $accepts", ({ message, answer, expect: wanted, accepts }) => {
    const schema = schemas.get(message);
    if (!schema) throw new Error(`no message ${message}`);
    const found = differences(wanted, schema, fromJson(schema, answer));
    expect(found.length === 0, JSON.stringify(found)).toBe(accepts);
  });
});

const blank: Vector = {
  id: "one",
  topic: "tax/some",
  call: "TaxService.CalculateTax",
  title: "A title",
  working: "5 % of 140.00 is 7.00\n",
  cites: [{ passage: "000:1", heading: "Tax" }],
  rules: [{ id: "TAX", statement: "It is taxed." }],
  rulings: [{ id: "R-1", title: "Taxes" }],
  request: { edition: "2026" },
  readings: [],
};

function taxing(calculateTax: ServiceImpl<typeof TaxService>["calculateTax"]): Transport {
  return createRouterTransport(({ service }) => {
    service(TaxService, { calculateTax });
  });
}

const seven = taxing(() => ({
  taxTotal: moneyOf(700n, "USD"),
  taxComponents: [{ tax: "GST", rate: "0.06", regionCode: "CA" }],
}));

const usd = (units: string, nanos = 0): object => ({ message: { currency_code: "USD", units, nanos } });

test("a failure has the words of the kit", async () => {
  const component = { rate: { equals: "0.05" }, tax: { equals: "GST" }, region_code: { equals: "CA" } };
  const wanted = { tax_total: usd("7", 500_000_000), tax_components: { any_order: [{ fields: component }] } };
  const result = await put({ ...blank, expect: { fields: wanted } }, seven);
  expect(resultText(result)).toBe(
    [
      "disagreed",
      "A title",
      "tax_components[0].rate: expected 0.05, got 0.06",
      "tax_total: expected 7.50 USD, got 7.00 USD",
      "| 5 % of 140.00 is 7.00",
      "passage 000:1: Tax",
      "rule TAX: It is taxed.",
      "ruling R-1: Taxes",
      'TaxService.CalculateTax {"edition":"2026"}',
    ].join("\n    "),
  );
});

test("one reading of a contested point is enough", async () => {
  const readings = [
    { ruling: "R-2", id: "first", expect: { fields: { tax_total: { absent: true } } } },
    { ruling: "R-2", id: "second", expect: { fields: { tax_total: usd("7") } } },
  ];
  expect(await put({ ...blank, readings }, seven)).toMatchObject({ verdict: "agreed", reading: { id: "second" } });
  const eight = taxing(() => ({ taxTotal: moneyOf(800n, "USD") }));
  expect(await put({ ...blank, readings }, eight)).toMatchObject({
    verdict: "disagreed",
    differences: [{ path: "tax_total", expected: "absent", got: "8.00 USD" }],
  });
});

test.each([
  [Code.InvalidArgument, "X", "a", "agreed", undefined],
  [Code.NotFound, "X", "a", "disagreed", { path: "status", expected: "INVALID_ARGUMENT", got: "NOT_FOUND" }],
  [Code.InvalidArgument, "Y", "a", "disagreed", { path: "reason", expected: "X", got: "Y" }],
  [Code.InvalidArgument, "X", "b", "disagreed", { path: "violations", expected: "{a: X}", got: "{b: X}" }],
  [Code.Unimplemented, "X", "a", "unsupported", undefined],
  [Code.Unavailable, "X", "a", "missing", { path: "status", expected: "an answer", got: "UNAVAILABLE" }],
])("an error is compared whole: %s %s %s", async (code, reason, field, verdict, difference) => {
  const failing = taxing(() => {
    throw new ConnectError("no", code, undefined, [
      { desc: ErrorInfoSchema, value: { reason } },
      { desc: BadRequestSchema, value: { fieldViolations: [{ field, reason: "X" }] } },
    ]);
  });
  const error = { code: "INVALID_ARGUMENT", reason: "X", violations: [{ field: "a", reason: "X" }] };
  const result = await put({ ...blank, error }, failing);
  expect(result.verdict).toBe(verdict);
  expect(result.differences[0]).toEqual(difference);
  expect((await put({ ...blank, error }, seven)).differences[0]).toMatchObject({ got: "OK" });
});

describe("vectors are chosen", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test.each([
    [{}, "", "", true],
    [{ areas: ["tax"] }, "", "", true],
    [{ areas: ["tax/some"] }, "", "", true],
    [{ areas: ["ta"] }, "", "", false],
    [{ areas: ["tax"] }, "fees,quotes", "", false],
    [{ calls: ["QuoteService.PriceQuote"] }, "", "", false],
    [{}, "", "QuoteService.PriceQuote, TaxService.CalculateTax", true],
    [{}, "", "QuoteService.PriceQuote", false],
  ])("%j, areas %j, calls %j: %j", (options, areas, calls, chosen) => {
    vi.stubEnv("QUOTARY_AREAS", areas);
    vi.stubEnv("QUOTARY_CALLS", calls);
    expect(chooses(options, blank)).toBe(chosen);
  });
});

test("a pattern is of a name, or of an id", () => {
  const named = (name: string): boolean => patternOf(name).test("tax/some/one");
  expect(["one", "o*", "tax/**", "tax/*/one", "**/one", "tax/**/one"].map(named)).toEqual(Array(6).fill(true));
  expect(["on", "tax/*", "tax/one", "*/one", "some/**"].map(named)).toEqual(Array(5).fill(false));
});

test("a list of known failures has to hold", () => {
  const known = readKnown("# ours\n\ntax/** # half a dollar\n", [blank]);
  expect(known("tax/some/one")).toBe("half a dollar");
  expect(known("fees/one")).toBeUndefined();
  for (const list of ["one", "nothing/* # why", "on # why"]) expect(() => readKnown(list, [blank])).toThrow();
});
