import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { expect, test } from "vitest";

import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from "../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../src/gen/google/rpc/status_pb.js";
import { type CallSettings, contractTransport, QuotaryClient, QuotaryError } from "../src/node.js";
import { policyOf } from "../src/transport.js";
import { CreateQuoteRequestSchema, LicenceTierService, QuoteService } from "../src/v1.js";

function asking(quotes: Partial<ServiceImpl<typeof QuoteService>>, settings?: CallSettings): QuotaryClient {
  const inner = createRouterTransport(({ service }) => {
    service(QuoteService, quotes);
  });
  return new QuotaryClient(contractTransport(inner, settings));
}

/** Fails so many times, and notes the ids of the requests. */
function failing(code: Code, times: number): { ids: (string | undefined)[]; client: QuotaryClient } {
  const ids: (string | undefined)[] = [];
  const client = asking({
    createQuote: request => {
      ids.push(request.requestId);
      if (ids.length <= times) throw new ConnectError("not now", code);
      return { name: "quotes/AT-1" };
    },
  });
  return { ids, client };
}

async function failureOf(call: Promise<unknown>): Promise<QuotaryError> {
  const reason: unknown = await call.then(
    () => undefined,
    (each: unknown) => each,
  );
  expect(reason).toBeInstanceOf(QuotaryError);
  return reason as QuotaryError;
}

test("a change keeps its id over its retries, and has a new one when it is called again", async () => {
  const { ids, client } = failing(Code.Unavailable, 2);
  const request = create(CreateQuoteRequestSchema, { quote: { customerId: "c" } });
  await client.quotes.createQuote(request);
  await client.quotes.createQuote(request);
  expect(ids).toHaveLength(4);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  expect(ids[3]).not.toBe(ids[0]);
  expect(request.requestId).toBeUndefined();
});

test("a change keeps the id that it is given, and nothing but UNAVAILABLE is repeated", async () => {
  const { ids, client } = failing(Code.Aborted, 1);
  const failed = await failureOf(client.quotes.createQuote({ requestId: "mine" }));
  expect(failed).toMatchObject({ code: Code.Aborted, requestId: "mine" });
  expect(ids).toEqual(["mine"]);
});

test("there are four attempts, and the failure names the id that was made", async () => {
  const { ids, client } = failing(Code.Unavailable, 9);
  const failed = await failureOf(client.quotes.createQuote({}));
  expect(ids).toHaveLength(4);
  expect(failed.requestId).toBe(ids[0]);
});

test("cancelling ends the wait for the next attempt", async () => {
  const left = new AbortController();
  const client = asking({
    createQuote: () => {
      left.abort();
      throw new ConnectError("not now", Code.Unavailable);
    },
  });
  expect(await failureOf(client.quotes.createQuote({}, { signal: left.signal }))).toMatchObject({
    code: Code.Canceled,
  });
});

test("what the service config says of a method holds for it", () => {
  expect(policyOf(QuoteService.method.createQuote)).toMatchObject({ timeoutMs: 30_000, attempts: 4 });
  expect(policyOf(QuoteService.method.batchPriceQuotes)).toMatchObject({ timeoutMs: 600_000, attempts: 1 });
  expect(policyOf(LicenceTierService.method.countBillableUsers)).toMatchObject({ timeoutMs: 600_000, attempts: 1 });
  const waits = Array.from({ length: 200 }, () => policyOf(QuoteService.method.createQuote).backoff(9));
  expect(Math.max(...waits)).toBeLessThanOrEqual(2000);
  expect(Math.max(...waits)).toBeGreaterThan(1000);
});

test("a deadline of the client is that of the call, with its retries", async () => {
  let attempts = 0;
  const client = asking(
    {
      createQuote: async (_, { signal }) => {
        attempts++;
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            reject(signal.reason as Error);
          });
        });
        return {};
      },
    },
    { timeoutMs: 100 },
  );
  expect(await failureOf(client.quotes.createQuote({}))).toMatchObject({ code: Code.DeadlineExceeded });
  expect(attempts).toBe(1);
});

test("every violation is read with its field", async () => {
  const client = asking({
    createQuote: () => {
      throw new ConnectError("no", Code.InvalidArgument, undefined, [
        { desc: ErrorInfoSchema, value: { reason: "MALFORMED_REQUEST", metadata: { omitted: "7" } } },
        {
          desc: BadRequestSchema,
          value: {
            fieldViolations: [
              { field: "a.b", reason: "UNKNOWN_PRODUCT", description: "Name another." },
              { field: "c", reason: "TOO_LONG", description: "Shorten it." },
            ],
          },
        },
        { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n, nanos: 500_000_000 } } },
      ]);
    },
  });
  const failed = await failureOf(client.quotes.createQuote({}));
  expect(failed).toMatchObject({
    code: Code.InvalidArgument,
    reason: "MALFORMED_REQUEST",
    omitted: 7,
    retryDelayMs: 1500,
    violations: [
      { field: "a.b", reason: "UNKNOWN_PRODUCT", description: "Name another." },
      { field: "c", reason: "TOO_LONG", description: "Shorten it." },
    ],
  });
  expect(failed.message).toBe(
    "InvalidArgument MALFORMED_REQUEST: no\n" +
      "  a.b: UNKNOWN_PRODUCT: Name another.\n  c: TOO_LONG: Shorten it.\n  and 7 more",
  );
});

test("a status of an item of a batch is read as an error is", () => {
  const details = [
    anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: "NOT_SOLD" })),
    anyPack(
      PreconditionFailureSchema,
      create(PreconditionFailureSchema, {
        violations: [{ type: "NOT_SOLD", subject: "order.lines[0]", description: "Take another." }],
      }),
    ),
  ];
  const failed = QuotaryError.ofStatus(create(StatusSchema, { code: Code.FailedPrecondition, message: "no", details }));
  expect(failed).toMatchObject({
    code: Code.FailedPrecondition,
    reason: "NOT_SOLD",
    violations: [{ field: "order.lines[0]", reason: "NOT_SOLD", description: "Take another." }],
  });
  expect(QuotaryError.ofStatus(undefined)).toBeUndefined();
  expect(QuotaryError.ofStatus(create(StatusSchema, { code: 99 }))).toMatchObject({ code: Code.Unknown });
});

test("details that are broken leave their fields empty", () => {
  const status = new ConnectError("broken", Code.Internal);
  status.details = [{ type: "google.rpc.ErrorInfo", value: new Uint8Array([255, 255, 255]) }];
  expect(QuotaryError.of(status)).toMatchObject({
    code: Code.Internal,
    reason: "",
    violations: [],
    omitted: 0,
    retryDelayMs: undefined,
    requestId: "",
  });
});

test("a token goes with each call, as it is at the time", async () => {
  const sent: (string | null)[] = [];
  let renewed = 0;
  const client = asking(
    {
      getQuote: (_, { requestHeader }) => {
        sent.push(requestHeader.get("authorization"));
        return {};
      },
    },
    { token: () => Promise.resolve(`t${++renewed}`) },
  );
  await client.quotes.getQuote({});
  await client.quotes.getQuote({});
  expect(sent).toEqual(["Bearer t1", "Bearer t2"]);
});
