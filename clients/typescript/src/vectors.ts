/** The conformance vectors, put to an engine behind a transport. */
import { createRegistry, fromJson, type JsonValue, type Message } from "@bufbuild/protobuf";
import type { DescMethod, DescMethodStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";

import { QuotaryError } from "./errors.js";
import { BadRequestSchema, ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { type Difference, differences, differenceText } from "./matcher.js";
import { text } from "./words.js";
import * as contract from "./v1.js";

/** One question and what a right answer holds; vectors.json has a list of them. */
export interface Vector {
  readonly id: string;
  readonly topic: string;
  readonly call: string;
  readonly title: string;
  readonly working: string;
  readonly cites: readonly { passage: string; heading: string }[];
  readonly rules: readonly { id: string; statement: string }[];
  readonly rulings: readonly { id: string; title: string }[];
  readonly request: JsonValue;
  readonly expect?: unknown;
  readonly readings: readonly Reading[];
  readonly error?: Failure;
}

/** One of the answers that pass where the documents contradict each other. */
export interface Reading {
  readonly ruling: string;
  readonly id: string;
  readonly expect: unknown;
}

interface Failure {
  readonly code: string;
  readonly reason?: string;
  readonly violations?: readonly { field: string; reason: string }[];
}

/** What came of a vector. */
export interface Result {
  readonly vector: Vector;
  readonly verdict: "agreed" | "disagreed" | "missing" | "unsupported";
  readonly differences: readonly Difference[];
  /** Of a contested vector, the reading that agreed. */
  readonly reading?: Reading | undefined;
}

const methods = new Map(
  Object.values(contract)
    .filter(each => "kind" in each && each.kind === "service")
    .flatMap(service => service.methods.map((each): [string, DescMethod] => [`${service.name}.${each.name}`, each])),
);

const registry = createRegistry(ErrorInfoSchema, BadRequestSchema);

/** Puts a vector to the engine and judges its answer. */
export async function put(vector: Vector, transport: Transport, timeoutMs = 30_000): Promise<Result> {
  const method = methods.get(vector.call);
  if (!method) return disagreed(vector, [{ path: "call", expected: "one of this contract", got: vector.call }]);
  const sends = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  const requests = (sends ? (vector.request as JsonValue[]) : [vector.request]).map(each =>
    fromJson(method.input, each, { registry }),
  );
  let answers: Message[];
  try {
    answers = await send(method, requests, transport, timeoutMs);
  } catch (reason) {
    return judgeError(vector, reason);
  }
  if (vector.error) return disagreed(vector, [{ path: "status", expected: vector.error.code, got: "OK" }]);
  return judge(vector, method, answers);
}

function disagreed(vector: Vector, found: readonly Difference[]): Result {
  return { vector, verdict: "disagreed", differences: found };
}

async function send(
  method: DescMethod,
  requests: Message[],
  transport: Transport,
  timeoutMs: number,
): Promise<Message[]> {
  const [first] = requests;
  if (method.methodKind === "unary" && first) {
    return [(await transport.unary(method as DescMethodUnary, undefined, timeoutMs, undefined, first)).message];
  }
  if (method.methodKind === "unary") throw new ConnectError("a call takes one request", Code.InvalidArgument);
  // An async generator is what a transport takes.
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* all(): AsyncGenerator<Message> {
    yield* requests;
  }
  const response = await transport.stream(method as DescMethodStreaming, undefined, timeoutMs, undefined, all());
  const answers: Message[] = [];
  for await (const answer of response.message) answers.push(answer);
  return answers;
}

function judge(vector: Vector, method: DescMethod, answers: Message[]): Result {
  const streams = method.methodKind === "server_streaming" || method.methodKind === "bidi_streaming";
  const against = (expect: unknown): Difference[] => {
    const wanted = streams ? (Array.isArray(expect) ? (expect as unknown[]) : []) : [expect];
    if (wanted.length !== answers.length) {
      return [{ path: "", expected: `${wanted.length} answers`, got: `${answers.length} answers` }];
    }
    return answers.flatMap((answer, i) => differences(wanted[i], method.output, answer, streams ? `[${i}]` : ""));
  };
  const found = vector.expect === undefined ? [] : against(vector.expect);
  const [first] = vector.readings;
  const reading = vector.readings.find(each => against(each.expect).length === 0);
  if (first && (!reading || found.length > 0)) return disagreed(vector, [...found, ...against(first.expect)]);
  return found.length > 0 ? disagreed(vector, found) : { vector, verdict: "agreed", differences: [], reading };
}

/** Names of codes as gRPC writes them: "INVALID_ARGUMENT", "CANCELLED". */
function codeName(code: Code): string {
  return code === Code.Canceled ? "CANCELLED" : Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}

function judgeError(vector: Vector, reason: unknown): Result {
  const error = QuotaryError.of(reason);
  const { error: wanted } = vector;
  const got = codeName(error.code);
  if (wanted?.code !== got) {
    if ([Code.Unavailable, Code.DeadlineExceeded, Code.Canceled].includes(error.code)) {
      return { vector, verdict: "missing", differences: [{ path: "status", expected: "an answer", got }] };
    }
    if (error.code === Code.Unimplemented) return { vector, verdict: "unsupported", differences: [] };
  }
  const status = ConnectError.from(error.cause);
  if (!wanted) {
    return disagreed(vector, [{ path: "status", expected: "OK", got: `${got} ${status.rawMessage}`.trim() }]);
  }
  const found: Difference[] = [];
  if (wanted.code !== got) found.push({ path: "status", expected: wanted.code, got });
  const reasons = status.findDetails(ErrorInfoSchema).map(each => each.reason);
  if (wanted.reason !== undefined && (reasons.length !== 1 || reasons[0] !== wanted.reason)) {
    found.push({ path: "reason", expected: wanted.reason, got: reasons.join(", ") || "none" });
  }
  if (wanted.violations) {
    const expected = violationsText(wanted.violations);
    const actual = violationsText(status.findDetails(BadRequestSchema).flatMap(each => each.fieldViolations));
    if (expected !== actual) found.push({ path: "violations", expected, got: actual });
  }
  return found.length > 0 ? disagreed(vector, found) : { vector, verdict: "agreed", differences: [] };
}

function violationsText(violations: readonly { field: string; reason: string }[]): string {
  const told = violations.map(({ field, reason }) => `${text(field)}: ${reason}`);
  return `{${told.sort().join(", ")}}`;
}

/** A result as the kit's own runner tells it. */
export function resultText({ vector, verdict, differences: found }: Result): string {
  const about = (kind: string, id: string, words: string): string => `${kind} ${id}${words && `: ${words}`}`;
  return [
    verdict,
    ...(vector.title ? [vector.title] : []),
    ...found.map(differenceText),
    ...(verdict === "disagreed"
      ? [
          ...(vector.working ? vector.working.trimEnd().split("\n") : []).map(line => `| ${line}`),
          ...vector.cites.map(each => about("passage", each.passage, each.heading)),
          ...vector.rules.map(each => about("rule", each.id, each.statement)),
          ...vector.rulings.map(each => about("ruling", each.id, each.title)),
          `${vector.call} ${JSON.stringify(vector.request)}`,
        ]
      : []),
  ].join("\n    ");
}

/** A name in which * is anything within one part and ** any number of parts; without a slash it is an id. */
export function patternOf(name: string): RegExp {
  const parts = (name.includes("/") ? name : `**/${name}`).split("/");
  const written = parts.map((part, i) => {
    const last = i === parts.length - 1;
    if (part === "**") return last ? ".*" : "(?:[^/]+/)*";
    return part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*") + (last ? "" : "/");
  });
  return new RegExp(`^${written.join("")}$`);
}

/**
 * A list of vectors that are known to fail: a pattern, "#" and the reason a line.
 *
 * @throws Error when an entry has no reason or names no vector
 */
export function readKnown(list: string, vectors: readonly Vector[]): (name: string) => string | undefined {
  const entries = list
    .split("\n")
    .map(
      line =>
        /^([^#]*)#?(.*)$/
          .exec(line.trim())
          ?.slice(1, 3)
          .map(part => part.trim()) ?? [],
    )
    .filter(([name]) => name)
    .map(([name = "", reason = ""]) => ({ name, reason, pattern: patternOf(name) }));
  for (const { name, reason, pattern } of entries) {
    if (!reason) throw new Error(`${name} has no reason`);
    if (!vectors.some(each => pattern.test(`${each.topic}/${each.id}`)))
      throw new Error(`no vector has the name ${name}`);
  }
  return name => entries.find(each => each.pattern.test(name))?.reason;
}
