/** The client for browsers: Connect or gRPC-Web, by fetch. Calls that take a stream are for Node. */
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";

import { QuotaryClient } from "./client.js";
import { type CallSettings, contractTransport } from "./transport.js";

export * from "./shared.js";

/** How a browser reaches its server. */
export interface WebOptions extends Omit<CallSettings, "isLost"> {
  /** Connect with JSON, as a developer reads it in the network panel, or gRPC-Web. Connect unless given. */
  protocol?: "connect" | "grpc-web";
  /** Another fetch than the browser's. */
  fetch?: typeof globalThis.fetch;
}

/**
 * A client of the server at a URL ("https://quotary.example.org", or "/api" on the page's own).
 *
 * @throws Error when a token would go over clear text beyond this machine
 */
export function connect(baseUrl: string, options: WebOptions = {}): QuotaryClient {
  const { protocol = "connect", fetch, ...settings } = options;
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const url = new URL(baseUrl, page);
  if (settings.token !== undefined && url.protocol !== "https:" && !isLoopback(url.hostname)) {
    throw new Error(`no token is sent in the clear to ${url.host}: use https://`);
  }
  const transport = protocol === "connect" ? createConnectTransport : createGrpcWebTransport;
  const inner = transport({ baseUrl: url.href.replace(/\/$/, ""), ...(fetch && { fetch }) });
  // fetch throws a TypeError when it reaches no server.
  const isLost = (reason: unknown): boolean => reason instanceof Error && reason.cause instanceof TypeError;
  return new QuotaryClient(contractTransport(inner, { ...settings, isLost }));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
