/** Against a real server with --test-faults, which QUOTARY_TARGET names. */
import { randomUUID } from "node:crypto";

import { afterEach, describe, expect, test } from "vitest";

import { Code, connect, type NodeOptions, QuotaryClient, QuotaryError } from "../src/node.js";
import { order } from "./order.js";

const clients: QuotaryClient[] = [];

function server(options?: NodeOptions): QuotaryClient {
  const client = connect(undefined, options);
  clients.push(client);
  return client;
}

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

const faulty = (fault: string): { headers: HeadersInit } => ({
  headers: { "quotary-fault": `${fault}; key=${randomUUID()}` },
});

describe.skipIf(!process.env.QUOTARY_TARGET)("a server with faults", () => {
  test.each(["unavailable-before; times=2", "unavailable-after; times=2", "drop", "goaway"])(
    "a change has one effect after %s",
    async fault => {
      const client = server();
      const customerId = randomUUID();
      const quote = await client.quotes.createQuote({ quote: { customerId, order: order() } }, faulty(fault));
      const { quotes } = await client.quotes.listQuotes({ customerId });
      expect(quotes.map(each => each.name)).toEqual([quote.name]);
    },
  );

  test.each([
    ["unavailable-before; times=4", { code: Code.Unavailable }],
    ["exhausted; ms=1500", { code: Code.ResourceExhausted, retryDelayMs: 1500 }],
    ["oversized", { code: Code.ResourceExhausted }],
    ["contradiction", { code: Code.InvalidArgument }],
    // Connect reads the details before the status, and says that they cannot be read.
    ["broken-details", { code: Code.DataLoss }],
    ["slow; ms=5000", { code: Code.DeadlineExceeded }],
  ])("%s is an error of its shape", async (fault, shape) => {
    const call = server({ timeoutMs: 3000 }).quotes.priceQuote({ order: order() }, faulty(fault));
    const failed: unknown = await call.catch((reason: unknown) => reason);
    expect(failed).toBeInstanceOf(QuotaryError);
    expect(failed).toMatchObject({ violations: [], ...shape });
    expect((failed as QuotaryError).reason !== "").toBe("retryDelayMs" in shape);
  });

  test("a bad request says what to do by field", async () => {
    await expect(server().quotes.priceQuote({ order: order("nope") })).rejects.toMatchObject({
      code: Code.InvalidArgument,
      violations: [
        {
          field: "order.lines[0].product.id",
          reason: "UNKNOWN_PRODUCT",
          description: expect.stringMatching(/./) as string,
        },
      ],
    });
  });

  test("more violations than a status holds are counted", async () => {
    const many = { lines: Array.from({ length: 200 }, () => ({ product: { id: "nope" } })) };
    const failed = (await server()
      .quotes.priceQuote({ order: many })
      .catch((reason: unknown) => reason)) as QuotaryError;
    expect(failed.violations.length).toBeGreaterThan(0);
    expect(failed.omitted).toBeGreaterThan(0);
  });

  function* users(many: number, upTo: (i: number) => void = () => undefined): Generator<object> {
    for (let i = 0; i < many; i++) {
      upTo(i);
      const id = `u${String(i).padStart(7, "0")}`;
      yield { id, active: true, managed: true, accesses: [{ productId: "jira" }] };
    }
  }

  const first = { edition: "2026", settings: { organisation: { verifiedDomains: ["acme.example"] } } };

  test("a hundred thousand users are counted", async () => {
    const count = await server().countBillableUsers(first, users(100_000));
    expect(count.standard?.billableUsers).toBe(100_000n);
  });

  test("a count is cancelled half way", async () => {
    const left = new AbortController();
    let drawn = 0;
    const counted = server().countBillableUsers(
      first,
      users(100_000, i => {
        drawn++;
        if (i === 50_000) left.abort();
      }),
      { signal: left.signal },
    );
    await expect(counted).rejects.toMatchObject({ code: Code.Canceled });
    expect(drawn).toBeLessThan(100_000);
  });

  test("a malformed item of a batch is one answer", async () => {
    function* requests(): Generator<{ correlationId: string; request: { order: ReturnType<typeof order> } }> {
      for (let i = 0; i < 300; i++) {
        yield { correlationId: String(i), request: { order: order(i === 100 ? "nope" : "jira") } };
      }
    }
    let place = 0;
    for await (const { correlationId, result } of server().batchPriceQuotes(requests())) {
      expect(correlationId).toBe(String(place));
      const failed = result.case === "status" ? QuotaryError.ofStatus(result.value) : undefined;
      expect(failed?.violations[0]?.reason).toBe(place === 100 ? "UNKNOWN_PRODUCT" : undefined);
      place++;
    }
    expect(place).toBe(300);
  });
});
