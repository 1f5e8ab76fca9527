import { Code, ConnectError } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";

import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";
import { type Status, StatusSchema } from "./gen/google/rpc/status_pb.js";

const CODES: ReadonlyMap<number, Code> = new Map(
  Object.values(Code)
    .filter(each => typeof each === "number")
    .map(each => [each, each]),
);

/** One thing that is wrong with a request, or that refuses a change. */
export interface Violation {
  /** Path in the request ("order.lines[0].product.id"). */
  readonly field: string;
  /** Catalogued code ("UNKNOWN_PRODUCT"). */
  readonly reason: string;
  /** What to do. */
  readonly description: string;
}

/** Why a call failed. Whatever fails, fails with one; details that are missing or broken leave their fields empty. */
export class QuotaryError extends Error {
  override readonly name = "QuotaryError";
  /** Code of gRPC. */
  readonly code: Code;
  /** Catalogued code ("MALFORMED_REQUEST"); empty when none came. */
  readonly reason: string;
  /** Facts beside the reason. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every violation, each by itself. */
  readonly violations: readonly Violation[];
  /** How many violations the server left out, since a status has only so much room. */
  readonly omitted: number;
  /** Milliseconds to wait before the next try; undefined when the server did not say. */
  readonly retryDelayMs: number | undefined;
  /** Id of a changing call: repeated with it, the call has no second effect. Empty when there is none. */
  readonly requestId: string;

  private constructor(status: ConnectError, code: Code, requestId: string) {
    const [info] = status.findDetails(ErrorInfoSchema);
    const violations: Violation[] = [
      ...status
        .findDetails(BadRequestSchema)
        .flatMap(each =>
          each.fieldViolations.map(({ field, reason, description }) => ({ field, reason, description })),
        ),
      ...status
        .findDetails(PreconditionFailureSchema)
        .flatMap(each =>
          each.violations.map(({ subject, type, description }) => ({ field: subject, reason: type, description })),
        ),
    ];
    const omitted = Number(info?.metadata.omitted ?? "0") || 0;
    super(
      [
        `${Code[code]}${info?.reason ? ` ${info.reason}` : ""}: ${status.rawMessage}`,
        ...violations.map(each => `  ${violationText(each)}`),
        ...(omitted > 0 ? [`  and ${omitted} more`] : []),
      ].join("\n"),
      { cause: status },
    );
    const delay = status.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.code = code;
    this.reason = info?.reason ?? "";
    this.metadata = info?.metadata ?? {};
    this.violations = violations;
    this.omitted = omitted;
    this.retryDelayMs = delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
    this.requestId = requestId || (status.findDetails(RequestInfoSchema)[0]?.requestId ?? "");
  }

  /** Reads what a call threw; `code` stands in for that of a connection which broke. */
  static of(reason: unknown, requestId = "", code?: Code): QuotaryError {
    if (reason instanceof QuotaryError) return reason;
    const status = agreeing(ConnectError.from(reason));
    return new QuotaryError(status, code ?? status.code, requestId);
  }

  /** Reads a status, such as that of one item of batchPriceQuotes; undefined when it is OK. */
  static ofStatus(status: Status | undefined): QuotaryError | undefined {
    const { code, message, details } = status ?? create(StatusSchema);
    if (code === 0) return undefined;
    const known = CODES.get(code) ?? Code.Unknown;
    const error = new ConnectError(message, known);
    error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
    return new QuotaryError(error, known, "");
  }
}

/** The error without its details where these are of another error than the status: they belong to no answer of this call. */
function agreeing(error: ConnectError): ConnectError {
  const said = CODES.get(Number(error.metadata.get("grpc-status") ?? error.code));
  if (said === undefined || said === error.code) return error;
  return new ConnectError(decodeURIComponent(error.metadata.get("grpc-message") ?? ""), said, error.metadata);
}

/** A violation in a line. */
export function violationText({ field, reason, description }: Violation): string {
  return [field, reason, description].filter(Boolean).join(": ");
}
