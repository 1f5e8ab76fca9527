package dev.quotary.example;

import dev.quotary.client.Dates;
import dev.quotary.client.Explanation;
import dev.quotary.client.QuotaryClient;
import dev.quotary.client.QuotaryException;
import dev.quotary.v1.BillingCycle;
import dev.quotary.v1.Channel;
import dev.quotary.v1.Deal;
import dev.quotary.v1.GivenDiscount;
import dev.quotary.v1.GivenPrice;
import dev.quotary.v1.Line;
import dev.quotary.v1.LineAction;
import dev.quotary.v1.OrderRequest;
import dev.quotary.v1.Outcome;
import dev.quotary.v1.Party;
import dev.quotary.v1.PartyKind;
import dev.quotary.v1.Platform;
import dev.quotary.v1.PostalAddress;
import dev.quotary.v1.PriceQuoteRequest;
import dev.quotary.v1.PriceQuoteResponse;
import dev.quotary.v1.Product;
import dev.quotary.v1.View;

/**
 * Prices an order, explains a figure, and handles a bad request and a refusal.
 *
 * <p>The receipt of the order goes to standard output, the rest to standard error. Usage: {@code
 * Example HOST:PORT}, or QUOTARY_TARGET.
 */
public final class Example {
  private Example() {}

  /** Runs the example. */
  public static void main(String[] arguments) {
    var builder = QuotaryClient.builder();
    if (arguments.length > 0) {
      builder.address(arguments[0]);
    }
    try (var client = builder.build()) {
      price(client);
      badRequest(client);
      refusal(client);
    }
  }

  private static void price(QuotaryClient client) {
    var request = PriceQuoteRequest.newBuilder().setOrder(order()).setView(View.VIEW_FULL).build();
    PriceQuoteResponse priced = client.quotes().priceQuote(request);
    System.out.print(Explanation.receipt(priced));
    priced.getAnswer().getStepsList().stream()
        .filter(step -> step.getId().equals(priced.getFee().getRuleId()))
        .forEach(step -> System.err.printf("why the fee: %s%n", step.getStatement()));
  }

  private static void badRequest(QuotaryClient client) {
    var order = order().toBuilder();
    order.getLinesBuilder(0).getProductBuilder().setId("no-such-product");
    try {
      client.quotes().priceQuote(PriceQuoteRequest.newBuilder().setOrder(order).build());
    } catch (QuotaryException bad) {
      System.err.printf("%s %s%n", bad.code(), bad.reason());
      bad.violations().forEach(violation -> System.err.printf("  %s%n", violation));
    }
  }

  private static void refusal(QuotaryClient client) {
    // A self-managed product on a perpetual licence, which is no longer sold.
    var order = order().toBuilder();
    order.getLinesBuilder(1).setAction(LineAction.LINE_ACTION_NEW);
    order.getLinesBuilder(1).getProductBuilder().setPlatform(Platform.PLATFORM_SERVER);
    var answer =
        client
            .quotes()
            .priceQuote(PriceQuoteRequest.newBuilder().setOrder(order).build())
            .getAnswer();
    if (answer.getOutcome() == Outcome.OUTCOME_REFUSED) {
      System.err.print(Explanation.reasons(answer));
    }
  }

  /** The order of the documents' own example for Turkey, as in examples/turkey.yaml. */
  private static OrderRequest order() {
    var buyer =
        Party.newBuilder()
            .setKind(PartyKind.PARTY_KIND_BUSINESS)
            .setAddress(PostalAddress.newBuilder().setRegionCode("TR"));
    return OrderRequest.newBuilder()
        .setDeal(
            Deal.newBuilder()
                .setOrderDate(Dates.of(2026, 3, 1))
                .setChannel(Channel.CHANNEL_DIRECT)
                .setBillingParty(buyer))
        .addLines(line("confluence", Platform.PLATFORM_CLOUD, "100.00"))
        .addLines(
            line("jira", Platform.PLATFORM_DATA_CENTER, "200.00")
                .setAction(LineAction.LINE_ACTION_RENEWAL))
        .build();
  }

  private static Line.Builder line(String product, Platform platform, String price) {
    return Line.newBuilder()
        .setProduct(Product.newBuilder().setId(product).setPlatform(platform))
        .setBillingCycle(BillingCycle.BILLING_CYCLE_ANNUAL)
        .setPrice(GivenPrice.newBuilder().setUnitPrice(price))
        .setDiscount(GivenDiscount.newBuilder().setRate("0.10"));
  }
}
