package dev.quotary.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A call that failed: a malformed request, a missing thing, a conflict, a limit, or no answer.
 *
 * <p>A refusal of a pure call is an answer and no exception. It can be made of any failure, also of
 * one whose details are missing, are no protobuf, or contradict its code; those details are left
 * out.
 */
public final class QuotaryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final Status.Code code;
  private final String reason;
  private final Map<String, String> metadata;
  private final List<Violation> violations;
  private final Duration retryDelay;
  private final String requestId;

  private QuotaryException(
      Status status, com.google.rpc.Status details, String requestId, Throwable cause) {
    super(told(status, details), cause);
    ErrorInfo info = detail(details, ErrorInfo.class, ErrorInfo.getDefaultInstance());
    this.code = status.getCode();
    this.reason = info.getReason();
    this.metadata = Map.copyOf(info.getMetadataMap());
    this.violations = violations(details);
    this.retryDelay = retryDelay(details);
    this.requestId = requestId;
  }

  /**
   * The failure of a call, from what a stub threw.
   *
   * @param thrown what was thrown; anything that is no gRPC failure becomes UNKNOWN
   */
  public static QuotaryException of(Throwable thrown) {
    return of(thrown, null);
  }

  static QuotaryException of(Throwable thrown, String requestId) {
    if (thrown instanceof QuotaryException already) {
      return already;
    }
    Metadata trailers = Status.trailersFromThrowable(thrown);
    return of(Status.fromThrowable(thrown), trailers, requestId, thrown);
  }

  static QuotaryException of(Status status, Metadata trailers, String requestId, Throwable cause) {
    return new QuotaryException(status, details(status, trailers), requestId, cause);
  }

  /** The status of the call. */
  public Status.Code code() {
    return code;
  }

  /** Catalogued code of the reason ({@code UNKNOWN_PRODUCT}); empty when the server gave none. */
  public String reason() {
    return reason;
  }

  /** What the reason names, by key. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * Everything that is wrong with the request, or every reason against a change that was refused.
   */
  public List<Violation> violations() {
    return violations;
  }

  /**
   * How many more violations there are than were named, since a status has room for only so many.
   */
  public int omitted() {
    try {
      return Math.max(0, Integer.parseInt(metadata.getOrDefault("omitted", "0")));
    } catch (NumberFormatException notANumber) {
      return 0;
    }
  }

  /** How long to wait before the call is repeated, when the server said so. */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(retryDelay);
  }

  /**
   * The request id of a changing call. Whether the change took effect is not known after
   * UNAVAILABLE or DEADLINE_EXCEEDED: the same request with this id asks for the same answer, not
   * for a second effect.
   */
  public Optional<String> requestId() {
    return Optional.ofNullable(requestId);
  }

  private static com.google.rpc.Status details(Status status, Metadata trailers) {
    byte[] packed = trailers == null ? null : trailers.get(DETAILS);
    if (packed == null) {
      return com.google.rpc.Status.getDefaultInstance();
    }
    try {
      var details = com.google.rpc.Status.parseFrom(packed);
      // Details that contradict the status belong to another answer.
      return details.getCode() == status.getCode().value()
          ? details
          : com.google.rpc.Status.getDefaultInstance();
    } catch (InvalidProtocolBufferException broken) {
      return com.google.rpc.Status.getDefaultInstance();
    }
  }

  private static <M extends Message> M detail(
      com.google.rpc.Status details, Class<M> type, M otherwise) {
    for (Any each : details.getDetailsList()) {
      if (each.is(type)) {
        try {
          return each.unpack(type);
        } catch (InvalidProtocolBufferException broken) {
          return otherwise;
        }
      }
    }
    return otherwise;
  }

  private static List<Violation> violations(com.google.rpc.Status details) {
    var bad = detail(details, BadRequest.class, BadRequest.getDefaultInstance());
    var refused =
        detail(details, PreconditionFailure.class, PreconditionFailure.getDefaultInstance());
    var found = new java.util.ArrayList<Violation>();
    for (var each : bad.getFieldViolationsList()) {
      found.add(new Violation(each.getField(), each.getReason(), each.getDescription()));
    }
    for (var each : refused.getViolationsList()) {
      found.add(new Violation(each.getSubject(), each.getType(), each.getDescription()));
    }
    return List.copyOf(found);
  }

  private static Duration retryDelay(com.google.rpc.Status details) {
    RetryInfo info = detail(details, RetryInfo.class, RetryInfo.getDefaultInstance());
    if (!info.hasRetryDelay()) {
      return null;
    }
    try {
      return Duration.ofSeconds(info.getRetryDelay().getSeconds(), info.getRetryDelay().getNanos());
    } catch (DateTimeException | ArithmeticException outOfRange) {
      return null;
    }
  }

  private static String told(Status status, com.google.rpc.Status details) {
    String reason = detail(details, ErrorInfo.class, ErrorInfo.getDefaultInstance()).getReason();
    String text = status.getDescription() == null ? "" : ": " + status.getDescription();
    return status.getCode() + (reason.isEmpty() ? "" : " " + reason) + text;
  }
}
