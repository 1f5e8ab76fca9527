import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Code } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { connect, QuotaryClient, QuotaryError } from "../src/node.js";
import { placeOf } from "../src/node.js";
import { QuoteService } from "../src/v1.js";

const folder = mkdtempSync(join(tmpdir(), "quotary-"));
const file = (name: string): string => join(folder, name);
const clients: QuotaryClient[] = [];
const servers: (http2.Http2Server | http2.Http2SecureServer)[] = [];
const headers: (string | null)[] = [];
let drawnByServer = 0;
let ended: Promise<boolean>;

const handler = connectNodeAdapter({
  routes: ({ service }) =>
    service(QuoteService, {
      getQuote: (_, { requestHeader }) => {
        headers.push(requestHeader.get("authorization"));
        return {};
      },
      async *batchPriceQuotes(requests, { signal }) {
        ended = new Promise(resolve => {
          signal.addEventListener("abort", () => {
            resolve(true);
          });
        });
        for await (const { correlationId } of requests) {
          drawnByServer++;
          yield { correlationId };
        }
      },
    }),
});

async function listening(server: http2.Http2Server | http2.Http2SecureServer, path?: string): Promise<number> {
  servers.push(server);
  await new Promise<void>(resolve => {
    if (path) server.listen(path, resolve);
    else server.listen(0, "127.0.0.1", resolve);
  });
  return path ? 0 : (server.address() as AddressInfo).port;
}

function connected(...given: Parameters<typeof connect>): QuotaryClient {
  const client = connect(...given);
  clients.push(client);
  return client;
}

function openssl(...given: string[]): void {
  execFileSync("openssl", given, { cwd: folder, stdio: "pipe" });
}

let port = 0;
let securePort = 0;

beforeAll(async () => {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem");
  writeFileSync(file("ext"), "subjectAltName=IP:127.0.0.1\n");
  for (const name of ["server", "client"]) {
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "ext", "-out", `${name}.pem`];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signed);
  }
  port = await listening(http2.createServer(handler));
  securePort = await listening(
    http2.createSecureServer(
      {
        key: readFileSync(file("server.key")),
        cert: readFileSync(file("server.pem")),
        ca: readFileSync(file("ca.pem")),
        requestCert: true,
        rejectUnauthorized: true,
      },
      handler,
    ),
  );
});

afterAll(() => {
  for (const client of clients) client.close();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

test.each([
  ["example.org:8080", { authority: "example.org:8080", tls: false, clear: false, loopback: false }],
  ["localhost:1", { authority: "localhost:1", tls: false, clear: false, loopback: true }],
  ["[::1]:1", { authority: "[::1]:1", tls: false, clear: false, loopback: true }],
  ["http://127.1.2.3:7", { authority: "127.1.2.3:7", tls: false, clear: true, loopback: true }],
  ["https://a.example/", { authority: "a.example", tls: true, clear: false, loopback: false }],
  ["unix:/run/q.sock", { path: "/run/q.sock", loopback: true }],
])("%s is an address", (address, place) => {
  expect(placeOf(address)).toMatchObject(place);
});

test.each(["", "example.org", "ftp://a:1", "https://", "https://a/path", "a:x"])("%j is no address", address => {
  expect(() => placeOf(address)).toThrow(address || "QUOTARY_TARGET");
});

test("no token goes in the clear beyond this machine", () => {
  expect(() => connect("example.org:80", { token: "secret" })).toThrow("in the clear");
  expect(() => connect("http://example.org", { token: () => "secret" })).toThrow("in the clear");
  connected("https://example.org", { token: "secret" });
  connected("127.0.0.1:1", { token: "secret" });
});

test("a token file is read for each call", async () => {
  vi.stubEnv("QUOTARY_TOKEN_FILE", file("token"));
  expect(() => connect("127.0.0.1:1")).toThrow("token");
  writeFileSync(file("token"), "first\n");
  const client = connected(`127.0.0.1:${port}`);
  await client.quotes.getQuote({});
  writeFileSync(file("token"), "second\n");
  await client.quotes.getQuote({});
  expect(headers.slice(-2)).toEqual(["Bearer first", "Bearer second"]);
  vi.unstubAllEnvs();
});

test("certificates both ways", async () => {
  const own = { ca: file("ca.pem"), cert: file("client.pem"), key: file("client.key") };
  const address = `https://127.0.0.1:${securePort}`;
  await connected(address, { ...own, token: "secret" }).quotes.getQuote({});
  expect(headers.at(-1)).toBe("Bearer secret");
  await expect(connected(address, { ca: own.ca, timeoutMs: 2000 }).quotes.getQuote({})).rejects.toThrow(QuotaryError);
  const strangers = connected(address, { cert: own.cert, key: own.key, timeoutMs: 2000 });
  await expect(strangers.quotes.getQuote({})).rejects.toThrow(QuotaryError);
  expect(() => connect(address, { key: own.key })).toThrow("certificate");
  expect(() => connect(`http://127.0.0.1:${securePort}`, { ca: own.ca })).toThrow("https://");
  vi.stubEnv("QUOTARY_CA", own.ca);
  vi.stubEnv("QUOTARY_CERT", own.cert);
  vi.stubEnv("QUOTARY_KEY", own.key);
  await connected(`127.0.0.1:${securePort}`).quotes.getQuote({});
  vi.unstubAllEnvs();
});

test("a socket of the file system is an address too", async () => {
  await listening(http2.createServer(handler), file("socket"));
  await connected(`unix:${file("socket")}`).quotes.getQuote({});
});

test("a server that is not there is UNAVAILABLE", async () => {
  const failed = await connected("127.0.0.1:1")
    .quotes.getQuote({})
    .catch((each: unknown) => each);
  expect(failed).toMatchObject({ code: Code.Unavailable });
});

test("answers come in order to the end", async () => {
  const client = connected(`127.0.0.1:${port}`);
  const requests = Array.from({ length: 2000 }, (_, i) => ({ correlationId: String(i) }));
  let place = 0;
  for await (const answer of client.batchPriceQuotes(requests)) {
    expect(answer.correlationId).toBe(String(place++));
  }
  expect(place).toBe(2000);
});

test("nothing is drawn that nobody reads, and leaving the loop cancels the call", async () => {
  const client = connected(`127.0.0.1:${port}`);
  let drawn = 0;
  function* endless(): Generator<{ correlationId: string }> {
    for (;;) yield { correlationId: `${"x".repeat(1000)}${drawn++}` };
  }
  drawnByServer = 0;
  for await (const answer of client.batchPriceQuotes(endless())) {
    expect(answer.correlationId.endsWith("x0")).toBe(true);
    // Until the streams are full of what is not read.
    for (let before = -1; before !== drawn; await new Promise(resolve => setTimeout(resolve, 300))) before = drawn;
    break;
  }
  expect(drawn).toBeLessThan(20_000);
  expect(drawnByServer).toBeLessThanOrEqual(drawn);
  expect(await ended).toBe(true);
  const held = drawn;
  await new Promise(resolve => setTimeout(resolve, 100));
  expect(drawn).toBeLessThanOrEqual(held + 1);
});
