/** The client for Node: gRPC over HTTP/2. */
import { readFileSync } from "node:fs";
import { connect as connectSocket, isIP } from "node:net";

import { ConnectError } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";

import { QuotaryClient } from "./client.js";
import { type CallSettings, contractTransport } from "./transport.js";

export * from "./shared.js";

/** What a server may send at once, as gRPC libraries take it by themselves. */
const MOST_BYTES_OF_ANSWER = 4 * 1024 * 1024;

/** How a program reaches its server. Files are in PEM form. What is not given is taken from the environment. */
export interface NodeOptions extends Omit<CallSettings, "isLost"> {
  /** File with the authorities to trust instead of Node's own (QUOTARY_CA). */
  ca?: string;
  /** File with the client's certificate (QUOTARY_CERT). */
  cert?: string;
  /** File with the key of the client's certificate (QUOTARY_KEY). */
  key?: string;
  /** Most bytes of one answer: 4 MiB unless given. */
  readMaxBytes?: number;
}

/**
 * A client of the server at an address: "host:port", "http://host:port", "https://host:port", "unix:/path"; QUOTARY_TARGET
 * when none is given. The token may come from the file that QUOTARY_TOKEN_FILE names, which is read for each call.
 * Close the client at the end, so that the program can end.
 *
 * @throws Error when the address, the files and the token do not go together
 */
export function connect(address = process.env.QUOTARY_TARGET ?? "", options: NodeOptions = {}): QuotaryClient {
  const place = placeOf(address);
  const files = { ca: options.ca ?? "", cert: options.cert ?? "", key: options.key ?? "" };
  if (place.clear && Object.values(files).some(Boolean)) {
    throw new Error(`${address} is not encrypted, so no CA or certificate is of use: write https://`);
  }
  files.ca ||= process.env.QUOTARY_CA ?? "";
  if (!files.cert && !files.key) {
    files.cert = process.env.QUOTARY_CERT ?? "";
    files.key = process.env.QUOTARY_KEY ?? "";
  }
  const secure = !place.clear && (place.tls || Object.values(files).some(Boolean));
  if (secure && !files.cert !== !files.key) {
    throw new Error("a client certificate needs its key, and a key its certificate");
  }
  const token = tokenOf(options);
  if (token !== undefined && !secure && !place.loopback) {
    throw new Error(`no token is sent in the clear to ${place.authority}: use https://`);
  }
  const baseUrl = `${secure ? "https" : "http"}://${place.authority}`;
  const { path } = place;
  const sessionManager = new Http2SessionManager(baseUrl, undefined, {
    ...(path && { createConnection: () => connectSocket(path) }),
    ...(secure && files.ca && { ca: readFileSync(files.ca) }),
    ...(secure && files.cert && { cert: readFileSync(files.cert), key: readFileSync(files.key) }),
  });
  const inner = createGrpcTransport({
    baseUrl,
    sessionManager,
    readMaxBytes: options.readMaxBytes ?? MOST_BYTES_OF_ANSWER,
  });
  return new QuotaryClient(contractTransport(inner, { ...options, token, isLost }), () => {
    sessionManager.abort();
  });
}

interface Place {
  authority: string;
  tls: boolean;
  clear: boolean;
  loopback: boolean;
  path?: string;
}

/** An address taken apart. */
export function placeOf(address: string): Place {
  if (!address) throw new Error("no address: give one, or set QUOTARY_TARGET");
  if (address.startsWith("unix:")) {
    const path = address.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    return { authority: "localhost", tls: false, clear: true, loopback: true, path };
  }
  const written = address.includes("://") ? address : `grpc://${address}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const known = url && ["http:", "https:", "grpc:"].includes(url.protocol) && url.hostname;
  if (!known || url.pathname.replace("/", "") || (url.protocol === "grpc:" && !url.port)) {
    throw new Error(`${address} is not host:port, http(s)://host:port or unix:/path`);
  }
  const tls = url.protocol === "https:";
  return { authority: url.host, tls, clear: url.protocol === "http:", loopback: isLoopback(url.hostname) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || (isIP(host) === 4 && host.startsWith("127."));
}

function tokenOf(options: NodeOptions): CallSettings["token"] {
  const file = process.env.QUOTARY_TOKEN_FILE;
  if (options.token !== undefined || !file) return options.token;
  const read = (): string => {
    const text = readFileSync(file, "utf8").trim();
    if (!text) throw new Error(`${file} is empty: it is to hold the token`);
    return text;
  };
  read();
  return read;
}

/** What Node and Connect say when the connection broke under a call, or did not take it up; which of it is a matter of chance. */
const LOST_CODES = [
  "ECONNRESET",
  "EPIPE",
  "ERR_HTTP2_GOAWAY_SESSION",
  "ERR_HTTP2_INVALID_SESSION",
  "ERR_HTTP2_SESSION_ERROR",
  "ERR_STREAM_DESTROYED",
];
const LOST_WORDS = /NGHTTP2_REFUSED_STREAM|^http\/2 stream closed with error code (CANCEL|REFUSED_STREAM)/;

function isLost(reason: unknown): boolean {
  for (let each = reason, depth = 0; each instanceof Error && depth < 10; each = each.cause, depth++) {
    const said = each instanceof ConnectError ? each.rawMessage : each.message;
    if (LOST_WORDS.test(said) || LOST_CODES.includes(String((each as { code?: unknown }).code))) return true;
  }
  return false;
}
