package dev.quotary.client;

import dev.quotary.v1.AssessFulfilmentRequest;
import dev.quotary.v1.AssessFulfilmentResponse;
import dev.quotary.v1.GetInvoiceRequest;
import dev.quotary.v1.GetOrderRequest;
import dev.quotary.v1.Invoice;
import dev.quotary.v1.ListOrdersRequest;
import dev.quotary.v1.ListOrdersResponse;
import dev.quotary.v1.Order;
import dev.quotary.v1.OrderServiceGrpc;
import dev.quotary.v1.RecordPaymentRequest;
import dev.quotary.v1.RecordPaymentResponse;

/**
 * Keeps orders, their invoices and payments. QuoteService.AcceptQuote makes an order.
 *
 * <p>The calls of OrderService; what each says of its errors stands in the contract.
 */
public final class Orders {
  private final Calls calls;

  Orders(Calls calls) {
    this.calls = calls;
  }

  /**
   * When access, licence keys, mails and a manual review come, and who gets them. Stores nothing.
   */
  public AssessFulfilmentResponse assessFulfilment(AssessFulfilmentRequest request) {
    return calls.ask(OrderServiceGrpc.getAssessFulfilmentMethod(), request);
  }

  /** One order. Errors: NOT_FOUND. */
  public Order getOrder(GetOrderRequest request) {
    return calls.ask(OrderServiceGrpc.getGetOrderMethod(), request);
  }

  /** Orders by state and customer, newest first. */
  public ListOrdersResponse listOrders(ListOrdersRequest request) {
    return calls.ask(OrderServiceGrpc.getListOrdersMethod(), request);
  }

  /**
   * Records money that was received for an order, under the edition of the order. One effect a
   * request id.
   */
  public RecordPaymentResponse recordPayment(RecordPaymentRequest request) {
    return calls.ask(OrderServiceGrpc.getRecordPaymentMethod(), request);
  }

  /** One invoice. Errors: NOT_FOUND. */
  public Invoice getInvoice(GetInvoiceRequest request) {
    return calls.ask(OrderServiceGrpc.getGetInvoiceMethod(), request);
  }
}
