package dev.quotary.conformance;

import com.google.protobuf.Message;
import java.util.List;

/** Whatever answers the vectors: a server, or an engine that is a library in the same process. */
@FunctionalInterface
public interface Engine {
  /**
   * Answers one question.
   *
   * @param call service and method ({@code TaxService.CalculateTax})
   * @param requests messages of the contract's generated types; one, unless the call takes a stream
   * @return the answers; one, unless the call answers with a stream
   * @throws io.grpc.StatusRuntimeException what the call fails with: INVALID_ARGUMENT with its
   *     details, UNIMPLEMENTED for a call that is not offered
   */
  List<? extends Message> answer(String call, List<? extends Message> requests);
}
