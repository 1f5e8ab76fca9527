import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, type Client, createClient, type Transport } from "@connectrpc/connect";

import { ChangeService } from "./gen/quotary/v1/change_service_pb.js";
import { EntitlementService } from "./gen/quotary/v1/entitlement_service_pb.js";
import {
  type CountBillableUsersRequestSchema,
  type CountBillableUsersResponse,
  LicenceTierService,
  type UserSchema,
} from "./gen/quotary/v1/licence_tier_service_pb.js";
import { OrderService } from "./gen/quotary/v1/order_service_pb.js";
import {
  type BatchPriceQuotesRequestSchema,
  type BatchPriceQuotesResponse,
  QuoteService,
} from "./gen/quotary/v1/quote_service_pb.js";
import { RefundService } from "./gen/quotary/v1/refund_service_pb.js";
import { RulebookService } from "./gen/quotary/v1/rulebook_service_pb.js";
import { SubscriptionService } from "./gen/quotary/v1/subscription_service_pb.js";
import { TaxService } from "./gen/quotary/v1/tax_service_pb.js";

const USERS_IN_MESSAGE = 1000;

/** Iterables of either kind. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** A client of a server: a typed object for each service. A refusal is an answer; what fails, fails with a QuotaryError. */
export class QuotaryClient {
  readonly quotes: Client<typeof QuoteService>;
  readonly orders: Client<typeof OrderService>;
  readonly taxes: Client<typeof TaxService>;
  readonly refunds: Client<typeof RefundService>;
  readonly tiers: Client<typeof LicenceTierService>;
  readonly subscriptions: Client<typeof SubscriptionService>;
  readonly entitlements: Client<typeof EntitlementService>;
  readonly changes: Client<typeof ChangeService>;
  readonly rulebook: Client<typeof RulebookService>;

  /** @param transport one that keeps to the contract (contractTransport); @param close what ends its connections. */
  constructor(
    readonly transport: Transport,
    readonly close: () => void = () => undefined,
  ) {
    this.quotes = createClient(QuoteService, transport);
    this.orders = createClient(OrderService, transport);
    this.taxes = createClient(TaxService, transport);
    this.refunds = createClient(RefundService, transport);
    this.tiers = createClient(LicenceTierService, transport);
    this.subscriptions = createClient(SubscriptionService, transport);
    this.entitlements = createClient(EntitlementService, transport);
    this.changes = createClient(ChangeService, transport);
    this.rulebook = createClient(RulebookService, transport);
  }

  /**
   * Prices a stream of orders; answers come in the order of the requests. An item that is malformed has a status in its
   * answer (QuotaryError.ofStatus), and the stream goes on. Requests are drawn no faster than answers are read; leaving the
   * loop cancels the call. Needs gRPC over HTTP/2, which browsers do not offer.
   */
  async *batchPriceQuotes(
    requests: AnyIterable<MessageInitShape<typeof BatchPriceQuotesRequestSchema>>,
    options: CallOptions = {},
  ): AsyncGenerator<BatchPriceQuotesResponse, void, undefined> {
    const left = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
    try {
      yield* this.quotes.batchPriceQuotes(drawn(requests), { ...options, signal });
    } finally {
      left.abort();
    }
  }

  /**
   * Counts the billable users of an organisation of any size. `first` has the settings, the edition and the view; users come
   * with ascending ids and are drawn no faster than the server takes them. Needs gRPC over HTTP/2.
   */
  countBillableUsers(
    first: MessageInitShape<typeof CountBillableUsersRequestSchema>,
    users: AnyIterable<MessageInitShape<typeof UserSchema>>,
    options: CallOptions = {},
  ): Promise<CountBillableUsersResponse> {
    return this.tiers.countBillableUsers(messages(first, users), options);
  }
}

async function* drawn<T>(items: AnyIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}

async function* messages(
  first: MessageInitShape<typeof CountBillableUsersRequestSchema>,
  users: AnyIterable<MessageInitShape<typeof UserSchema>>,
): AsyncGenerator<MessageInitShape<typeof CountBillableUsersRequestSchema>, void, undefined> {
  yield first;
  let waiting: MessageInitShape<typeof UserSchema>[] = [];
  for await (const user of users) {
    waiting.push(user);
    if (waiting.length === USERS_IN_MESSAGE) {
      yield { users: waiting };
      waiting = [];
    }
  }
  if (waiting.length > 0) yield { users: waiting };
}
