package dev.quotary.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import dev.quotary.v1.BatchPriceQuotesRequest;
import dev.quotary.v1.BatchPriceQuotesResponse;
import dev.quotary.v1.CountBillableUsersRequest;
import dev.quotary.v1.CountBillableUsersResponse;
import dev.quotary.v1.CreateQuoteRequest;
import dev.quotary.v1.LicenceTierServiceGrpc.LicenceTierServiceImplBase;
import dev.quotary.v1.PriceQuoteRequest;
import dev.quotary.v1.PriceQuoteResponse;
import dev.quotary.v1.Quote;
import dev.quotary.v1.QuoteServiceGrpc;
import dev.quotary.v1.QuoteServiceGrpc.QuoteServiceImplBase;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against servers in the same process that behave as each test needs. */
@Timeout(30)
class CallsTest {
  private final List<Message> seen = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch cancelled = new CountDownLatch(1);
  private final CountDownLatch received = new CountDownLatch(1);
  private final AtomicInteger failuresToCome = new AtomicInteger();
  private Server server;
  private QuotaryClient client;

  @BeforeEach
  void start() throws IOException {
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .addService(new Quoting())
            .addService(new Counting())
            .build()
            .start();
    client = QuotaryClient.over(InProcessChannelBuilder.forName(name));
  }

  @AfterEach
  void stop() {
    client.close();
    server.shutdownNow();
  }

  private final class Quoting extends QuoteServiceImplBase {
    @Override
    public void createQuote(CreateQuoteRequest request, StreamObserver<Quote> answer) {
      answer(request, Quote.getDefaultInstance(), answer);
    }

    @Override
    public void priceQuote(PriceQuoteRequest request, StreamObserver<PriceQuoteResponse> answer) {
      if (request.getEdition().equals("never")) {
        ((ServerCallStreamObserver<PriceQuoteResponse>) answer)
            .setOnCancelHandler(cancelled::countDown);
        received.countDown();
        return;
      }
      answer(request, PriceQuoteResponse.getDefaultInstance(), answer);
    }

    private <A> void answer(Message request, A answer, StreamObserver<A> to) {
      seen.add(request);
      if (failuresToCome.getAndDecrement() > 0) {
        to.onError(Status.UNAVAILABLE.asRuntimeException());
        return;
      }
      to.onNext(answer);
      to.onCompleted();
    }

    @Override
    public StreamObserver<BatchPriceQuotesRequest> batchPriceQuotes(
        StreamObserver<BatchPriceQuotesResponse> answers) {
      ((ServerCallStreamObserver<BatchPriceQuotesResponse>) answers)
          .setOnCancelHandler(cancelled::countDown);
      return new StreamObserver<>() {
        @Override
        public void onNext(BatchPriceQuotesRequest request) {
          answers.onNext(
              BatchPriceQuotesResponse.newBuilder()
                  .setCorrelationId(request.getCorrelationId())
                  .build());
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {
          answers.onCompleted();
        }
      };
    }
  }

  private final class Counting extends LicenceTierServiceImplBase {
    @Override
    public StreamObserver<CountBillableUsersRequest> countBillableUsers(
        StreamObserver<CountBillableUsersResponse> answer) {
      return new StreamObserver<>() {
        private long users;

        @Override
        public void onNext(CountBillableUsersRequest request) {
          if (request.getEdition().equals("wrong")) {
            answer.onError(Status.INVALID_ARGUMENT.asRuntimeException());
          }
          users += request.getUsersCount();
        }

        @Override
        public void onError(Throwable error) {}

        @Override
        public void onCompleted() {
          answer.onNext(CountBillableUsersResponse.newBuilder().setTotalUsers(users).build());
          answer.onCompleted();
        }
      };
    }
  }

  @Test
  void aChangingCallKeepsItsRequestIdOverRetries() {
    failuresToCome.set(2);
    client.quotes().createQuote(CreateQuoteRequest.getDefaultInstance());
    assertEquals(3, seen.size());
    String id = ((CreateQuoteRequest) seen.get(0)).getRequestId();
    assertEquals(4, UUID.fromString(id).version());
    assertEquals(1, seen.stream().distinct().count());
  }

  @Test
  void aFailedChangeSaysWhichIdItHad() {
    failuresToCome.set(100);
    var request = CreateQuoteRequest.newBuilder().setRequestId("mine").build();
    var error = assertThrows(QuotaryException.class, () -> client.quotes().createQuote(request));
    assertEquals(Status.Code.UNAVAILABLE, error.code());
    assertEquals("mine", error.requestId().orElseThrow());
    assertEquals(4, seen.size());
  }

  @Test
  void aStubOfGrpcGetsARequestIdToo() {
    QuoteServiceGrpc.newBlockingStub(client.channel())
        .createQuote(CreateQuoteRequest.getDefaultInstance());
    assertTrue(((CreateQuoteRequest) seen.get(0)).hasRequestId());
  }

  @Test
  void aDeadlineEndsACall() {
    var quick = client.withDeadline(Duration.ofMillis(200));
    var error = assertThrows(QuotaryException.class, () -> quick.quotes().priceQuote(never()));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, error.code());
  }

  @Test
  void anInterruptCancelsACall() throws InterruptedException {
    var codes = Collections.synchronizedList(new ArrayList<Status.Code>());
    Thread thread =
        new Thread(
            () -> {
              try {
                client.quotes().priceQuote(never());
              } catch (QuotaryException error) {
                codes.add(error.code());
              }
            });
    thread.start();
    assertTrue(received.await(10, TimeUnit.SECONDS));
    thread.interrupt();
    thread.join();
    assertEquals(List.of(Status.Code.CANCELLED), codes);
    assertTrue(cancelled.await(10, TimeUnit.SECONDS));
  }

  @Test
  void batchedAnswersComeInOrder() {
    var ids = IntStream.range(0, 1000).mapToObj(Integer::toString).toList();
    try (var answers = client.quotes().batchPriceQuotes(items(ids.stream()))) {
      var came = answers.stream().map(BatchPriceQuotesResponse::getCorrelationId).toList();
      assertEquals(ids, came);
      assertFalse(answers.hasNext());
    }
  }

  @Test
  void nothingIsDrawnAheadOfWhatIsTaken() throws InterruptedException {
    AtomicInteger drawn = new AtomicInteger();
    var endless = Stream.generate(() -> Integer.toString(drawn.incrementAndGet()));
    try (var answers = client.quotes().batchPriceQuotes(items(endless))) {
      for (int i = 1; i <= 10; i++) {
        assertEquals(Integer.toString(i), answers.next().getCorrelationId());
      }
    }
    assertTrue(drawn.get() < 500, drawn + " were drawn");
    assertTrue(cancelled.await(10, TimeUnit.SECONDS));
  }

  @Test
  void aSourceThatFailsCancelsTheCall() throws InterruptedException {
    var failing = Stream.of("1", "x").peek(each -> Integer.parseInt(each)).iterator();
    var error =
        assertThrows(
            NumberFormatException.class,
            () -> {
              try (var answers = client.quotes().batchPriceQuotes(items(failing))) {
                answers.forEachRemaining(each -> {});
              }
            });
    assertTrue(error.getMessage().contains("x"));
    assertTrue(cancelled.await(10, TimeUnit.SECONDS));
  }

  @Test
  void aStreamThatFailsEarlyIsNotSentToItsEnd() {
    AtomicInteger drawn = new AtomicInteger();
    var endless =
        Stream.generate(
                () ->
                    CountBillableUsersRequest.newBuilder()
                        .setEdition(drawn.incrementAndGet() == 5 ? "wrong" : "")
                        .build())
            .iterator();
    var error =
        assertThrows(QuotaryException.class, () -> client.tiers().countBillableUsers(endless));
    assertEquals(Status.Code.INVALID_ARGUMENT, error.code());
  }

  @Test
  void aStreamOfRequestsHasOneAnswer() {
    var messages =
        IntStream.range(0, 50)
            .mapToObj(
                each ->
                    CountBillableUsersRequest.newBuilder()
                        .addUsersBuilder()
                        .setId("u" + each)
                        .build())
            .map(user -> CountBillableUsersRequest.newBuilder().addUsers(user).build())
            .iterator();
    assertEquals(50, client.tiers().countBillableUsers(messages).getTotalUsers());
  }

  private static PriceQuoteRequest never() {
    return PriceQuoteRequest.newBuilder().setEdition("never").build();
  }

  private static Iterator<BatchPriceQuotesRequest> items(Stream<String> ids) {
    return items(ids.iterator());
  }

  private static Iterator<BatchPriceQuotesRequest> items(Iterator<String> ids) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return ids.hasNext();
      }

      @Override
      public BatchPriceQuotesRequest next() {
        return BatchPriceQuotesRequest.newBuilder().setCorrelationId(ids.next()).build();
      }
    };
  }
}
