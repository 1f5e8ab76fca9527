package dev.quotary.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.util.Iterator;

/**
 * The three shapes of a call, for whatever has a descriptor of gRPC: {@code
 * QuoteServiceGrpc.getPriceQuoteMethod()}. The calls by name are methods of the client's services.
 *
 * <p>Every failure is a {@link QuotaryException}.
 */
public final class Calls {
  private final Channel channel;

  Calls(Channel channel) {
    this.channel = channel;
  }

  /** One request, one answer. A thread that is interrupted while it waits cancels the call. */
  public <Q, A> A ask(MethodDescriptor<Q, A> method, Q request) {
    // Given here and not by the interceptor, so that a failure can say which id it was.
    Q sent = RequestIds.given(request);
    try {
      return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, sent);
    } catch (RuntimeException thrown) {
      throw QuotaryException.of(thrown, RequestIds.of(sent));
    }
  }

  /** A stream of requests, one answer. */
  public <Q, A> A send(MethodDescriptor<Q, A> method, Iterator<? extends Q> requests) {
    try (var answers = exchange(method, requests)) {
      if (answers.hasNext()) {
        A answer = answers.next();
        if (!answers.hasNext()) {
          return answer;
        }
      }
    }
    Status status = Status.INTERNAL.withDescription("not one answer, as the contract says");
    throw QuotaryException.of(status, null, null, null);
  }

  /** A stream of requests, a stream of answers. */
  public <Q, A> Answers<A> exchange(MethodDescriptor<Q, A> method, Iterator<? extends Q> requests) {
    return new Exchange<>(channel, method, requests);
  }
}
