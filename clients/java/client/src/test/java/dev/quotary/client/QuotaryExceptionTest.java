package dev.quotary.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuotaryExceptionTest {
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final ErrorInfo INFO =
      ErrorInfo.newBuilder()
          .setReason("UNKNOWN_PRODUCT")
          .putMetadata("omitted", "3")
          .putMetadata("product", "nope")
          .build();

  private static StatusRuntimeException thrown(Status.Code code, byte[] packed) {
    Metadata trailers = new Metadata();
    trailers.put(DETAILS, packed);
    return code.toStatus().withDescription("It failed.").asRuntimeException(trailers);
  }

  private static byte[] packed(Status.Code code, Message... details) {
    var status = com.google.rpc.Status.newBuilder().setCode(code.value());
    for (Message each : details) {
      status.addDetails(Any.pack(each));
    }
    return status.build().toByteArray();
  }

  @Test
  void aMalformedRequestNamesEachViolation() {
    var bad =
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder()
                    .setField("lines[0].product.id")
                    .setReason("UNKNOWN_PRODUCT")
                    .setDescription("Name a registered product."))
            .build();
    var error =
        QuotaryException.of(
            thrown(Status.Code.INVALID_ARGUMENT, packed(Status.Code.INVALID_ARGUMENT, INFO, bad)));
    assertEquals(Status.Code.INVALID_ARGUMENT, error.code());
    assertEquals("UNKNOWN_PRODUCT", error.reason());
    assertEquals("nope", error.metadata().get("product"));
    assertEquals(3, error.omitted());
    assertEquals(
        List.of(
            new Violation("lines[0].product.id", "UNKNOWN_PRODUCT", "Name a registered product.")),
        error.violations());
    assertEquals("INVALID_ARGUMENT UNKNOWN_PRODUCT: It failed.", error.getMessage());
    assertEquals(
        "lines[0].product.id: UNKNOWN_PRODUCT: Name a registered product.",
        error.violations().get(0).toString());
  }

  @Test
  void aRefusedChangeNamesEachReason() {
    var refused =
        PreconditionFailure.newBuilder()
            .addViolations(
                PreconditionFailure.Violation.newBuilder()
                    .setType("QUOTE_EXPIRED")
                    .setSubject("quotes/AT-1")
                    .setDescription("Revise it."))
            .build();
    var error =
        QuotaryException.of(
            thrown(
                Status.Code.FAILED_PRECONDITION, packed(Status.Code.FAILED_PRECONDITION, refused)));
    assertEquals(
        List.of(new Violation("quotes/AT-1", "QUOTE_EXPIRED", "Revise it.")), error.violations());
    assertEquals("", error.reason());
  }

  @Test
  void aLimitSaysWhenToComeBack() {
    var retry =
        RetryInfo.newBuilder()
            .setRetryDelay(Duration.newBuilder().setSeconds(1).setNanos(500_000_000))
            .build();
    var error =
        QuotaryException.of(
            thrown(Status.Code.RESOURCE_EXHAUSTED, packed(Status.Code.RESOURCE_EXHAUSTED, retry)));
    assertEquals(Optional.of(java.time.Duration.ofMillis(1500)), error.retryDelay());
  }

  @Test
  void detailsThatContradictTheStatusAreLeftOut() {
    var error =
        QuotaryException.of(
            thrown(Status.Code.NOT_FOUND, packed(Status.Code.INVALID_ARGUMENT, INFO)));
    assertEquals(Status.Code.NOT_FOUND, error.code());
    assertEquals("", error.reason());
    assertEquals(0, error.omitted());
  }

  @Test
  void detailsThatAreNoProtobufAreLeftOut() {
    var error = QuotaryException.of(thrown(Status.Code.INTERNAL, new byte[] {7, 7, 7}));
    assertEquals(Status.Code.INTERNAL, error.code());
    assertEquals(List.of(), error.violations());
  }

  @Test
  void aBrokenDetailIsLeftOut() {
    var status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.INTERNAL.value())
            .addDetails(
                Any.newBuilder()
                    .setTypeUrl("type.googleapis.com/google.rpc.ErrorInfo")
                    .setValue(com.google.protobuf.ByteString.copyFrom(new byte[] {7, 7})))
            .build();
    var error = QuotaryException.of(thrown(Status.Code.INTERNAL, status.toByteArray()));
    assertEquals("", error.reason());
  }

  @Test
  void anythingElseIsUnknown() {
    var cause = new IllegalStateException("no idea");
    var error = QuotaryException.of(cause);
    assertEquals(Status.Code.UNKNOWN, error.code());
    assertSame(cause, error.getCause());
    assertSame(error, QuotaryException.of(error));
  }

  @Test
  void aNumberLeftOutThatIsNoneIsZero() {
    var info = ErrorInfo.newBuilder().putMetadata("omitted", "many").build();
    var error =
        QuotaryException.of(thrown(Status.Code.INTERNAL, packed(Status.Code.INTERNAL, info)));
    assertEquals(0, error.omitted());
  }
}
