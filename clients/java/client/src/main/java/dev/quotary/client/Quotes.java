package dev.quotary.client;

import dev.quotary.v1.AcceptQuoteRequest;
import dev.quotary.v1.AcceptQuoteResponse;
import dev.quotary.v1.BatchPriceQuotesRequest;
import dev.quotary.v1.BatchPriceQuotesResponse;
import dev.quotary.v1.CheckRequestRequest;
import dev.quotary.v1.CheckRequestResponse;
import dev.quotary.v1.CompareEditionsRequest;
import dev.quotary.v1.CompareEditionsResponse;
import dev.quotary.v1.CreateQuoteRequest;
import dev.quotary.v1.GetQuoteRequest;
import dev.quotary.v1.ListQuotesRequest;
import dev.quotary.v1.ListQuotesResponse;
import dev.quotary.v1.PriceQuoteRequest;
import dev.quotary.v1.PriceQuoteResponse;
import dev.quotary.v1.Quote;
import dev.quotary.v1.QuoteServiceGrpc;
import dev.quotary.v1.ReviseQuoteRequest;
import java.util.Iterator;

/**
 * Prices orders, keeps quotes and turns them into orders.
 *
 * <p>The calls of QuoteService; what each says of its errors stands in the contract.
 */
public final class Quotes {
  private final Calls calls;

  Quotes(Calls calls) {
    this.calls = calls;
  }

  /** Prices and taxes an order under one edition. Stores nothing. */
  public PriceQuoteResponse priceQuote(PriceQuoteRequest request) {
    return calls.ask(QuoteServiceGrpc.getPriceQuoteMethod(), request);
  }

  /**
   * Prices a stream of orders; one response a request, in the same order. A request that is
   * malformed gets a status in its response, and the stream goes on.
   */
  public Answers<BatchPriceQuotesResponse> batchPriceQuotes(
      Iterator<BatchPriceQuotesRequest> requests) {
    return calls.exchange(QuoteServiceGrpc.getBatchPriceQuotesMethod(), requests);
  }

  /**
   * Prices one order under several editions and says which rules make the difference. Stores
   * nothing.
   */
  public CompareEditionsResponse compareEditions(CompareEditionsRequest request) {
    return calls.ask(QuoteServiceGrpc.getCompareEditionsMethod(), request);
  }

  /** What a request to the vendor must contain, who may make it, and where. Stores nothing. */
  public CheckRequestResponse checkRequest(CheckRequestRequest request) {
    return calls.ask(QuoteServiceGrpc.getCheckRequestMethod(), request);
  }

  /** Prices an order and keeps it as a quote. One effect a request id. */
  public Quote createQuote(CreateQuoteRequest request) {
    return calls.ask(QuoteServiceGrpc.getCreateQuoteMethod(), request);
  }

  /** One quote, in its newest revision or in the one that the name asks for. Errors: NOT_FOUND. */
  public Quote getQuote(GetQuoteRequest request) {
    return calls.ask(QuoteServiceGrpc.getGetQuoteMethod(), request);
  }

  /** Quotes by state and customer, newest first. */
  public ListQuotesResponse listQuotes(ListQuotesRequest request) {
    return calls.ask(QuoteServiceGrpc.getListQuotesMethod(), request);
  }

  /**
   * Replaces the order of an open quote by a new revision, or adds a purchase order number. One
   * effect a request id.
   */
  public Quote reviseQuote(ReviseQuoteRequest request) {
    return calls.ask(QuoteServiceGrpc.getReviseQuoteMethod(), request);
  }

  /**
   * Turns the revision that the customer saw into an order, at the prices of that revision. One
   * effect a request id.
   */
  public AcceptQuoteResponse acceptQuote(AcceptQuoteRequest request) {
    return calls.ask(QuoteServiceGrpc.getAcceptQuoteMethod(), request);
  }
}
