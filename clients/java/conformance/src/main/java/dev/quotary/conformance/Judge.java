package dev.quotary.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Puts a vector to an engine and says whether it agreed, in the words of the kit's own runner. */
final class Judge {
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final Set<Status.Code> NO_ANSWER =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED, Status.Code.CANCELLED);

  private Judge() {}

  static void judge(Vector vector, Engine engine) {
    List<Message> requests = Contract.requests(vector);
    List<? extends Message> answers;
    try {
      answers = engine.answer(vector.call(), requests);
    } catch (RuntimeException thrown) {
      failed(vector, thrown);
      return;
    }
    if (vector.error() != null) {
      disagree(
          vector,
          List.of(new Difference("status", vector.error().get("code").getAsString(), "OK")));
    }
    disagree(vector, differences(vector, answers));
  }

  private static List<Difference> differences(Vector vector, List<? extends Message> answers) {
    List<Difference> found = new ArrayList<>();
    if (vector.expect() != null) {
      found.addAll(differences(vector.expect(), answers));
    }
    List<List<Difference>> byReading =
        vector.readings().stream().map(each -> differences(each.expect(), answers)).toList();
    // One reading has to agree; of none that does, the rule book's own is shown.
    if (!byReading.isEmpty() && (!found.isEmpty() || byReading.stream().noneMatch(List::isEmpty))) {
      found.addAll(byReading.get(0));
    }
    return found;
  }

  private static List<Difference> differences(JsonElement expect, List<? extends Message> answers) {
    if (!expect.isJsonArray()) {
      return Matcher.differences(expect, answers.get(0));
    }
    List<JsonElement> each = expect.getAsJsonArray().asList();
    if (each.size() != answers.size()) {
      return List.of(
          new Difference("answers", each.size() + " of them", answers.size() + " of them"));
    }
    List<Difference> found = new ArrayList<>();
    for (int i = 0; i < each.size(); i++) {
      found.addAll(Matcher.differences(each.get(i), answers.get(i), "[" + i + "]"));
    }
    return found;
  }

  private static void failed(Vector vector, RuntimeException thrown) {
    // A QuotaryException has what the stub threw as its cause.
    Status status = Status.fromThrowable(thrown);
    if (status.getCode() == Status.Code.UNKNOWN && Status.trailersFromThrowable(thrown) == null) {
      throw thrown;
    }
    Status.Code code = status.getCode();
    JsonObject expected = vector.error();
    if (expected == null || !expected.get("code").getAsString().equals(code.name())) {
      if (NO_ANSWER.contains(code)) {
        Assertions.fail(
            told(vector, "missing", List.of(new Difference("status", "an answer", code.name()))));
      }
      Assumptions.assumeFalse(code == Status.Code.UNIMPLEMENTED, vector.name() + ": not offered");
    }
    if (expected == null) {
      String text = status.getDescription() == null ? "" : " " + status.getDescription();
      disagree(vector, List.of(new Difference("status", "OK", code + text)));
    } else {
      disagree(vector, differences(expected, code, Status.trailersFromThrowable(thrown)));
    }
  }

  private static List<Difference> differences(
      JsonObject expected, Status.Code code, Metadata trailers) {
    List<Difference> found = new ArrayList<>();
    String wanted = expected.get("code").getAsString();
    if (!wanted.equals(code.name())) {
      found.add(new Difference("status", wanted, code.name()));
    }
    List<Any> details = List.of();
    byte[] packed = trailers == null ? null : trailers.get(DETAILS);
    try {
      if (packed != null) {
        var status = com.google.rpc.Status.parseFrom(packed);
        details = status.getDetailsList();
        if (status.getCode() != code.value()) {
          String right = "code " + code.value() + " as in the status";
          found.add(new Difference("status details", right, "code " + status.getCode()));
        }
      }
      reasons(expected, details, found);
      violations(expected, details, found);
    } catch (InvalidProtocolBufferException broken) {
      found.add(new Difference("status details", "a google.rpc.Status", "bytes that are none"));
    }
    return found;
  }

  private static void reasons(JsonObject expected, List<Any> details, List<Difference> found)
      throws InvalidProtocolBufferException {
    List<String> reasons = new ArrayList<>();
    for (Any each : details) {
      if (each.is(ErrorInfo.class)) {
        reasons.add(each.unpack(ErrorInfo.class).getReason());
      }
    }
    String wanted = expected.has("reason") ? expected.get("reason").getAsString() : null;
    if (wanted != null && !reasons.equals(List.of(wanted))) {
      String came = reasons.isEmpty() ? "none" : String.join(", ", reasons);
      found.add(new Difference("reason", wanted, came));
    }
  }

  private static void violations(JsonObject expected, List<Any> details, List<Difference> found)
      throws InvalidProtocolBufferException {
    if (!expected.has("violations")) {
      return;
    }
    List<String> actual = new ArrayList<>();
    for (Any each : details) {
      if (each.is(BadRequest.class)) {
        for (var violation : each.unpack(BadRequest.class).getFieldViolationsList()) {
          actual.add(violation.getField() + ": " + violation.getReason());
        }
      }
    }
    List<String> wanted = new ArrayList<>();
    for (JsonElement each : expected.getAsJsonArray("violations")) {
      JsonObject violation = each.getAsJsonObject();
      wanted.add(
          violation.get("field").getAsString() + ": " + violation.get("reason").getAsString());
    }
    actual.sort(null);
    wanted.sort(null);
    if (!actual.equals(wanted)) {
      found.add(new Difference("violations", braced(wanted), braced(actual)));
    }
  }

  private static String braced(List<String> pairs) {
    return "{" + String.join(", ", pairs) + "}";
  }

  private static void disagree(Vector vector, List<Difference> found) {
    if (!found.isEmpty()) {
      Assertions.fail(told(vector, "disagreed", found));
    }
  }

  private static String told(Vector vector, String verdict, List<Difference> found) {
    Stream<String> title = vector.title().isEmpty() ? Stream.empty() : Stream.of(vector.title());
    Stream<String> differences = found.stream().map(Difference::toString);
    List<String> lines = new ArrayList<>(Stream.concat(title, differences).toList());
    if (verdict.equals("disagreed")) {
      lines.addAll(vector.told());
      vector.requests().forEach(each -> lines.add("request " + each));
    }
    return vector.name() + ": " + verdict + "\n    " + String.join("\n    ", lines);
  }
}
