package dev.quotary.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.MethodDescriptor;
import java.util.UUID;

/**
 * Gives each changing call that has none a request id. A retry sends the same message again, so the
 * id is kept and a lost answer is no second effect.
 */
final class RequestIds implements ClientInterceptor {
  private static final String FIELD = "request_id";

  /** The request, with an id when its kind has one and it is absent. */
  @SuppressWarnings("unchecked")
  static <Q> Q given(Q request) {
    if (!(request instanceof Message message)) {
      return request;
    }
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(FIELD);
    if (field == null || message.hasField(field)) {
      return request;
    }
    return (Q) message.toBuilder().setField(field, UUID.randomUUID().toString()).build();
  }

  /** The id of a request; null when it has none. */
  static String of(Object request) {
    if (!(request instanceof Message message)) {
      return null;
    }
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(FIELD);
    return field != null && message.hasField(field) ? (String) message.getField(field) : null;
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void sendMessage(Q message) {
        super.sendMessage(given(message));
      }
    };
  }
}
