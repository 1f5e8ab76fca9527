import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";

import { QuotaryError } from "./errors.js";
import serviceConfig from "./gen/service_config.js";

/** How a client makes its calls. */
export interface CallSettings {
  /** Milliseconds that a call may take, with its retries, unless the call says otherwise. The contract's own: 30 seconds. */
  timeoutMs?: number;
  /** Milliseconds that a stream may take, unless the call says otherwise. The contract's own: 600 seconds. */
  streamTimeoutMs?: number;
  /** Bearer token sent with each call, or where it comes from. */
  token?: string | (() => string | Promise<string>);
  /** Tells of a reason that the connection broke, which is as good as UNAVAILABLE. */
  isLost?: (reason: unknown) => boolean;
}

interface Policy {
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly backoff: (attempt: number) => number;
}

interface MethodConfig {
  name: { service?: string; method?: string }[];
  timeout: string;
  retryPolicy?: {
    maxAttempts: number;
    initialBackoff: string;
    maxBackoff: string;
    backoffMultiplier: number;
    retryableStatusCodes: string[];
  };
}

const milliseconds = (duration: string): number => Number(duration.replace(/s$/, "")) * 1000;

/** What the service config says of a method: its own entry, that of its service, or that of all. */
export function policyOf(method: DescMethod): Policy {
  const { typeName: service } = method.parent;
  const all: MethodConfig[] = serviceConfig.methodConfig;
  const named = (wanted: { service?: string; method?: string }): MethodConfig | undefined =>
    all.find(each => each.name.some(name => name.service === wanted.service && name.method === wanted.method));
  const found = named({ service, method: method.name }) ?? named({ service }) ?? named({});
  const retry = found?.retryPolicy;
  return {
    timeoutMs: found ? milliseconds(found.timeout) : 30_000,
    attempts: retry?.retryableStatusCodes.includes("UNAVAILABLE") ? retry.maxAttempts : 1,
    backoff: attempt =>
      retry
        ? Math.random() *
          Math.min(
            milliseconds(retry.initialBackoff) * retry.backoffMultiplier ** (attempt - 1),
            milliseconds(retry.maxBackoff),
          )
        : 0,
  };
}

/** The request, with an id when it is a changing call's and has none. The caller's message stays as it is. */
function identified<I extends DescMessage>(schema: I, init: MessageInitShape<I>): [MessageShape<I>, string] {
  const message = create(schema, init);
  if (!schema.fields.some(field => field.name === "request_id")) return [message, ""];
  const given = (message as { requestId?: string }).requestId;
  if (given !== undefined) return [message, given];
  const requestId = crypto.randomUUID();
  return [{ ...message, requestId }, requestId];
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      reject(new ConnectError("the call was cancelled", Code.Canceled));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end, { once: true });
  });
}

/** A transport of Connect that keeps to the contract: deadlines, retries, request ids, and errors of one type. */
export function contractTransport(inner: Transport, settings: CallSettings = {}): Transport {
  const typed = (reason: unknown, signal: AbortSignal | undefined, requestId = ""): QuotaryError => {
    const isLost = !signal?.aborted && settings.isLost?.(reason);
    return QuotaryError.of(reason, requestId, isLost ? Code.Unavailable : undefined);
  };
  const headers = async (given: HeadersInit | undefined): Promise<Headers> => {
    const sent = new Headers(given);
    const token = typeof settings.token === "function" ? await settings.token() : settings.token;
    if (token !== undefined && !sent.has("authorization")) sent.set("authorization", `Bearer ${token}`);
    return sent;
  };
  async function* read<M>(messages: AsyncIterable<M>, signal: AbortSignal | undefined): AsyncIterable<M> {
    try {
      yield* messages;
    } catch (reason) {
      throw typed(reason, signal);
    }
  }
  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const policy = policyOf(method);
      const ends = performance.now() + (timeoutMs ?? settings.timeoutMs ?? policy.timeoutMs);
      const [message, requestId] = identified(method.input, input);
      for (let attempt = 1; ; attempt++) {
        try {
          const left = Math.max(1, Math.ceil(ends - performance.now()));
          return await inner.unary(method, signal, left, await headers(header), message, contextValues);
        } catch (reason) {
          const error = typed(reason, signal, requestId);
          const wait = policy.backoff(attempt);
          if (error.code !== Code.Unavailable || attempt >= policy.attempts || performance.now() + wait >= ends) {
            throw error;
          }
          await pause(wait, signal).catch((stopped: unknown) => {
            throw typed(stopped, signal, requestId);
          });
        }
      }
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const ends = timeoutMs ?? settings.streamTimeoutMs ?? policyOf(method).timeoutMs;
      try {
        const response = await inner.stream(method, signal, ends, await headers(header), input, contextValues);
        return { ...response, message: read(response.message, signal) };
      } catch (reason) {
        throw typed(reason, signal);
      }
    },
  };
}
