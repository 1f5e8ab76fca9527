package dev.quotary.conformance;

import com.google.gson.JsonElement;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.quotary.client.QuotaryClient;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;

/** The calls of the contract by the names that vectors give them. */
final class Contract {
  private static final String PACKAGE = "quotary.v1.";

  private Contract() {}

  /**
   * The descriptor of a call ({@code TaxService.CalculateTax}).
   *
   * @throws IllegalArgumentException there is none of this name
   */
  @SuppressWarnings("unchecked")
  static MethodDescriptor<Message, Message> method(String call) {
    String[] parts = call.split("\\.");
    try {
      ServiceDescriptor service =
          (ServiceDescriptor)
              Class.forName("dev.quotary.v1." + parts[0] + "Grpc")
                  .getMethod("getServiceDescriptor")
                  .invoke(null);
      String full = PACKAGE + parts[0] + "/" + parts[1];
      return (MethodDescriptor<Message, Message>)
          service.getMethods().stream()
              .filter(each -> each.getFullMethodName().equals(full))
              .findFirst()
              .orElseThrow();
    } catch (ReflectiveOperationException | RuntimeException none) {
      throw new IllegalArgumentException("the contract has no call " + call, none);
    }
  }

  /** The requests of a vector as messages of the generated types. */
  static List<Message> requests(Vector vector) {
    var prototype = prototype(method(vector.call()));
    List<Message> requests = new ArrayList<>();
    for (JsonElement each : vector.requests()) {
      requests.add(parsed(each, prototype));
    }
    return requests;
  }

  static Message parsed(JsonElement json, Message prototype) {
    Message.Builder builder = prototype.newBuilderForType();
    try {
      JsonFormat.parser().merge(json.toString(), builder);
    } catch (InvalidProtocolBufferException misfit) {
      throw new IllegalArgumentException(misfit);
    }
    return builder.build();
  }

  private static Message prototype(MethodDescriptor<Message, Message> method) {
    var marshaller = (PrototypeMarshaller<Message>) method.getRequestMarshaller();
    return marshaller.getMessagePrototype();
  }

  /** A server that is reached by a client. */
  static Engine engine(QuotaryClient client) {
    return (call, requests) -> {
      var method = method(call);
      if (method.getType().serverSendsOneMessage()) {
        return List.of(
            method.getType().clientSendsOneMessage()
                ? client.calls().ask(method, requests.get(0))
                : client.calls().send(method, requests.iterator()));
      }
      List<Message> answers = new ArrayList<>();
      try (var taken = client.calls().exchange(method, requests.iterator())) {
        taken.forEachRemaining(answers::add);
      }
      return answers;
    };
  }
}
