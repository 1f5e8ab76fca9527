package dev.quotary.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.quotary.v1.BatchPriceQuotesRequest;
import dev.quotary.v1.BatchPriceQuotesResponse;
import dev.quotary.v1.BillableUserSettings;
import dev.quotary.v1.Channel;
import dev.quotary.v1.CountBillableUsersRequest;
import dev.quotary.v1.CreateQuoteRequest;
import dev.quotary.v1.Deal;
import dev.quotary.v1.GivenPrice;
import dev.quotary.v1.Line;
import dev.quotary.v1.ListEditionsRequest;
import dev.quotary.v1.ListQuotesRequest;
import dev.quotary.v1.OrderRequest;
import dev.quotary.v1.Organisation;
import dev.quotary.v1.Party;
import dev.quotary.v1.PriceQuoteRequest;
import dev.quotary.v1.Product;
import dev.quotary.v1.Quote;
import dev.quotary.v1.User;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against a server that makes faults on demand: -Dquotary.target=HOST:PORT. */
@EnabledIfSystemProperty(named = "quotary.target", matches = ".+")
@Timeout(120)
class ServerTest {
  private static final Metadata.Key<String> FAULT =
      Metadata.Key.of("quotary-fault", Metadata.ASCII_STRING_MARSHALLER);
  private static final int USERS = 100_000;

  private QuotaryClient client;

  @BeforeEach
  void connect() {
    client = QuotaryClient.builder().address(System.getProperty("quotary.target")).build();
  }

  @AfterEach
  void close() {
    client.close();
  }

  private QuotaryClient suffering(String fault) {
    Metadata headers = new Metadata();
    headers.put(FAULT, fault + "; key=java-" + UUID.randomUUID());
    return client.withInterceptor(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static QuotaryException failed(Runnable call) {
    return assertThrows(QuotaryException.class, call::run);
  }

  private static void listEditions(QuotaryClient client) {
    client.rulebook().listEditions(ListEditionsRequest.getDefaultInstance());
  }

  private static OrderRequest order() {
    return OrderRequest.newBuilder()
        .setDeal(
            Deal.newBuilder()
                .setOrderDate(Dates.of(2026, 3, 1))
                .setChannel(Channel.CHANNEL_DIRECT)
                .setBillingParty(Party.getDefaultInstance()))
        .addLines(
            Line.newBuilder()
                .setProduct(Product.newBuilder().setId("jira"))
                .setPrice(GivenPrice.newBuilder().setUnitPrice("10.00")))
        .build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"unavailable-before; times=3", "unavailable-after; times=3", "goaway"})
  void aChangeWhoseAnswerWasLostHasOneEffect(String fault) {
    String customer = "java-" + UUID.randomUUID();
    var quote = Quote.newBuilder().setCustomerId(customer).setOrder(order());
    var made =
        suffering(fault)
            .quotes()
            .createQuote(CreateQuoteRequest.newBuilder().setQuote(quote).build());
    var kept =
        client.quotes().listQuotes(ListQuotesRequest.newBuilder().setCustomerId(customer).build());
    assertEquals(
        List.of(made.getName()), kept.getQuotesList().stream().map(Quote::getName).toList());
  }

  @Test
  void aConnectionThatDropsIsTriedAgain() {
    listEditions(suffering("drop"));
  }

  @Test
  void aFifthAttemptIsNotMade() {
    var error = failed(() -> listEditions(suffering("unavailable-before; times=4")));
    assertEquals(Status.Code.UNAVAILABLE, error.code());
  }

  @Test
  void aSlowAnswerMeetsTheDeadline() {
    var quick = suffering("slow; ms=5000").withDeadline(Duration.ofMillis(300));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, failed(() -> listEditions(quick)).code());
    listEditions(suffering("slow; ms=300"));
  }

  @Test
  void aLimitSaysWhenToComeBack() {
    var error = failed(() -> listEditions(suffering("exhausted; ms=1500")));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, error.code());
    assertFalse(error.reason().isEmpty());
    assertEquals(Duration.ofMillis(1500), error.retryDelay().orElseThrow());
  }

  @Test
  void anOversizedAnswerIsAnErrorUnlessItIsExpected() {
    var error = failed(() -> listEditions(suffering("oversized")));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, error.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"contradiction", "broken-details"})
  void detailsThatCannotBeTrustedAreLeftOut(String fault) {
    var error = failed(() -> listEditions(suffering(fault)));
    assertEquals(Status.Code.INVALID_ARGUMENT, error.code());
    assertEquals("", error.reason());
    assertEquals(List.of(), error.violations());
  }

  @Test
  void everyViolationIsNamedAndTheRestCounted() {
    var wrong = order().toBuilder();
    for (int i = 1; i < 300; i++) {
      wrong.addLines(
          Line.newBuilder()
              .setProduct(Product.newBuilder().setId("nope"))
              .setPrice(GivenPrice.newBuilder().setUnitPrice("-2")));
    }
    var request = PriceQuoteRequest.newBuilder().setOrder(wrong).build();
    var error = failed(() -> client.quotes().priceQuote(request));
    assertEquals(Status.Code.INVALID_ARGUMENT, error.code());
    assertEquals("order.lines[1].product.id", error.violations().get(0).field());
    assertFalse(error.violations().get(0).description().isEmpty());
    assertEquals(2 * 299, error.violations().size() + error.omitted());
  }

  @Test
  void aBatchIsAnsweredInItsOrder() {
    Iterator<BatchPriceQuotesRequest> items =
        IntStream.range(0, 100)
            .mapToObj(
                each ->
                    BatchPriceQuotesRequest.newBuilder()
                        .setCorrelationId(Integer.toString(each))
                        .setRequest(PriceQuoteRequest.newBuilder().setOrder(order()))
                        .build())
            .iterator();
    try (var answers = client.quotes().batchPriceQuotes(items)) {
      assertEquals(
          IntStream.range(0, 100).mapToObj(Integer::toString).toList(),
          answers.stream().map(BatchPriceQuotesResponse::getCorrelationId).toList());
    }
  }

  @Test
  void aHundredThousandUsersAreCounted() {
    AtomicInteger drawn = new AtomicInteger();
    var answer = client.tiers().countBillableUsers(users(drawn));
    assertEquals(USERS, answer.getTotalUsers());
    assertEquals(USERS, drawn.get());
  }

  @Test
  void anInterruptEndsAStream() throws InterruptedException {
    AtomicInteger drawn = new AtomicInteger();
    var codes = Collections.synchronizedList(new ArrayList<Status.Code>());
    var counting =
        new Thread(
            () -> codes.add(failed(() -> client.tiers().countBillableUsers(slowly(drawn))).code()));
    counting.start();
    while (drawn.get() < 1000) {
      Thread.sleep(1);
    }
    counting.interrupt();
    counting.join();
    assertEquals(List.of(Status.Code.CANCELLED), codes);
    assertTrue(drawn.get() < USERS, "drawn: " + drawn);
    listEditions(client);
  }

  /** The same, a millisecond a message after the first thousand: there is time to interrupt it. */
  private static Iterator<CountBillableUsersRequest> slowly(AtomicInteger drawn) {
    var fast = users(drawn);
    return Stream.generate(
            () -> {
              if (drawn.get() >= 1000) {
                LockSupport.parkNanos(1_000_000);
              }
              return fast.next();
            })
        .limit(1 + USERS / 50)
        .iterator();
  }

  /** Settings, then the users, fifty a message. */
  private static Iterator<CountBillableUsersRequest> users(AtomicInteger drawn) {
    var first =
        CountBillableUsersRequest.newBuilder()
            .setSettings(
                BillableUserSettings.newBuilder()
                    .setOrganisation(Organisation.newBuilder().addVerifiedDomains("a.example")))
            .build();
    var rest =
        IntStream.range(0, USERS / 50)
            .mapToObj(
                message -> {
                  var request = CountBillableUsersRequest.newBuilder();
                  for (int i = 0; i < 50; i++) {
                    String id = "u%06d".formatted(50 * message + i);
                    request.addUsers(User.newBuilder().setId(id));
                  }
                  drawn.addAndGet(50);
                  return request.build();
                });
    return Stream.concat(Stream.of(first), rest).iterator();
  }
}
