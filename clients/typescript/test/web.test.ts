import * as http from "node:http";
import type { AddressInfo } from "node:net";

import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

import { BadRequestSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { QuoteService } from "../src/v1.js";
import * as web from "../src/web.js";
import { order } from "./order.js";

const asked: { contentType: string | null; authorization: string | null; id: string | undefined }[] = [];

const server = http.createServer(
  connectNodeAdapter({
    routes: ({ service }) =>
      service(QuoteService, {
        priceQuote: ({ order }, { requestHeader }) => {
          asked.push({
            contentType: requestHeader.get("content-type"),
            authorization: requestHeader.get("authorization"),
            id: undefined,
          });
          if (order?.lines[0]?.product?.id !== "nope") return { netTotal: web.moneyOf(20000n, "USD") };
          throw new ConnectError("no", Code.InvalidArgument, undefined, [
            { desc: BadRequestSchema, value: { fieldViolations: [{ field: "order", reason: "UNKNOWN_PRODUCT" }] } },
          ]);
        },
        createQuote: ({ requestId }) => {
          asked.push({ contentType: null, authorization: null, id: requestId });
          if (asked.length < 3) throw new ConnectError("not now", Code.Unavailable);
          return { name: "quotes/AT-1" };
        },
      }),
  }),
);

let url = "";

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

test.each([
  ["connect", "application/json"],
  ["grpc-web", "application/grpc-web+proto"],
] as const)("%s carries an answer and a violation", async (protocol, contentType) => {
  asked.length = 0;
  const client = web.connect(url, { protocol, token: "secret" });
  const quote = await client.quotes.priceQuote({ order: order() });
  expect(quote.netTotal && web.moneyText(quote.netTotal)).toBe("200.00 USD");
  expect(asked).toEqual([{ contentType, authorization: "Bearer secret", id: undefined }]);
  await expect(client.quotes.priceQuote({ order: order("nope") })).rejects.toMatchObject({
    name: "QuotaryError",
    code: web.Code.InvalidArgument,
    violations: [{ field: "order", reason: "UNKNOWN_PRODUCT" }],
  });
});

test("a change keeps its id over its retries", async () => {
  asked.length = 0;
  expect(await web.connect(url).quotes.createQuote({})).toMatchObject({ name: "quotes/AT-1" });
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map(each => each.id)).size).toBe(1);
});

test("a server that is not there is UNAVAILABLE", async () => {
  await expect(web.connect("http://127.0.0.1:1").quotes.priceQuote({})).rejects.toMatchObject({
    code: web.Code.Unavailable,
  });
});

test("no token goes in the clear beyond this machine", () => {
  expect(() => web.connect("http://example.org", { token: "secret" })).toThrow("in the clear");
  web.connect("https://example.org", { token: "secret" });
});

test("a browser's bundle has no module of Node", async () => {
  const entry = new URL("../src/web.ts", import.meta.url).pathname;
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    minify: true,
    write: false,
    metafile: true,
  });
  const outside = Object.values(metafile.outputs).flatMap(each => each.imports);
  expect(outside).toEqual([]);
  expect(Object.keys(metafile.inputs).filter(each => each.includes("connect-node"))).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeGreaterThan(10_000);
});
