package dev.quotary.client;

import dev.quotary.v1.AllotAmountRequest;
import dev.quotary.v1.AllotAmountResponse;
import dev.quotary.v1.AssessRefundRequest;
import dev.quotary.v1.AssessRefundResponse;
import dev.quotary.v1.CreateRefundRequest;
import dev.quotary.v1.GetRefundRequest;
import dev.quotary.v1.ListRefundsRequest;
import dev.quotary.v1.ListRefundsResponse;
import dev.quotary.v1.Refund;
import dev.quotary.v1.RefundServiceGrpc;

/**
 * Assesses refunds and makes them.
 *
 * <p>The calls of RefundService; what each says of its errors stands in the contract.
 */
public final class Refunds {
  private final Calls calls;

  Refunds(Calls calls) {
    this.calls = calls;
  }

  /** What of a paid order may be refunded, and until when. Stores nothing. */
  public AssessRefundResponse assessRefund(AssessRefundRequest request) {
    return calls.ask(RefundServiceGrpc.getAssessRefundMethod(), request);
  }

  /**
   * How an amount of a paid order belongs to the net amount, the fee and each tax of its lines: of
   * a part payment, of an odd refund. To the cent what the calls that keep orders allot. Stores
   * nothing.
   */
  public AllotAmountResponse allotAmount(AllotAmountRequest request) {
    return calls.ask(RefundServiceGrpc.getAllotAmountMethod(), request);
  }

  /**
   * Refunds an order whole, by line, or its tax alone, under the edition of the order. One effect a
   * request id.
   */
  public Refund createRefund(CreateRefundRequest request) {
    return calls.ask(RefundServiceGrpc.getCreateRefundMethod(), request);
  }

  /** One refund. Errors: NOT_FOUND. */
  public Refund getRefund(GetRefundRequest request) {
    return calls.ask(RefundServiceGrpc.getGetRefundMethod(), request);
  }

  /** Refunds of one order, or of all ("orders/-"), newest first. */
  public ListRefundsResponse listRefunds(ListRefundsRequest request) {
    return calls.ask(RefundServiceGrpc.getListRefundsMethod(), request);
  }
}
